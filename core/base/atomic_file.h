#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/pending_output.h"

namespace orthocover {

/// One file under a temporary name in the folder of its target.
class AtomicFile final : public PendingOutput {
 public:
  /// @param may_replace a file that is there, or comes to be there before this one gets its name
  /// @throws as check_output_path()
  explicit AtomicFile(std::filesystem::path target, bool may_replace = true);
  ~AtomicFile() override;

  /// Where to write; has the target's extension, so that drivers which choose by extension work.
  const std::filesystem::path& temporary() const { return m_temporary; }
  /// The whole content at once.
  /// @throws Error{Resource}
  void write(std::string_view content);
  void add_to(CommitSteps& steps) override { steps.rename(m_temporary, m_target, m_may_replace); }

 private:
  std::filesystem::path m_target;
  std::filesystem::path m_temporary;
  bool m_may_replace;
};

/// Writes a whole small file that has no reader yet.
/// @throws Error{Resource}
void write_file(const std::filesystem::path& path, std::string_view content);

/// Writes a whole small file atomically.
/// @throws as AtomicFile
inline void write_file_atomically(const std::filesystem::path& target, std::string_view content,
                                  bool may_replace = true) {
  AtomicFile file(target, may_replace);
  file.write(content);
  file.commit();
}

/// Reads a whole file of at most `limit_bytes`.
/// @throws Error{Data} when it can't be read or is larger
std::string read_small_file(const std::filesystem::path& path, std::uintmax_t limit_bytes);

/// The same of a file that is a help, never a must: empty where it can't be read.
std::string read_small_file_if_any(const std::filesystem::path& path, std::uintmax_t limit_bytes);

/// One name for one file, however it is written: absolute, and without links as far as it is there.
std::filesystem::path real_path(const std::filesystem::path& path);

/// @throws Error{Resource} when the folder of `target` is missing or can't be written
void check_folder_of(const std::filesystem::path& target);
/// @throws Error{Resource} as check_folder_of(), Error{Usage} when `target` exists and `overwrite` is false,
/// is no file, or has too long a name
void check_output_path(const std::filesystem::path& target, bool overwrite);

}  // namespace orthocover
