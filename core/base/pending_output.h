#pragma once

#include <filesystem>
#include <utility>
#include <vector>

namespace orthocover {

/// The folder that a file lies in, `.` for a mere name.
inline std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

/// fsync of a file or folder.
/// @throws Error{Resource}
void flush_to_disk(const std::filesystem::path& path);

/// What gives finished files their names, in its order. The disk is waited for once, however many files there
/// are: it takes milliseconds to say that something is written, little or much.
class CommitSteps {
 public:
  /// A file or a folder with its content under a temporary name gets its own, in place of what has it.
  /// @param may_replace false: what another program put there meanwhile stays, and no step is taken
  void rename(std::filesystem::path from, std::filesystem::path to, bool may_replace = true) {
    m_steps.push_back({std::move(from), std::move(to), may_replace});
  }
  /// A file goes; it need not be there.
  void remove(std::filesystem::path stale) { m_steps.push_back({std::move(stale), {}, true}); }

  /// Waits until the content of all is on the disk, takes the steps, and waits for the names: those in one
  /// folder are on the disk before those in the next. Where one fails, those before it stay taken.
  /// @throws Error{Resource}, Error{Usage} for what must not be replaced
  void carry_out();

 private:
  struct Step {
    std::filesystem::path from;
    std::filesystem::path to;  ///< empty: `from` goes
    bool may_replace;
  };
  std::vector<Step> m_steps;
};

/// fsync + rename, with the folder flushed afterwards.
/// @throws Error{Resource}
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Something written under a temporary name that appears under its final name only when committed.
/// Destruction without that removes everything.
class PendingOutput {
 public:
  PendingOutput() = default;
  PendingOutput(const PendingOutput&) = delete;
  PendingOutput& operator=(const PendingOutput&) = delete;
  virtual ~PendingOutput() = default;

  /// Adds what gives the output its final name; the object must live until that is done. What it reads of its
  /// target's folder is what lies there before any step.
  /// @throws Error{Resource} when it can't be shown, for its target was changed meanwhile
  virtual void add_to(CommitSteps& steps) = 0;

  /// Gives the output its final name, which stays after a power cut.
  /// @throws Error{Resource} when the disk refuses
  void commit();
};

}  // namespace orthocover
