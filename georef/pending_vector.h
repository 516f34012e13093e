#pragma once

#include <filesystem>

#include "core/base/atomic_file.h"

namespace orthocover {

/// All files of a vector dataset, made in a folder of their own beside the target.
class PendingVector final : public PendingOutput {
 public:
  /// @throws Error{Resource} when the folder can't be made
  explicit PendingVector(std::filesystem::path target);
  ~PendingVector() override;

  /// Where to write; has the target's name.
  std::filesystem::path temporary() const { return m_folder / m_target.filename(); }
  void commit() override;

 private:
  std::filesystem::path m_target;
  std::filesystem::path m_folder;
};

}  // namespace orthocover
