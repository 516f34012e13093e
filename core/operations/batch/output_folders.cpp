#include "core/operations/batch/output_folders.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ranges>

#include "core/base/error.h"

namespace orthocover::operations {

namespace fs = std::filesystem;

namespace {

void check_writable(const fs::path& folder) {
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw resource_error("{}: this folder for outputs is not writable: {}", folder.string(),
                       std::strerror(errno));
}

}  // namespace

OutputFolders::OutputFolders(const std::vector<std::string>& folders) {
  try {
    for (const std::string& folder : folders) {
      make(fs::path(folder).lexically_normal());
      check_writable(folder);
    }
  } catch (...) {
    remove_empty();
    throw;
  }
}

OutputFolders::~OutputFolders() {
  remove_empty();
}

void OutputFolders::make(const fs::path& folder) {
  std::error_code status;
  if (folder.empty() || fs::is_directory(folder, status)) return;
  const fs::path plain = folder.has_filename() ? folder : folder.parent_path();
  if (plain.has_parent_path() && plain.parent_path() != plain) make(plain.parent_path());
  if (fs::exists(plain, status))
    throw resource_error("{}: is a file; a folder for outputs is wanted there", plain.string());
  if (fs::create_directory(plain, status)) m_made.push_back(plain);
  if (status) throw resource_error("{}: this folder can't be created: {}", plain.string(), status.message());
}

void OutputFolders::remove_empty() {
  std::error_code ignored;
  for (const fs::path& folder : std::views::reverse(m_made)) fs::remove(folder, ignored);
}

}  // namespace orthocover::operations
