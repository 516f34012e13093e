#pragma once

#include <map>
#include <span>
#include <vector>

#include "core/base/run_context.h"
#include "core/metrics/ground_area.h"
#include "core/ports/class_source.h"
#include "core/ports/zone.h"

namespace orthocover {

/// How much of each class there is.
template <class Key>
struct ClassAreas {
  std::map<Key, GroundArea> classes;
  GroundArea nodata;  ///< without class
};

/// Areas of a class raster, by value.
/// @throws Error{Data}, Error{Cancelled}
ClassAreas<std::int64_t> areas_of_raster(const ClassSource& source, const AreaScale& scale,
                                         RunContext& context);

/// Areas of a class raster within each zone; pixels count by the exact share that the zone covers. Zones may
/// overlap. Reads the raster once, by blocks of rows, and only where zones are.
/// @param zones in coordinates of the raster
/// @throws Error{Data}, Error{Cancelled}
std::vector<ClassAreas<std::int64_t>> areas_of_zones(const ClassSource& source, const AreaScale& scale,
                                                     std::span<const Zone> zones, RunContext& context);

}  // namespace orthocover
