#pragma once

#include <filesystem>
#include <string>

#include "georef/layer_fields.h"

namespace orthocover {

/// How a layer becomes text: GeoJSON or KML.
struct TextPlan {
  std::filesystem::path target;  ///< for messages
  std::filesystem::path file;    ///< to write
  std::string name;
  bool is_sequence = false;  ///< GeoJSON: a feature on each line and nothing else
  bool is_multi = false;
  int decimals = 7;  ///< of longitudes and latitudes
  FieldPlan fields;
};

}  // namespace orthocover
