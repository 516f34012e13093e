#include "cli/event_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "cli/signals.h"
#include "core/base/error.h"
#include "core/base/json_text.h"

namespace orthocover {
namespace {

constexpr int kFirstFreeDescriptor = 3;

/// What is printed from now on goes to standard error, or nowhere when that is closed.
void divert_output() {
  if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) return;
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  dup2(nowhere, STDOUT_FILENO);
  if (nowhere != STDOUT_FILENO) close(nowhere);
}

std::string line_of(const nlohmann::ordered_json& event) {
  return json_line(event) + "\n";
}

bool is_ready(int descriptor, int timeout_ms) {
  pollfd waiting{descriptor, POLLOUT, 0};
  return poll(&waiting, 1, timeout_ms) > 0;
}

}  // namespace

EventStream::EventStream() : m_descriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, kFirstFreeDescriptor)) {
  if (m_descriptor < 0 || (fcntl(m_descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY)
    throw resource_error("--child: standard output is closed; start the program with a pipe there");
  divert_output();
}

EventStream::~EventStream() {
  close(m_descriptor);
}

void EventStream::send(const nlohmann::ordered_json& event) {
  const std::lock_guard lock(m_mutex);
  write(line_of(event));
}

void EventStream::offer(const nlohmann::ordered_json& event) {
  const std::lock_guard lock(m_mutex);
  if (is_ready(m_descriptor, 0)) write(line_of(event));
}

std::string EventStream::fault() const {
  return m_error == 0 || m_error == EPIPE ? "" : std::strerror(m_error);
}

void EventStream::write(const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty() && m_error == 0) {
    const ssize_t written = ::write(m_descriptor, rest.data(), rest.size());
    if (written >= 0)
      rest.remove_prefix(static_cast<std::size_t>(written));
    else if (errno == EAGAIN)
      is_ready(m_descriptor, -1);
    else if (errno != EINTR)
      m_error = errno;
  }
  if (m_error != 0) request_stop();
}

}  // namespace orthocover
