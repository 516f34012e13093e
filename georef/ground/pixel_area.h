#pragma once

#include <optional>

#include "core/geometry/area_scale.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// True ground area of a raster's pixels in square metres, on the ellipsoid of its CRS: good for degrees,
/// feet, Web Mercator and rotated grids alike, to about 1e-8 of an area.
/// @return nothing when the CRS or the geotransform is unknown; for local (engineering) CRS the area in its
/// own unit, brought to metres
std::optional<AreaScale> pixel_area_scale(const RasterInfo& map);

}  // namespace orthocover
