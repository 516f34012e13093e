#pragma once

#include <geodesic.h>

#include <array>
#include <memory>
#include <optional>
#include <span>

#include "core/ports/raster_source.h"
#include "georef/ground/point_transform.h"

namespace orthocover {

/// Longitude and latitude of a raster's pixels on the ellipsoid of its own CRS.
class GroundFrame {
 public:
  struct Point {
    double lon_deg = 0;
    double lat_deg = 0;
  };

  /// @return nothing without CRS or geotransform, or when the CRS has no ellipsoid
  static std::optional<GroundFrame> of(const RasterInfo& map);

  /// Column and row of each point in, degrees out; infinite where the projection does not reach.
  void to_degrees(std::span<Point> points) const;
  const geod_geodesic& ellipsoid() const { return m_ellipsoid; }

 private:
  GroundFrame() = default;

  std::array<double, 6> m_geotransform{};
  std::unique_ptr<PointTransform> m_transform;
  double m_degrees_per_unit = 1;
  geod_geodesic m_ellipsoid{};
};

}  // namespace orthocover
