#include "core/nn/weights/pending_folder.h"

#include <fcntl.h>

#include <cstdio>

#include "core/base/error.h"
#include "core/base/temporary_name.h"

namespace orthocover::nn {

namespace fs = std::filesystem;

PendingFolder::PendingFolder(fs::path target)
    : m_target(std::move(target)), m_temporary(temporary_beside(m_target)) {
  std::error_code status;
  if (!fs::create_directory(m_temporary, status)) {
    throw resource_error("{}: can't be created: {}", m_target.string(),
                         status ? status.message() : "a temporary folder of this name is there");
  }
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  fs::remove_all(m_temporary, ignored);
}

void PendingFolder::commit() {
  std::error_code status;
  flush_to_disk(m_temporary);
  if (!fs::exists(m_target)) return rename_durably(m_temporary, m_target);
  // What then has the temporary name goes with this object.
  if (::renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, m_target.c_str(), RENAME_EXCHANGE) == 0)
    return flush_to_disk(folder_of(m_target));
  // Not every file system can exchange names.
  const fs::path old = temporary_beside(m_target);
  rename_durably(m_target, old);
  try {
    rename_durably(m_temporary, m_target);
  } catch (...) {
    fs::rename(old, m_target, status);
    throw;
  }
  fs::remove_all(old, status);
}

}  // namespace orthocover::nn
