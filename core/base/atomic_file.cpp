#include "core/base/atomic_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/base/temporary_name.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// Of the 255 that file systems allow.
constexpr std::size_t kMostNameBytes = 240;

void write_to(const fs::path& path, std::string_view content, const fs::path& shown) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream) throw resource_error("{}: writing failed: {}", shown.string(), std::strerror(errno));
}

void check_place(const fs::path& target, bool overwrite) {
  check_folder_of(target);
  std::error_code status;
  if (fs::is_directory(target, status))
    throw usage_error("{}: {}", target.string(),
                      target.extension() == ".gdb" ? "exists already; delete it, or choose another name"
                                                   : "is a folder, a file is wanted");
  if (fs::exists(target, status) && !fs::is_regular_file(target, status))
    throw usage_error("{}: is a device or a pipe, a file name is wanted", target.string());
  if (!overwrite && fs::exists(fs::symlink_status(target, status)))  // a link to nothing, too
    throw usage_error("{}: exists already; add --overwrite to replace it", target.string());
}

}  // namespace

void check_folder_of(const fs::path& target) {
  std::error_code status;
  const std::string folder = folder_of(target).string();
  if (!fs::is_directory(folder, status))
    throw resource_error("{}: the folder {} does not exist; create it first", target.string(), folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw resource_error("{}: the folder {} is not writable: {}", target.string(), folder,
                         std::strerror(errno));
}

void check_output_path(const fs::path& target, bool overwrite) {
  check_place(target, overwrite);
  const std::size_t bytes = target.filename().string().size();
  if (bytes <= kMostNameBytes) return;
  throw usage_error("{}: has a name of {} bytes; at most {} leave room for those of the files beside it",
                    target.string(), bytes, kMostNameBytes);
}

fs::path real_path(const fs::path& path) {
  std::error_code status;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, status), status);
  return status || real.empty() ? path : real;
}

AtomicFile::AtomicFile(fs::path target, bool may_replace)
    : m_target(std::move(target)), m_temporary(temporary_beside(m_target)), m_may_replace(may_replace) {
  check_place(m_target, may_replace);
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  fs::remove(m_temporary, ignored);
}

void AtomicFile::write(std::string_view content) {
  write_to(m_temporary, content, m_target);
}

void write_file(const fs::path& path, std::string_view content) {
  write_to(path, content, path);
}

std::string read_small_file(const fs::path& path, std::uintmax_t limit_bytes) {
  std::error_code status;
  if (!fs::is_regular_file(path, status))
    throw data_error("{}: {}", path.string(),
                     fs::exists(path, status) ? "is no regular file" : "no such file");
  const std::uintmax_t size = fs::file_size(path, status);
  if (status) throw data_error("{}: {}", path.string(), status.message());
  if (size > limit_bytes)
    throw data_error("{}: has {} bytes, at most {} are read", path.string(), size, limit_bytes);
  std::string content(size, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(content.data(), static_cast<std::streamsize>(size));
  if (!stream) throw data_error("{}: reading failed", path.string());
  return content;
}

std::string read_small_file_if_any(const fs::path& path, std::uintmax_t limit_bytes) {
  try {
    return read_small_file(path, limit_bytes);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace orthocover
