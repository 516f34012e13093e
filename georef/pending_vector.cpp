#include "georef/pending_vector.h"

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

void PendingVector::add_to(CommitSteps& steps) {
  if (!fs::exists(temporary())) throw internal_error("{}: was written under another name", m_target.string());
  for (const std::string& extension : m_stale) {
    fs::path stale = m_target;
    steps.remove(stale.replace_extension(extension));
  }
  for (const auto& entry : fs::directory_iterator(m_folder)) {
    const fs::path name = entry.path().filename();
    if (name != m_target.filename()) steps.rename(entry.path(), m_target.parent_path() / name);
  }
  steps.rename(temporary(), m_target);
}

}  // namespace orthocover
