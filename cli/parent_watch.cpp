#include "cli/parent_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "cli/signals.h"
#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr int kFirstFreeDescriptor = 3;

/// Takes standard input away from the rest of the program.
int take_input() {
  const int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kFirstFreeDescriptor);
  const int nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nowhere >= 0 && nowhere != STDIN_FILENO) {
    dup2(nowhere, STDIN_FILENO);
    close(nowhere);
  }
  return input;
}

/// Reads what has come and forgets it.
/// @return whether the end is reached
bool at_end(int input) {
  std::array<char, 4096> bytes{};
  const ssize_t size = read(input, bytes.data(), bytes.size());
  return size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN);
}

}  // namespace

ParentWatch::ParentWatch(int events)
    : m_input(take_input()), m_events(events), m_end(eventfd(0, EFD_CLOEXEC)) {
  if (m_end < 0) throw resource_error("--child: too many files are open");
  if (!look(0)) return;
  m_thread = std::thread([this] {
    while (look(-1)) {
    }
  });
}

ParentWatch::~ParentWatch() {
  const std::uint64_t one = 1;
  const bool told = write(m_end, &one, sizeof(one)) == sizeof(one);
  if (m_thread.joinable()) told ? m_thread.join() : m_thread.detach();
  if (m_input >= 0) close(m_input);
  close(m_end);
}

bool ParentWatch::look(int timeout_ms) const {
  // Without a standard input there is no parent that could live.
  if (m_input < 0) return request_stop(), false;
  std::array<pollfd, 3> watched = {pollfd{m_input, POLLIN, 0}, pollfd{m_events, 0, 0},
                                   pollfd{m_end, POLLIN, 0}};
  if (poll(watched.data(), watched.size(), timeout_ms) <= 0) return true;
  if (watched[2].revents != 0) return false;
  const bool deaf = watched[1].revents != 0;
  if (deaf || (watched[0].revents != 0 && at_end(m_input))) return request_stop(), false;
  return true;
}

}  // namespace orthocover
