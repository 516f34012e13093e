#include "georef/pixel_area.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "georef/dataset.h"
#include "georef/gdal_error.h"

namespace orthocover {
namespace {

/// Side of a part of the control grid: within it a cubic follows the true area to 1e-9.
constexpr double kPartM = 50e3;
/// Parts along an axis; half a degree or a degree on maps of the whole earth.
constexpr double kMostParts = 360;
/// Half of the distance over which differences are taken.
constexpr double kStepM = 5e3;

struct Place {
  double x = 0;
  double y = 0;
};

/// True area of a CRS's square unit.
class UnitArea {
 public:
  explicit UnitArea(const std::string& wkt) : m_crs(crs_from_wkt(wkt)) {
    m_is_geographic = m_crs.IsGeographic() && !m_crs.IsDerivedGeographic();
    if (!m_is_geographic && !m_crs.IsProjected() && !m_crs.IsDerivedGeographic() && !m_crs.IsLocal()) return;
    m_unit_m = m_is_geographic || m_crs.IsDerivedGeographic() ? m_crs.GetAngularUnits() * m_crs.GetSemiMajor()
                                                              : m_crs.GetLinearUnits();
    const double inverse = m_crs.GetInvFlattening();
    const double flattening = inverse == 0 ? 0 : 1 / inverse;
    m_eccentricity2 = flattening * (2 - flattening);
    if (m_crs.IsLocal()) return;
    const std::unique_ptr<OGRSpatialReference> geographic(m_crs.CloneGeogCS());
    if (!geographic) return;
    geographic->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    m_angle = geographic->GetAngularUnits();
    if (!m_is_geographic) m_to_angles.reset(OGRCreateCoordinateTransformation(&m_crs, geographic.get()));
  }

  bool is_known() const { return m_unit_m > 0; }
  /// Length of a unit, roughly.
  double unit_m() const { return m_unit_m; }

  /// Square metres of a square unit at a place; by the unit alone where the place is not on the earth.
  double at(const Place& place) const {
    if (m_is_geographic) return m_angle * m_angle * ellipsoid(place.y * m_angle);
    const auto angles = to_radians(place);
    if (!angles) return m_unit_m * m_unit_m;
    const double step = kStepM / m_unit_m;
    const auto along_x = slope(place, {step, 0});
    const auto along_y = slope(place, {0, step});
    if (!along_x || !along_y) return m_unit_m * m_unit_m;
    const double area = ellipsoid(angles->y) * std::abs(along_x->x * along_y->y - along_x->y * along_y->x);
    return std::isfinite(area) && area > 0 ? area : m_unit_m * m_unit_m;
  }

 private:
  /// Square metres of a square radian at a latitude.
  double ellipsoid(double latitude) const {
    const double a = m_crs.GetSemiMajor();
    const double w = 1 - m_eccentricity2 * std::sin(latitude) * std::sin(latitude);
    return a * a * (1 - m_eccentricity2) / (w * w) * std::max(0.0, std::cos(latitude));
  }

  std::optional<Place> to_radians(Place place) const {
    if (!m_to_angles || !m_to_angles->Transform(1, &place.x, &place.y) || !std::isfinite(place.x) ||
        !std::isfinite(place.y))
      return std::nullopt;
    return Place{place.x * m_angle, place.y * m_angle};
  }

  /// Difference of longitudes and latitudes across `step` on both sides.
  std::optional<Place> difference(const Place& place, const Place& step) const {
    const auto ahead = to_radians({place.x + step.x, place.y + step.y});
    const auto behind = to_radians({place.x - step.x, place.y - step.y});
    if (!ahead || !behind) return std::nullopt;
    return Place{std::remainder(ahead->x - behind->x, 2 * M_PI), ahead->y - behind->y};
  }

  /// Change of longitude and latitude for a unit along `step`.
  std::optional<Place> slope(const Place& place, const Place& step) const {
    const auto near = difference(place, step);
    const auto far = difference(place, {2 * step.x, 2 * step.y});
    if (!near || !far) return std::nullopt;
    const double length = 12 * (step.x + step.y);
    return Place{(8 * near->x - far->x) / length, (8 * near->y - far->y) / length};
  }

  OGRSpatialReference m_crs;
  std::unique_ptr<OGRCoordinateTransformation> m_to_angles;  ///< null: geographic already, or local
  bool m_is_geographic = false;
  double m_unit_m = 0;
  double m_angle = 1;  ///< radians of the geographic CRS's unit
  double m_eccentricity2 = 0;
};

int parts_of(double length_m) {
  return static_cast<int>(std::clamp(std::ceil(length_m / kPartM), 3.0, kMostParts));
}

}  // namespace

std::optional<AreaScale> pixel_area_scale(const RasterInfo& map) {
  if (map.georeference.crs_wkt.empty() || !map.georeference.geotransform) return std::nullopt;
  const GdalErrors silent;
  const UnitArea unit(map.georeference.crs_wkt);
  if (!unit.is_known()) return std::nullopt;
  const std::array<double, 6>& g = *map.georeference.geotransform;
  const double pixel = std::abs(g[1] * g[5] - g[2] * g[4]);
  const auto cols = static_cast<double>(map.cols);
  const auto rows = static_cast<double>(map.rows);
  return AreaScale(cols, rows, parts_of(cols * std::hypot(g[1], g[4]) * unit.unit_m()),
                   parts_of(rows * std::hypot(g[2], g[5]) * unit.unit_m()), [&](double col, double row) {
                     return pixel * unit.at({g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5]});
                   });
}

}  // namespace orthocover
