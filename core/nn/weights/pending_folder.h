#pragma once

#include "core/base/pending_output.h"

namespace orthocover::nn {

/// A folder under a temporary name beside its target; commit() gives it its name, in place of an old folder
/// if there is one. Destruction without commit() removes it.
class PendingFolder {
 public:
  /// @throws Error{Resource} when it can't be created
  explicit PendingFolder(std::filesystem::path target);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& temporary() const { return m_temporary; }
  /// @throws Error{Resource}
  void commit();

 private:
  std::filesystem::path m_target;
  std::filesystem::path m_temporary;
};

}  // namespace orthocover::nn
