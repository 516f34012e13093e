#include "georef/ground_frame.h"

#include <cmath>

#include "core/base/error.h"
#include "georef/dataset.h"
#include "georef/gdal_error.h"

namespace orthocover {

std::optional<GroundFrame> GroundFrame::of(const RasterInfo& map) {
  if (map.georeference.crs_wkt.empty() || !map.georeference.geotransform) return std::nullopt;
  const GdalErrors silent;
  const OGRSpatialReference crs = crs_from_wkt(map.georeference.crs_wkt);
  const std::unique_ptr<OGRSpatialReference> geographic(crs.CloneGeogCS());
  if (!geographic || crs.IsLocal()) return std::nullopt;
  GroundFrame frame;
  frame.m_geotransform = *map.georeference.geotransform;
  frame.m_degrees_per_unit = geographic->GetAngularUnits() * 180 / M_PI;
  const double inverse_flattening = crs.GetInvFlattening();
  geod_init(&frame.m_ellipsoid, crs.GetSemiMajor(), inverse_flattening == 0 ? 0 : 1 / inverse_flattening);
  const std::array<double, 6>& g = frame.m_geotransform;
  const double col = static_cast<double>(map.cols) / 2;
  const double row = static_cast<double>(map.rows) / 2;
  try {
    frame.m_transform =
        std::make_unique<PointTransform>(map.georeference.crs_wkt, wkt_of(geographic.get()),
                                         g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5]);
  } catch (const Error&) {
    return std::nullopt;  // the raster has no place on the earth
  }
  return frame;
}

void GroundFrame::to_degrees(std::span<Point> points) const {
  const std::array<double, 6>& g = m_geotransform;
  for (Point& point : points) {
    const double col = point.lon_deg;
    const double row = point.lat_deg;
    point = {g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5]};
  }
  if (points.empty()) return;
  (*m_transform)(&points[0].lon_deg, &points[0].lat_deg, sizeof(Point), points.size());
  for (Point& point : points) {
    point.lon_deg *= m_degrees_per_unit;
    point.lat_deg *= m_degrees_per_unit;
  }
}

}  // namespace orthocover
