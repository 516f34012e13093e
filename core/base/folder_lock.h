#pragma once

#include <filesystem>

#include "core/base/run_context.h"

namespace orthocover {

/// Keeps other runs of the program from naming their outputs in a folder while this one does, so that files
/// that belong together are of one run. Held for moments; where the file system knows no locks, work goes on
/// without; where another program holds it for half a minute too, with a warning.
class FolderLock {
 public:
  /// @throws Error{Cancelled} while it waits
  FolderLock(const std::filesystem::path& folder, RunContext& run);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  bool is_held() const { return m_is_held; }

 private:
  int m_descriptor = -1;
  bool m_is_held = false;
};

/// Keeps a folder for one run while it lives, where the file system knows locks.
class FolderClaim {
 public:
  /// @throws Error{Resource} when another run has it
  explicit FolderClaim(const std::filesystem::path& folder);
  ~FolderClaim();
  FolderClaim(const FolderClaim&) = delete;
  FolderClaim& operator=(const FolderClaim&) = delete;

 private:
  int m_descriptor;
};

}  // namespace orthocover
