#include "core/base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr int kTries = 15000;
constexpr int kTriesInSilence = 1000;
constexpr auto kPause = std::chrono::milliseconds(2);

int open_folder(const std::filesystem::path& folder) {
  return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, RunContext& run)
    : m_descriptor(open_folder(folder)) {
  try {
    for (int i = 0; m_descriptor >= 0 && i < kTries; ++i) {
      m_is_held = ::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0;
      if (m_is_held || (errno != EWOULDBLOCK && errno != EINTR)) return;
      if (i == kTriesInSilence)
        run.log(LogLevel::Info,
                fmt::format("{}: is locked by another program, such as flock; waiting", folder.string()));
      run.check_cancelled();
      std::this_thread::sleep_for(kPause);
    }
  } catch (...) {
    ::close(m_descriptor);
    throw;
  }
  if (m_descriptor >= 0)
    run.log(LogLevel::Warning,
            fmt::format("{}: is still locked; outputs are named without the lock", folder.string()));
}

FolderLock::~FolderLock() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

FolderClaim::FolderClaim(const std::filesystem::path& folder) : m_descriptor(open_folder(folder)) {
  if (m_descriptor < 0 || ::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(m_descriptor);
  throw resource_error("{}: another run is working in it; wait for its end, or choose another folder",
                       folder.string());
}

FolderClaim::~FolderClaim() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

}  // namespace orthocover
