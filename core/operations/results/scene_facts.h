#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/ports/class_source.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// What there is to know of a scene without reading a pixel, for `info --json`.
nlohmann::ordered_json scene_facts(const RasterInfo& info);

/// What would make the scene faster or safer to map, each with the cure.
std::vector<std::string> scene_advice(const RasterInfo& info);

/// The same for people.
/// @param pixel its sides on the ground
std::string scene_report(const RasterInfo& info, const PixelSize& pixel = {});

/// What there is to know of a land-cover map without reading a pixel, for `info --json`.
nlohmann::ordered_json map_facts(const RasterInfo& info, const Legend& legend);

/// The same for people.
std::string map_report(const RasterInfo& info, const Legend& legend, const PixelSize& pixel = {});

}  // namespace orthocover
