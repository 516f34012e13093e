#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// What there is to know of a scene without reading a pixel, for `info --json`.
nlohmann::ordered_json scene_facts(const RasterInfo& info);

/// What would make the scene faster or safer to map, each with the cure.
std::vector<std::string> scene_advice(const RasterInfo& info);

/// The same for people.
std::string scene_report(const RasterInfo& info);

}  // namespace orthocover
