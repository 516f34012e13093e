#pragma once

#include <vector>

#include "core/ports/raster_source.h"
#include "core/ports/zone.h"

namespace orthocover {

/// The polygons of a layer that areas are wanted for, in pixel coordinates of a map and in the order of their
/// ids. Names come from the field asked for, else from a text field `name`, `zone`, `label` or `title`, else
/// they are the ids.
/// @throws Error{Data} when there is no polygon layer, the field is missing or no zone meets the map
std::vector<Zone> read_zone_polygons(const ZoneRequest& request, const RasterInfo& map);

}  // namespace orthocover
