#pragma once

#include <memory>
#include <string>

#include "core/base/run_context.h"
#include "core/ports/geo_io.h"

namespace orthocover {

/// Writes the polygons of equal value of a map, 4-connected, with their true area, and the legend as QGIS
/// style: in the GeoPackage itself, beside other formats.
/// @throws Error{Usage} for an extension without a driver, Error{Resource} when the disk is full
std::unique_ptr<PendingOutput> write_map_polygons(const std::string& map_path, const VectorSpec& spec,
                                                  RunContext& context);

}  // namespace orthocover
