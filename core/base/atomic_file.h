#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace orthocover {

/// Something written under a temporary name that appears under its final name only when committed.
/// Destruction without commit() removes everything.
class PendingOutput {
 public:
  PendingOutput() = default;
  PendingOutput(const PendingOutput&) = delete;
  PendingOutput& operator=(const PendingOutput&) = delete;
  virtual ~PendingOutput() = default;

  /// Gives the output its final name.
  /// @throws Error{Resource} when the disk refuses
  virtual void commit() = 0;
};

/// One file under a temporary name in the folder of its target. commit() flushes it to disk and renames it.
class AtomicFile final : public PendingOutput {
 public:
  /// @throws Error{Resource} when the folder does not exist or is not writable
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile() override;

  /// Where to write; has the target's extension, so that drivers which choose by extension work.
  const std::filesystem::path& temporary() const { return m_temporary; }
  const std::filesystem::path& target() const { return m_target; }
  void commit() override;

 private:
  std::filesystem::path m_target;
  std::filesystem::path m_temporary;
  bool m_committed = false;
};

/// fsync of a file or folder.
/// @throws Error{Resource}
void flush_to_disk(const std::filesystem::path& path);

/// fsync + rename, with the folder flushed afterwards.
/// @throws Error{Resource}
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes a whole small file atomically.
/// @throws Error{Resource}
void write_file_atomically(const std::filesystem::path& target, std::string_view content);

/// Reads a whole file of at most `limit_bytes`.
/// @throws Error{Data} when it can't be read or is larger
std::string read_small_file(const std::filesystem::path& path, std::uintmax_t limit_bytes);

/// The same of a file that is a help, never a must: empty where it can't be read.
std::string read_small_file_if_any(const std::filesystem::path& path, std::uintmax_t limit_bytes);

/// @throws Error{Resource} when the folder of `target` is missing or can't be written, Error{Usage} when
/// `target` exists and `overwrite` is false, or is a folder
void check_output_path(const std::filesystem::path& target, bool overwrite);

}  // namespace orthocover
