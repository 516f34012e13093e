#include "core/nn/ranks/rank_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

constexpr int kMostWaiting = 128;
constexpr timeval kSendLimit = {10, 0};
constexpr std::chrono::seconds kAnswerLimit{10};
constexpr int kLookMs = 50;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& address, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0)
    throw usage_error("MASTER_ADDR: '{}' can't be resolved: {}", address, gai_strerror(failed));
  return {found, freeaddrinfo};
}

int open_socket(const addrinfo& address) {
  return socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol);
}

/// Where calls are swallowed, the system itself would wait for minutes.
bool is_answered(int descriptor, const addrinfo& address, const std::function<void()>& still) {
  const int flags = fcntl(descriptor, F_GETFL);
  fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  int error = ::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS || error == EINTR) {
    const auto end = std::chrono::steady_clock::now() + kAnswerLimit;
    pollfd watched{descriptor, POLLOUT, 0};
    while (poll(&watched, 1, kLookMs) <= 0) {
      still();
      if (std::chrono::steady_clock::now() > end) return false;
    }
    socklen_t length = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  }
  fcntl(descriptor, F_SETFL, flags);
  return error == 0;
}

/// Small messages at once, and none that waits for ever.
void prepare(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof kSendLimit);
}

sockaddr_storage end_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
  return address;
}

/// Calling an unused port of one's own machine may happen to call from that very port and reach oneself.
bool is_own_echo(int descriptor) {
  sockaddr_storage other{};
  socklen_t length = sizeof other;
  getpeername(descriptor, reinterpret_cast<sockaddr*>(&other), &length);
  const sockaddr_storage own = end_of(descriptor);
  return std::memcmp(&own, &other, length) == 0;
}

}  // namespace

RankSocket::RankSocket(RankSocket&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

RankSocket& RankSocket::operator=(RankSocket&& other) noexcept {
  std::swap(m_descriptor, other.m_descriptor);
  return *this;
}

RankSocket::~RankSocket() {
  close();
}

void RankSocket::close() {
  if (m_descriptor >= 0) ::close(std::exchange(m_descriptor, -1));
}

RankSocket RankSocket::listen(const std::string& address, int port) {
  const Addresses found = resolve(address, port);
  RankSocket socket(open_socket(*found));
  const int on = 1;
  if (socket.is_open()) setsockopt(socket.m_descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!socket.is_open() || bind(socket.m_descriptor, found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket.m_descriptor, kMostWaiting) != 0) {
    const std::error_code error(errno, std::generic_category());
    throw resource_error(
        "MASTER_ADDR, MASTER_PORT: rank 0 can't listen at {}:{}: {}; give an address of its machine and a "
        "port that no other run uses",
        address, port, error.message());
  }
  return socket;
}

RankSocket RankSocket::connect(const std::string& address, int port, const std::function<void()>& still) {
  const Addresses found = resolve(address, port);
  for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
    RankSocket socket(open_socket(*each));
    if (!socket.is_open() || !is_answered(socket.m_descriptor, *each, still)) continue;
    if (is_own_echo(socket.m_descriptor)) continue;
    prepare(socket.m_descriptor);
    return socket;
  }
  return {};
}

RankSocket RankSocket::accept() const {
  RankSocket socket(accept4(m_descriptor, nullptr, nullptr, SOCK_CLOEXEC));
  if (socket.is_open()) prepare(socket.m_descriptor);
  return socket;
}

std::string RankSocket::own_address() const {
  const sockaddr_storage address = end_of(m_descriptor);
  std::array<char, NI_MAXHOST> text{};
  getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof address, text.data(), text.size(), nullptr,
              0, NI_NUMERICHOST);
  return text.data();
}

int RankSocket::own_port() const {
  const sockaddr_storage address = end_of(m_descriptor);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

bool RankSocket::send(const RankMessage& message) const {
  const std::string bytes = encode(message);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(m_descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      // The rest of a message must not be taken out of the next one.
      if (sent > 0) ::shutdown(m_descriptor, SHUT_RDWR);
      return false;
    }
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool RankSocket::receive(std::string& bytes) const {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = recv(m_descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (count == 0) return false;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < buffer.size()) return true;
  }
}

}  // namespace orthocover::nn
