#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace orthocover::operations {

/// The folders that outputs go into: made where they are missing, and taken away again at the end where
/// nothing came into them.
class OutputFolders {
 public:
  /// @throws Error{Resource} when a folder can't be made or written, naming it
  explicit OutputFolders(const std::vector<std::string>& folders);
  ~OutputFolders();
  OutputFolders(const OutputFolders&) = delete;
  OutputFolders& operator=(const OutputFolders&) = delete;

 private:
  void make(const std::filesystem::path& folder);
  void remove_empty();

  std::vector<std::filesystem::path> m_made;  ///< parents before their children
};

}  // namespace orthocover::operations
