#include "georef/ground/ground_frame.h"

#include <cmath>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"

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
  const auto [x, y] =
      on_map(frame.m_geotransform, static_cast<double>(map.cols) / 2, static_cast<double>(map.rows) / 2);
  try {
    frame.m_transform =
        std::make_unique<PointTransform>(map.georeference.crs_wkt, wkt_of(geographic.get()), x, y);
  } catch (const Error&) {
    return std::nullopt;  // the raster has no place on the earth
  }
  return frame;
}

void GroundFrame::to_degrees(std::span<Point> points) const {
  for (Point& point : points) {
    const auto [x, y] = on_map(m_geotransform, point.lon_deg, point.lat_deg);
    point = {x, y};
  }
  if (points.empty()) return;
  (*m_transform)(&points[0].lon_deg, &points[0].lat_deg, sizeof(Point), points.size());
  for (Point& point : points) {
    point.lon_deg *= m_degrees_per_unit;
    point.lat_deg *= m_degrees_per_unit;
  }
}

}  // namespace orthocover
