#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/operation/operation.h"
#include "core/operations/results/judging_options.h"

namespace orthocover::operations {

/// A file that an operation made, as OperationResult::report lists it.
/// @param kind `raster`, `vector`, `table`, `html`, `model` or `file`
/// @param role what it shows: `map`, `confidence`, `polygons` ...
/// @param option key of the option that asked for it
nlohmann::json output_entry(const std::string& kind, const std::string& role, const std::string& option,
                            const std::string& path);

/// Names that tell files apart in reports: without folder and extension, or as they were given where those
/// repeat.
std::vector<std::string> distinct_names(const std::vector<std::string>& files);

/// @param inputs that are judged
/// @throws Error{Usage} unless there is a reference for each, another where one comes twice, and reports can
/// be written
void check_judging(const JudgingOptions& options, const std::vector<std::string>& inputs);

/// Writes the reports that are wanted.
/// @return their entries
nlohmann::json write_reports(const JudgingOptions& options, const nlohmann::ordered_json& report,
                             const std::function<std::string()>& csv,
                             const std::function<std::string()>& html);

/// What a pixel of each raster covers, in pixels of the finest: every square metre is to count alike. 1 where
/// a size is unknown, with a warning where another is known.
std::vector<double> pixel_shares(const std::vector<std::optional<double>>& sizes_m, RunContext& run);

/// How much there is of a class.
struct ClassShare {
  std::optional<std::int64_t> value;  ///< nothing where only names are known
  std::string name;
  std::optional<Color> color;
  std::optional<double> area_m2;  ///< nothing: it can't be told
  std::optional<double> pixels;
};

/// The classes as OperationResult::report lists them: value, name, color, area_m2, pixels and share, which is
/// of all classes together, by area where areas are known and by pixels else.
nlohmann::json class_areas(const std::vector<ClassShare>& classes);

/// Warns of ground that a map shows, too, which would be judged as if it were its own.
/// @param seen the maps judged before, to which this one is added
void warn_of_shared_ground(const RasterInfo& map, std::vector<RasterInfo>& seen, OperationContext& context);

}  // namespace orthocover::operations
