#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/pending_output.h"

namespace orthocover {

/// All files of a vector dataset, made in a folder of their own beside the target.
class PendingVector final : public PendingOutput {
 public:
  /// @param may_replace as for AtomicFile
  /// @throws Error{Resource} when the folder can't be made, or another program has a GeoPackage open that is
  /// to be replaced
  PendingVector(std::filesystem::path target, bool may_replace);
  ~PendingVector() override;

  /// Where to write; has the target's name.
  std::filesystem::path temporary() const { return m_folder / m_target.filename(); }
  /// Files beside the target, of an earlier dataset, that belong to it no more: removed when it gets its
  /// name.
  /// @param extensions with the dot, in place of the target's own
  void replace_beside(std::vector<std::string> extensions) { m_stale = std::move(extensions); }
  /// Refuses to replace a GeoPackage that holds more than a layer and its style.
  /// @throws Error{Usage}
  void check_sole(const std::string& layer) const;
  /// Names of the files that were made so far and will lie beside the target.
  std::vector<std::filesystem::path> beside() const;
  /// @throws Error{Resource} for a GeoPackage that another program has open
  void add_to(CommitSteps& steps) override;

 private:
  void check_target() const;

  std::filesystem::path m_target;
  std::filesystem::path m_folder;
  bool m_may_replace;
  std::vector<std::string> m_stale;
};

/// A table or projection beside a Shapefile that is not there belongs to something else, unless they are the
/// remains of one.
/// @throws Error{Usage}
void check_beside_shapefile(const std::filesystem::path& target);

}  // namespace orthocover
