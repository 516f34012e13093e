#include "core/base/pending_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <system_error>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// A journal of a file system writes what several threads wait for at once.
constexpr std::size_t kMostFlushes = 8;

/// @throws Error{Resource}
void flush_together(const std::vector<fs::path>& paths) {
  std::atomic<std::size_t> next = 0;
  const auto flush = [&] {
    for (std::size_t i = next++; i < paths.size(); i = next++) flush_to_disk(paths[i]);
  };
  std::vector<std::future<void>> others;
  try {
    for (std::size_t i = 1; i < std::min(paths.size(), kMostFlushes); ++i)
      others.push_back(std::async(std::launch::async, flush));
  } catch (const std::system_error&) {  // no further thread: fewer do the same
  }
  flush();
  for (std::future<void>& other : others) other.get();
}

}  // namespace

void flush_to_disk(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    throw resource_error("{}: can't be opened to flush it: {}", path.string(), std::strerror(errno));
  const int status = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  // Some file systems can't sync folders (EINVAL); the data itself is safe then.
  if (status != 0 && reason != EINVAL)
    throw resource_error("{}: writing to disk failed: {}", path.string(), std::strerror(reason));
}

void CommitSteps::carry_out() {
  std::vector<fs::path> content;
  std::error_code status;
  for (const Step& step : m_steps) {
    if (step.to.empty()) continue;
    content.push_back(step.from);
    if (!fs::is_directory(step.from, status)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(step.from)) content.push_back(entry.path());
  }
  flush_together(content);
  for (const Step& step : m_steps)
    if (!step.may_replace) check_output_path(step.to, false);
  fs::path renamed_in;  // whose names may not be on the disk
  const auto flush_names = [&] {
    if (!renamed_in.empty()) flush_to_disk(renamed_in);
  };
  for (const Step& step : std::exchange(m_steps, {})) {
    if (step.to.empty()) {
      fs::remove(step.from, status);
      continue;
    }
    const fs::path folder = folder_of(step.to);
    if (folder != renamed_in) flush_names();
    renamed_in = folder;
    fs::rename(step.from, step.to, status);
    if (status) throw resource_error("{}: can't be created: {}", step.to.string(), status.message());
  }
  flush_names();
}

void rename_durably(const fs::path& from, const fs::path& to) {
  CommitSteps steps;
  steps.rename(from, to);
  steps.carry_out();
}

void PendingOutput::commit() {
  CommitSteps steps;
  add_to(steps);
  steps.carry_out();
}

}  // namespace orthocover
