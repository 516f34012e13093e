#include "core/nn/ranks/rank_link.h"

#include <poll.h>

#include <algorithm>

#include "core/base/text.h"
#include "core/base/version.h"

namespace orthocover::nn {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLook{50};          ///< between looks at the clock and the wish to stop
constexpr milliseconds kNews{5'000};       ///< for a failure to be told after its effects
constexpr milliseconds kLastWords{2'000};  ///< for the others to hear why this rank ends

std::int64_t number(const std::string& text) {
  if (const auto value = number_of(text)) return *value;
  throw data_error("ranks: '{}' is no number", one_line(text));
}

const std::string& field(const RankMessage& message, std::size_t index) {
  if (index >= message.fields.size()) throw data_error("ranks: a message has too few texts");
  return message.fields[index];
}

ErrorKind kind_of(const std::string& text) {
  for (const ErrorKind kind :
       {ErrorKind::Usage, ErrorKind::Data, ErrorKind::Model, ErrorKind::Cancelled, ErrorKind::Internal}) {
    if (text == to_string(kind)) return kind;
  }
  return ErrorKind::Resource;
}

/// Waits for something to read, at most so long.
bool is_readable(const RankSocket& socket, milliseconds limit) {
  pollfd watched{socket.descriptor(), POLLIN, 0};
  return poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

void check_wish(const std::function<bool()>& cancelled) {
  if (cancelled()) throw cancelled_error();
}

}  // namespace

RankLink::RankLink(const RankPlace& place, const std::function<bool()>& cancelled,
                   const RankPatience& patience)
    : m_place(place), m_patience(patience) {
  if (place.is_alone()) return;
  place.is_first() ? wait_for_ranks(cancelled) : find_first(cancelled);
  m_watch = std::thread([this] { watch(); });
}

RankLink::~RankLink() {
  m_through = true;
  if (m_watch.joinable()) m_watch.join();
}

int RankLink::missing() const {
  const auto known = std::ranges::count_if(m_peers, [](const auto& peer) { return peer->rank > 0; });
  return m_place.size - 1 - static_cast<int>(known);
}

std::string RankLink::missing_names() const {
  std::vector<std::string> names;
  for (int rank = 1; rank < m_place.size; ++rank) {
    if (std::ranges::none_of(m_peers, [&](const auto& peer) { return peer->rank == rank; }))
      names.push_back(fmt::format("{}", rank));
  }
  return join(names);
}

void RankLink::wait_for_ranks(const std::function<bool()>& cancelled) {
  m_own_address = m_place.address;
  m_listener = RankSocket::listen(m_place.address, m_place.port);
  const Clock::time_point end = Clock::now() + m_patience.start;
  while (missing() > 0) {
    check_wish(cancelled);
    if (Clock::now() > end) {
      throw resource_error(
          "ranks: rank {} of {} did not come to {}:{} within {} s; start all of them, with the same "
          "MASTER_ADDR, MASTER_PORT and WORLD_SIZE",
          missing_names(), m_place.size, m_place.address, m_place.port,
          std::chrono::duration_cast<std::chrono::seconds>(m_patience.start).count());
    }
    if (is_readable(m_listener, kLook)) {
      auto peer = std::make_unique<Peer>();
      peer->socket = m_listener.accept();
      if (peer->socket.is_open()) m_peers.push_back(std::move(peer));
    }
    for (const auto& peer : m_peers) greet(*peer);
    std::erase_if(m_peers, [](const auto& peer) { return !peer->socket.is_open(); });
  }
  m_listener.close();
  std::erase_if(m_peers, [](const auto& peer) { return peer->rank < 0; });
  tell({RankWord::Welcome, {}});
}

/// Reads who has come. Whatever does not speak like a rank is sent away; a rank that contradicts this one
/// ends both.
void RankLink::greet(Peer& peer) {
  if (peer.rank > 0) return;
  std::optional<RankMessage> hello;
  try {
    if (!peer.socket.receive(peer.bytes)) return peer.socket.close();
    hello = take_message(peer.bytes);
    if (!hello) return;
    if (hello->word != RankWord::Hello || hello->fields.size() != 3) return peer.socket.close();
    number(hello->fields[1]), number(hello->fields[2]);
  } catch (const Error&) {
    return peer.socket.close();
  }
  const std::int64_t rank = number(hello->fields[1]);
  const std::int64_t size = number(hello->fields[2]);
  std::string objection;
  if (hello->fields[0] != version())
    objection = fmt::format("ranks: rank {} runs version {}, rank 0 version {}; install the same everywhere",
                            rank, one_line(hello->fields[0]), version());
  else if (size != m_place.size)
    objection = fmt::format("WORLD_SIZE: rank {} was told {}, rank 0 {}; give all ranks the same", rank, size,
                            m_place.size);
  else if (rank <= 0 || rank >= size)
    objection = fmt::format("RANK: {} is outside 1..{}, as rank 0 is here already", rank, size - 1);
  else if (std::ranges::any_of(m_peers, [&](const auto& other) { return other->rank == rank; }))
    objection = fmt::format("RANK: two processes have {}; give each its own from 0 to {}", rank, size - 1);
  if (objection.empty()) {
    peer.rank = static_cast<int>(rank);
    return;
  }
  tell({RankWord::Failed, {std::string(to_string(ErrorKind::Usage)), objection}});
  throw Error(ErrorKind::Usage, objection);
}

void RankLink::find_first(const std::function<bool()>& cancelled) {
  const Clock::time_point end = Clock::now() + m_patience.start;
  const auto still = [&] {
    check_wish(cancelled);
    if (Clock::now() <= end) return;
    throw resource_error(
        "ranks: rank {} waited {} s for {} at {}:{}; start all {} ranks, with MASTER_ADDR and MASTER_PORT "
        "where rank 0 runs",
        m_place.rank, std::chrono::duration_cast<std::chrono::seconds>(m_patience.start).count(),
        m_peers.empty() ? "rank 0" : "the others", m_place.address, m_place.port, m_place.size);
  };
  while (m_peers.empty()) {
    auto peer = std::make_unique<Peer>();
    peer->rank = 0;
    peer->socket = RankSocket::connect(m_place.address, m_place.port, still);
    if (peer->socket.is_open()) {
      m_peers.push_back(std::move(peer));
    } else {
      still();
      std::this_thread::sleep_for(kLook);
    }
  }
  Peer& first = *m_peers.front();
  m_own_address = first.socket.own_address();
  first.socket.send({RankWord::Hello,
                     {std::string(version()), std::to_string(m_place.rank), std::to_string(m_place.size)}});
  while (true) {
    still();
    const bool open = !is_readable(first.socket, kLook) || first.socket.receive(first.bytes);
    const std::optional<RankMessage> message = take_message(first.bytes);
    if (message && message->word == RankWord::Welcome) return;
    if (message && message->word == RankWord::Failed)
      throw RankError(kind_of(field(*message, 0)), field(*message, 1));
    if (!open) {
      throw resource_error("ranks: rank 0 at {}:{} ended before all {} ranks were there; see its message",
                           m_place.address, m_place.port, m_place.size);
    }
  }
}

void RankLink::watch() {
  Clock::time_point next = Clock::now();
  while (!m_through) {
    std::vector<pollfd> watched;
    for (const auto& peer : m_peers) watched.push_back({peer->socket.descriptor(), POLLIN, 0});
    poll(watched.data(), watched.size(), static_cast<int>(std::min(kLook, m_patience.beat).count()));
    for (std::size_t i = 0; i < m_peers.size(); ++i) listen_to(*m_peers[i], watched[i].revents != 0);
    if (Clock::now() < next) continue;
    // Counted in beats, not by the clock: a rank that slept with the others does not wake to find them late.
    next = Clock::now() + m_patience.beat;
    tell({RankWord::Beat, {}});
    for (const auto& peer : m_peers) {
      if (peer->socket.is_open() && !peer->ended && ++peer->silent > m_patience.silent_beats)
        lose(*peer,
             fmt::format("nothing was heard of it for {} s",
                         m_patience.silent_beats * std::chrono::duration<double>(m_patience.beat).count()));
    }
  }
}

void RankLink::listen_to(Peer& peer, bool readable) {
  if (!readable || !peer.socket.is_open()) return;
  try {
    const bool open = peer.socket.receive(peer.bytes);
    while (const std::optional<RankMessage> message = take_message(peer.bytes)) answer(peer, *message);
    if (!open) lose(peer, "its connection was closed");
  } catch (const std::exception& error) {
    lose(peer, error.what());
  }
}

void RankLink::answer(Peer& peer, const RankMessage& message) {
  peer.silent = 0;
  switch (message.word) {
    case RankWord::Failed:
      return note(kind_of(field(message, 0)), field(message, 1));
    case RankWord::End:
      peer.ended = true;
      return m_changed.notify_all();
    case RankWord::Reply: {
      const std::lock_guard lock(m_mutex);
      m_reply = message.fields;
      return m_changed.notify_all();
    }
    case RankWord::Set:
    case RankWord::Get:
    case RankWord::Add:
    case RankWord::Erase: {
      if (!m_place.is_first()) return;
      const RankMessage reply{RankWord::Reply, serve(message)};
      const std::lock_guard lock(m_sending);
      peer.socket.send(reply);
      return;
    }
    default:
      return;
  }
}

std::vector<std::string> RankLink::serve(const RankMessage& request) {
  const std::lock_guard lock(m_mutex);
  const std::string& key = field(request, 0);
  const auto found = m_values.find(key);
  switch (request.word) {
    case RankWord::Set:
      m_values[key] = field(request, 1);
      return {""};
    case RankWord::Get:
      return found == m_values.end() ? std::vector<std::string>() : std::vector{found->second};
    case RankWord::Add: {
      const std::int64_t before = found == m_values.end() ? 0 : number(found->second);
      return {m_values[key] = std::to_string(before + number(field(request, 1)))};
    }
    default:
      return {std::to_string(m_values.erase(key))};
  }
}

std::optional<std::string> RankLink::ask(RankMessage request) {
  const auto first = [](std::vector<std::string> fields) {
    return fields.empty() ? std::nullopt : std::optional(std::move(fields.front()));
  };
  if (m_place.is_first()) return first(serve(request));
  const std::lock_guard one(m_asking);
  {
    const std::lock_guard lock(m_mutex);
    m_reply.reset();
  }
  tell(request);
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [&] { return m_reply || m_failure; });
  if (m_failure) throw RankError(m_failure->kind, m_failure->text);
  return first(*m_reply);
}

void RankLink::set(const std::string& key, const std::string& value) {
  ask({RankWord::Set, {key, value}});
}

std::optional<std::string> RankLink::get(const std::string& key) {
  return ask({RankWord::Get, {key}});
}

std::int64_t RankLink::add(const std::string& key, std::int64_t by) {
  return number(ask({RankWord::Add, {key, std::to_string(by)}}).value_or("0"));
}

bool RankLink::erase(const std::string& key) {
  return ask({RankWord::Erase, {key}}) == "1";
}

std::int64_t RankLink::keys() const {
  const std::lock_guard lock(m_mutex);
  return static_cast<std::int64_t>(m_values.size());
}

void RankLink::lose(Peer& peer, const std::string& how) {
  {
    const std::lock_guard lock(m_sending);
    peer.socket.close();
  }
  if (peer.ended && peer.rank != 0) return;
  note(ErrorKind::Resource, fmt::format("rank {} of {} {}", peer.rank, m_place.size,
                                        peer.ended ? "has ended" : fmt::format("is gone: {}", how)));
}

/// The first failure counts; rank 0 passes it on.
void RankLink::note(ErrorKind kind, const std::string& text) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_failure) return;
    m_failure = Failure{kind, text};
  }
  m_changed.notify_all();
  if (m_place.is_first()) tell({RankWord::Failed, {std::string(to_string(kind)), text}});
}

void RankLink::tell(const RankMessage& message) noexcept {
  const std::lock_guard lock(m_sending);
  for (const auto& peer : m_peers) {
    if (peer->socket.is_open()) peer->socket.send(message);
  }
}

void RankLink::check() const {
  const std::lock_guard lock(m_mutex);
  if (m_failure) throw RankError(m_failure->kind, m_failure->text);
}

void RankLink::expect_failure() const {
  std::unique_lock lock(m_mutex);
  if (m_changed.wait_for(lock, kNews, [&] { return m_failure.has_value(); }))
    throw RankError(m_failure->kind, m_failure->text);
}

void RankLink::fail(ErrorKind kind, const std::string& text) noexcept {
  tell({RankWord::Failed,
        {std::string(to_string(kind)), fmt::format("rank {} of {}: {}", m_place.rank, m_place.size, text)}});
  // What the others have sent and nobody has read would take these last words away from them: they are
  // given time to hear them and to close.
  const Clock::time_point end = Clock::now() + kLastWords;
  const auto someone = [&] {
    const std::lock_guard lock(m_sending);
    return std::ranges::any_of(m_peers, [](const auto& peer) { return peer->socket.is_open(); });
  };
  while (someone() && Clock::now() < end) std::this_thread::sleep_for(kLook);
}

void RankLink::finish() noexcept {
  tell({RankWord::End, {}});
}

}  // namespace orthocover::nn
