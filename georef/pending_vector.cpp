#include "georef/pending_vector.h"

#include <vector>

#include "core/base/error.h"
#include "core/base/temporary_name.h"

namespace orthocover {

namespace fs = std::filesystem;

PendingVector::PendingVector(fs::path target)
    : m_target(std::move(target)), m_folder(temporary_beside(m_target)) {
  std::error_code status;
  fs::create_directory(m_folder, status);
  if (status) throw resource_error("{}: can't be created: {}", m_target.string(), status.message());
}

PendingVector::~PendingVector() {
  std::error_code ignored;
  fs::remove_all(m_folder, ignored);
}

void PendingVector::commit() {
  if (!fs::exists(temporary())) throw internal_error("{}: was written under another name", m_target.string());
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(m_folder)) {
    if (entry.path().parent_path() == m_folder)
      files.push_back(entry.path());
    else
      flush_to_disk(entry.path());  // of a dataset that is a folder
  }
  std::error_code ignored;
  for (const std::string& extension : m_stale) {
    fs::path stale = m_target;
    fs::remove(stale.replace_extension(extension), ignored);
  }
  for (const fs::path& file : files) {
    if (file.filename() != m_target.filename())
      rename_durably(file, m_target.parent_path() / file.filename());
  }
  rename_durably(temporary(), m_target);
}

}  // namespace orthocover
