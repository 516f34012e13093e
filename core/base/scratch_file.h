#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace orthocover {

/// A nameless file for data that does not fit into the memory budget; it is gone with the object, or with the
/// process. The file is created at the first write.
class ScratchFile {
 public:
  /// @param folder where there is room
  explicit ScratchFile(std::filesystem::path folder) : m_folder(std::move(folder)) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  /// @throws Error{Resource} when the disk is full
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  /// @throws Error{Resource}
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  void open();

  std::filesystem::path m_folder;
  int m_descriptor = -1;
};

}  // namespace orthocover
