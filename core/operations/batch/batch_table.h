#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/run_context.h"
#include "core/operations/batch/scene_files.h"

namespace orthocover::operations {

enum class SceneStatus {
  Done,
  Skipped,
  Empty,  ///< without a valid pixel, and thus without a map
  Failed
};

/// `done`, `skipped`, `empty`, `failed`.
std::string_view to_string(SceneStatus status);

/// What became of one scene of a batch.
struct SceneRow {
  std::string scene;  ///< as the user named it
  std::string map;
  SceneStatus status = SceneStatus::Done;
  std::string reason;  ///< why there is no map, one line
  double seconds = 0;
  std::vector<std::uint64_t> pixels;  ///< per class, in the order of the legend; empty when it failed
  std::vector<double> area_m2;        ///< per class; empty where the ground of a pixel can't be told
  nlohmann::json facts = nullptr;     ///< what its run record says under `orthocover`

  bool has_map() const { return status == SceneStatus::Done || status == SceneStatus::Skipped; }
};

/// The table for people: a line per scene with status, time and the area of every class in hectares, or in
/// square metres where all are small, then the sums and a closing line. Long names are shortened in the
/// middle; with six classes no line is longer than 100 columns.
std::string batch_table(const std::vector<SceneRow>& rows, const std::vector<std::string>& classes,
                        double seconds);

/// The same for programs: RFC 4180 with a header; status, reason, seconds, then pixels and square metres of
/// every class. What is not known is empty.
std::string batch_csv(const std::vector<SceneRow>& rows, const std::vector<std::string>& classes);

/// Refuses a place for batch_csv() where something else lies; the table of an earlier batch is replaced.
/// @throws Error{Usage} when the file is no such table and `overwrite` is false, Error{Resource} for its
/// folder
void check_batch_csv(const std::string& path, bool overwrite);

/// Whether a file is such a table, and all its scenes are among these.
bool is_batch_csv_of(const std::string& path, const std::vector<SceneFiles>& scenes);

/// Removes the table of an earlier batch; warns where it is of other scenes, too.
void remove_batch_csv(const std::string& path, const std::vector<SceneFiles>& scenes, RunContext& run);

/// Writes the table of scenes whose maps are there, whatever becomes of it.
/// @return whether it succeeded
bool write_batch_csv(const std::string& path, const std::string& csv, const std::vector<SceneFiles>& scenes,
                     RunContext& run);

/// `text` in at most `columns` characters, the middle replaced by an ellipsis.
std::string shorten(const std::string& text, std::size_t columns);

}  // namespace orthocover::operations
