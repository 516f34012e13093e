#include "cli/connection_cutter.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

namespace orthocover {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 200ms;
constexpr auto kGrace = 1s;
constexpr long kMostFiles = 65536;

int option(int socket, int name) {
  int value = 0;
  socklen_t size = sizeof(value);
  return getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// Open connections: descriptor and number of the socket.
std::vector<std::pair<int, std::uint64_t>> connections() {
  std::vector<std::pair<int, std::uint64_t>> found;
  const auto most = static_cast<int>(std::clamp(sysconf(_SC_OPEN_MAX), 0L, kMostFiles));
  for (int file = 0; file < most; ++file) {
    const int domain = option(file, SO_DOMAIN);
    const bool is_stream = option(file, SO_TYPE) == SOCK_STREAM && option(file, SO_ACCEPTCONN) == 0;
    struct stat facts {};
    if (is_stream && (domain == AF_INET || domain == AF_INET6) && fstat(file, &facts) == 0)
      found.emplace_back(file, facts.st_ino);
  }
  return found;
}

std::set<std::uint64_t> open_sockets() {
  std::set<std::uint64_t> numbers;
  for (const auto& [file, number] : connections()) numbers.insert(number);
  return numbers;
}

}  // namespace

ConnectionCutter::ConnectionCutter(const RunContext& run) : m_run(run), m_others(open_sockets()) {
  try {
    m_thread = std::thread([this] { watch(); });
  } catch (const std::system_error&) {
    // No room for a thread: then a stopped run waits for its server.
  }
}

ConnectionCutter::~ConnectionCutter() {
  {
    const std::scoped_lock lock(m_mutex);
    m_ended = true;
  }
  m_wake.notify_one();
  if (m_thread.joinable()) m_thread.join();
}

void ConnectionCutter::cut_connections() const {
  for (const auto& [file, number] : connections())
    if (!m_others.contains(number)) shutdown(file, SHUT_RDWR);
}

void ConnectionCutter::watch() {
  auto waited = 0ms;
  std::unique_lock lock(m_mutex);
  while (!m_wake.wait_for(lock, kLook, [this] { return m_ended; })) {
    if (!m_run.cancelled()) continue;
    waited += kLook;
    if (waited >= kGrace) cut_connections();
  }
}

}  // namespace orthocover
