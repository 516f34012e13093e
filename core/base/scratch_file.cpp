#include "core/base/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace orthocover {

ScratchFile::~ScratchFile() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

void ScratchFile::open() {
  std::string name = (m_folder / ".orthocover-scratch-XXXXXX").string();
  m_descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (m_descriptor < 0) {
    throw resource_error("{}: no scratch file can be made there: {}", m_folder.string(),
                         std::strerror(errno));
  }
  ::unlink(name.c_str());
}

void ScratchFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (m_descriptor < 0) open();
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) {
      throw resource_error("{}: writing the scratch file failed: {}; free some disk space or raise --memory",
                           m_folder.string(), std::strerror(errno));
    }
    offset += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void ScratchFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = ::pread(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) throw resource_error("{}: reading the scratch file failed", m_folder.string());
    offset += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

}  // namespace orthocover
