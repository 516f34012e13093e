#include "core/base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace orthocover {
namespace {

constexpr int kTries = 15000;
constexpr auto kPause = std::chrono::milliseconds(2);

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder)
    : m_descriptor(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  for (int i = 0; m_descriptor >= 0 && i < kTries; ++i) {
    m_is_held = ::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0;
    if (m_is_held || (errno != EWOULDBLOCK && errno != EINTR)) return;
    std::this_thread::sleep_for(kPause);
  }
}

FolderLock::~FolderLock() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

}  // namespace orthocover
