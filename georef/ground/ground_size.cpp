#include "georef/ground/ground_size.h"

#include <geodesic.h>
#include <ogr_spatialref.h>

#include <cmath>
#include <memory>

#include "core/ports/raster_source.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// Less than this share of a step is rounding, or what a projection turns within a scene.
constexpr double kLeastSkew = 1e-4;

/// @param cosine of the angle between both steps
GroundSteps steps_of(double along_row_m, double along_column_m, double cosine) {
  return {along_row_m, along_column_m, std::abs(cosine) < kLeastSkew ? 0 : along_column_m * cosine};
}

GroundSteps planar_steps(const std::array<double, 6>& g, double unit_m) {
  const double row = std::hypot(g[1], g[4]), column = std::hypot(g[2], g[5]);
  return steps_of(unit_m * row, unit_m * column, (g[1] * g[2] + g[4] * g[5]) / (row * column));
}

bool is_length(double value) {
  return std::isfinite(value) && value > 0;
}

std::optional<GroundSteps> geodesic_steps(const OGRSpatialReference& crs, const std::array<double, 6>& g,
                                          double col, double row) {
  const std::unique_ptr<OGRSpatialReference> geographic(crs.CloneGeogCS());
  if (!geographic) return std::nullopt;
  geographic->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<OGRCoordinateTransformation> to_degrees(
      OGRCreateCoordinateTransformation(&crs, geographic.get()));
  if (!to_degrees) return std::nullopt;
  std::array points = {on_map(g, col, row), on_map(g, col + 1, row), on_map(g, col, row + 1)};
  for (auto& [x, y] : points)
    if (!to_degrees->Transform(1, &x, &y) || !std::isfinite(x) || !std::isfinite(y)) return std::nullopt;
  const double unit = geographic->GetAngularUnits() * 180 / M_PI;  // degrees per unit of the geographic CRS
  const double inverse_flattening = crs.GetInvFlattening();
  geod_geodesic ellipsoid;
  geod_init(&ellipsoid, crs.GetSemiMajor(), inverse_flattening == 0 ? 0 : 1 / inverse_flattening);
  std::array<double, 2> metres{}, azimuth{};
  for (std::size_t i = 0; i < 2; ++i)
    geod_inverse(&ellipsoid, points[0][1] * unit, points[0][0] * unit, points[i + 1][1] * unit,
                 points[i + 1][0] * unit, &metres[i], &azimuth[i], nullptr);
  return steps_of(metres[0], metres[1], std::cos((azimuth[1] - azimuth[0]) * M_PI / 180));
}

}  // namespace

std::optional<GroundSteps> ground_steps_m(const std::string& crs_wkt,
                                          const std::array<double, 6>& geotransform, std::int64_t cols,
                                          std::int64_t rows) {
  if (crs_wkt.empty()) return std::nullopt;
  const GdalErrors silent;
  const OGRSpatialReference crs = crs_from_wkt(crs_wkt);
  std::optional<GroundSteps> steps;
  if (crs.IsGeographic() || crs.IsProjected() || crs.IsCompound() || crs.IsDerivedGeographic()) {
    steps = geodesic_steps(crs, geotransform, static_cast<double>(cols) / 2, static_cast<double>(rows) / 2);
  }
  if (!steps && (crs.IsProjected() || crs.IsLocal()))
    steps = planar_steps(geotransform, crs.GetLinearUnits());
  if (!steps || !is_length(steps->along_row_m) || !is_length(steps->along_column_m)) return std::nullopt;
  return steps;
}

}  // namespace orthocover
