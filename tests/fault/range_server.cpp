#include "tests/fault/range_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace orthocover::test {
namespace {

constexpr int kPollMs = 20;

void pause(int milliseconds, const std::atomic<bool>& ends) {
  for (int left = milliseconds; left > 0 && !ends; left -= kPollMs)
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(left, kPollMs)));
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// The head of a request.
std::string head_of(int connection) {
  std::string head;
  char buffer[2048];
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, buffer, sizeof(buffer), 0);
    if (got <= 0) break;
    head.append(buffer, static_cast<std::size_t>(got));
  }
  return head;
}

/// Begin and end of the bytes that `Range: bytes=A-B` asks for; all without it.
std::pair<std::size_t, std::size_t> range_in(const std::string& head, std::size_t size) {
  const std::size_t at = head.find("bytes=");
  if (at == std::string::npos) return {0, size};
  char* rest = nullptr;
  const std::size_t begin = std::strtoull(head.c_str() + at + 6, &rest, 10);
  const std::size_t last = *rest == '-' && rest[1] >= '0' ? std::strtoull(rest + 1, nullptr, 10) : size - 1;
  return {std::min(begin, size), std::min(last + 1, size)};
}

}  // namespace

RangeServer::RangeServer(std::string content, std::function<RangeAnswer(int)> answer)
    : m_content(std::move(content)), m_answer(std::move(answer)) {
  m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (m_listener < 0 || ::bind(m_listener, generic, length) != 0 || ::listen(m_listener, 64) != 0 ||
      ::getsockname(m_listener, generic, &length) != 0)
    throw std::runtime_error("no server on the loopback");
  m_port = ntohs(address.sin_port);
  m_thread = std::thread([this] { serve(); });
}

RangeServer::~RangeServer() {
  m_ends = true;
  m_thread.join();
  ::close(m_listener);
}

std::string RangeServer::path() const {
  return fmt::format("/vsicurl/http://127.0.0.1:{}/scene.tif", m_port);
}

void RangeServer::refuse(std::size_t begin, std::size_t end, int times, bool until_opened_anew) {
  const std::scoped_lock lock(m_mutex);
  m_refused_begin = begin;
  m_refused_end = end;
  m_refusals = times;
  m_until_opened_anew = until_opened_anew;
  m_has_refused = false;
}

int RangeServer::refusals_left() const {
  const std::scoped_lock lock(m_mutex);
  return m_refusals;
}

bool RangeServer::is_refused(std::size_t begin, std::size_t end) {
  const std::scoped_lock lock(m_mutex);
  if (begin == 0 && m_until_opened_anew && m_has_refused) m_refusals = 0;
  if (m_refusals == 0 || begin >= m_refused_end || end <= m_refused_begin) return false;
  --m_refusals;
  m_has_refused = true;
  return true;
}

void RangeServer::serve() {
  while (!m_ends) {
    pollfd waiting{m_listener, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMs) <= 0) continue;
    const int connection = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer(connection);
    ::close(connection);
  }
}

void RangeServer::answer(int connection) {
  const std::string head = head_of(connection);
  if (head.find("/scene.tif ") == std::string::npos) {
    send_all(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  const bool whole = head.find("bytes=") == std::string::npos;
  const auto [begin, end] = range_in(head, m_content.size());
  RangeAnswer how = m_answer ? m_answer(m_requests) : RangeAnswer{};
  if (!whole && is_refused(begin, end)) how.status = 500;
  ++m_requests;
  pause(how.pause_ms, m_ends);
  if (how.status == 0) return;
  if (how.status != 206) {
    send_all(connection,
             fmt::format("HTTP/1.1 {} Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", how.status));
    return;
  }
  const std::string status = whole ? "200 OK" : "206 Partial Content";
  const std::string range =
      whole ? "" : fmt::format("Content-Range: bytes {}-{}/{}\r\n", begin, end - 1, m_content.size());
  const bool sent =
      send_all(connection, fmt::format("HTTP/1.1 {}\r\nAccept-Ranges: bytes\r\nContent-Type: image/tiff\r\n{}"
                                       "Content-Length: {}\r\nConnection: close\r\n\r\n",
                                       status, range, end - begin));
  if (sent && !head.starts_with("HEAD"))
    send_body(connection, std::string_view(m_content).substr(begin, end - begin), how);
}

bool RangeServer::send_body(int connection, std::string_view body, const RangeAnswer& how) const {
  body = body.substr(0, static_cast<std::size_t>(static_cast<double>(body.size()) * how.share));
  while (!body.empty() && !m_ends) {
    const auto piece = body.substr(0, static_cast<std::size_t>(how.bytes_per_pause));
    if (!send_all(connection, piece)) return false;
    body.remove_prefix(piece.size());
    if (!body.empty()) pause(how.pause_ms, m_ends);
  }
  return body.empty();
}

}  // namespace orthocover::test
