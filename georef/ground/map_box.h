#pragma once

#include <ogr_spatialref.h>

#include <array>
#include <optional>
#include <string>

#include "core/ports/raster_source.h"

namespace orthocover {

/// A box in map units: min x, min y, max x, max y.
using MapBox = std::array<double, 4>;

/// The box around a raster of this geotransform.
MapBox raster_box(const std::array<double, 6>& geotransform, std::int64_t cols, std::int64_t rows);

/// Bounds of a box in another CRS; nothing when it can't be brought there.
std::optional<MapBox> transformed(const MapBox& box, const OGRSpatialReference& from,
                                  const OGRSpatialReference& to);

/// Pixels of a scene under two opposite corners, x y x y, of a box in its map units.
/// @throws Error{Usage} for a box without area, EmptyScene where it does not meet the scene
Window window_of_box(const RasterInfo& scene, const std::array<double, 4>& corners);

/// GeoIo::same_ground()
Window same_ground(const RasterInfo& from, const Window& window, const RasterInfo& to);

bool meet(const MapBox& a, const MapBox& b);

/// For messages, metres to centimetres and degrees to 1e-7: `500001.00 4999998.50 .. 500002.00 4999999.50`.
std::string box_text(const MapBox& box);

/// `WHAT reach over BOX, the scene over BOX in CRS`, for labels that miss a scene with a geotransform.
/// @param crs of `box`; null: the scene's
std::string both_extents(const std::string& what, const MapBox& box, const OGRSpatialReference* crs,
                         const RasterInfo& scene);

}  // namespace orthocover
