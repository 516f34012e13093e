#pragma once

#include "core/geometry/area_scale.h"
#include "core/ports/feature_sink.h"

namespace orthocover {

/// A size on the map and on the ground.
struct GroundArea {
  double ground = 0;  ///< square metres, or the square of the map's unit where its CRS is unknown
  double pixels = 0;

  GroundArea& operator+=(const GroundArea& other) {
    return ground += other.ground, pixels += other.pixels, *this;
  }
};

/// Size of a polygon whose edges are straight on the map: shells count, whichever way round they are drawn,
/// and holes are taken off.
/// @cost grows with the vertices alone
/// @source Green's theorem: the field's integral along rows, summed around each ring
GroundArea area_of(const RasterPolygon& polygon, const AreaScale& scale);

}  // namespace orthocover
