#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"

namespace orthocover::operations {

/// A file that an operation made, as OperationResult::report lists it.
/// @param kind `raster`, `vector`, `table`, `html`, `model` or `file`
/// @param role what it shows: `map`, `confidence`, `polygons` ...
/// @param option key of the option that asked for it
nlohmann::json output_entry(const std::string& kind, const std::string& role, const std::string& option,
                            const std::string& path);

/// The entries of `--output` (JSON), `--csv` and `--html`, as far as they were wanted.
nlohmann::json report_outputs(const std::optional<std::string>& json, const std::optional<std::string>& csv,
                              const std::optional<std::string>& html);

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

}  // namespace orthocover::operations
