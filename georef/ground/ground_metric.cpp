#include "georef/ground/ground_metric.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/ground_frame.h"
#include "georef/ground/ground_size.h"

namespace orthocover {
namespace {

constexpr double kSpacingM = 2000;
constexpr double kCoarseM = 20000;  // the scale between control points is off by about 1e-6
constexpr int kMaxCells = 256;      // along one side
constexpr double kStepM = 50;       // of the differences at a control point

constexpr double kDegree = M_PI / 180;

MetricTensor combine(const MetricTensor& a, double factor_a, const MetricTensor& b, double factor_b) {
  return {a.cc * factor_a + b.cc * factor_b, a.cr * factor_a + b.cr * factor_b,
          a.rr * factor_a + b.rr * factor_b};
}

/// A place in the earth's own space, metres from its centre: at the poles, too, neighbours lie beside each
/// other there.
std::array<double, 3> in_space(const GroundFrame::Point& point, const geod_geodesic& ellipsoid) {
  const double latitude = point.lat_deg * kDegree, longitude = point.lon_deg * kDegree;
  const double e2 = ellipsoid.f * (2 - ellipsoid.f);
  const double normal = ellipsoid.a / std::sqrt(1 - e2 * std::sin(latitude) * std::sin(latitude));
  const double from_axis = normal * std::cos(latitude);
  return {from_axis * std::cos(longitude), from_axis * std::sin(longitude),
          normal * (1 - e2) * std::sin(latitude)};
}

/// First fundamental form of the ellipsoid, from chords over a step of `reach` pixels to each side: of 100 m,
/// they are shorter than arcs by 1e-11.
MetricTensor tensor_of(const std::array<GroundFrame::Point, 4>& cross, double reach,
                       const geod_geodesic& ellipsoid) {
  const auto slope = [&](const GroundFrame::Point& from, const GroundFrame::Point& to) {
    const std::array<double, 3> a = in_space(from, ellipsoid), b = in_space(to, ellipsoid);
    return std::array{(b[0] - a[0]) / (2 * reach), (b[1] - a[1]) / (2 * reach), (b[2] - a[2]) / (2 * reach)};
  };
  const auto dot = [](const std::array<double, 3>& a, const std::array<double, 3>& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  };
  const auto& [west, east, north, south] = cross;
  const auto col = slope(west, east), row = slope(north, south);
  return {dot(col, col), dot(col, row), dot(row, row)};
}

/// The metric of a plane, for local CRS and those that PROJ does not know.
std::optional<MetricTensor> planar_tensor(const RasterInfo& map) {
  const GdalErrors silent;
  const OGRSpatialReference crs = crs_from_wkt(map.georeference.crs_wkt);
  if (!crs.IsProjected() && !crs.IsLocal()) return std::nullopt;
  const std::array<double, 6>& g = *map.georeference.geotransform;
  const double square = crs.GetLinearUnits() * crs.GetLinearUnits();
  return MetricTensor{square * (g[1] * g[1] + g[4] * g[4]), square * (g[1] * g[2] + g[4] * g[5]),
                      square * (g[2] * g[2] + g[5] * g[5])};
}

int cell_of(double at, double spacing, int cells) {
  return std::clamp(static_cast<int>(at / spacing), 0, cells - 1);
}

int cells_for(double length_m) {
  return static_cast<int>(std::clamp(std::ceil(length_m / kSpacingM), 1.0, double{kMaxCells}));
}

}  // namespace

double MetricTensor::area_scale() const {
  return std::sqrt(std::max(0.0, cc * rr - cr * cr));
}

double MetricTensor::length(double d_col, double d_row) const {
  return std::sqrt(std::max(0.0, cc * d_col * d_col + 2 * cr * d_col * d_row + rr * d_row * d_row));
}

MetricTensor measured_tensor(const GroundFrame& frame, double col, double row, double reach_px) {
  std::array<GroundFrame::Point, 4> cross = {
      {{col - reach_px, row}, {col + reach_px, row}, {col, row - reach_px}, {col, row + reach_px}}};
  frame.to_degrees(cross);
  return tensor_of(cross, reach_px, frame.ellipsoid());
}

double measuring_reach_px(double pixel_m) {
  return kStepM / pixel_m;
}

std::optional<GroundMetric> GroundMetric::of(const RasterInfo& map) {
  if (map.georeference.crs_wkt.empty() || !map.georeference.geotransform) return std::nullopt;
  GroundMetric metric;
  const auto frame = GroundFrame::of(map);
  const auto steps =
      ground_steps_m(map.georeference.crs_wkt, *map.georeference.geotransform, map.cols, map.rows);
  if (frame && steps) {
    const double width_m = static_cast<double>(map.cols) * steps->along_row_m;
    const double height_m = static_cast<double>(map.rows) * steps->along_column_m;
    metric.m_cells_across = cells_for(width_m);
    metric.m_cells_down = cells_for(height_m);
    metric.m_is_fine = std::max(width_m / metric.m_cells_across, height_m / metric.m_cells_down) <= kCoarseM;
    metric.m_spacing_cols = static_cast<double>(map.cols) / metric.m_cells_across;
    metric.m_spacing_rows = static_cast<double>(map.rows) / metric.m_cells_down;
    metric.measure(*frame, measuring_reach_px(std::sqrt(steps->along_row_m * steps->along_column_m)));
    metric.integrate();
    return metric;
  }
  const auto plane = planar_tensor(map);
  if (!plane) return std::nullopt;
  metric.m_spacing_cols = static_cast<double>(map.cols);
  metric.m_spacing_rows = static_cast<double>(map.rows);
  metric.m_nodes.assign(4, *plane);
  metric.integrate();
  return metric;
}

void GroundMetric::measure(const GroundFrame& frame, double reach_px) {
  std::vector<GroundFrame::Point> points;
  for (int row = 0; row <= m_cells_down; ++row) {
    for (int col = 0; col <= m_cells_across; ++col) {
      const double x = col * m_spacing_cols;
      const double y = row * m_spacing_rows;
      for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}})
        points.push_back({x + dx * reach_px, y + dy * reach_px});
    }
  }
  frame.to_degrees(points);
  for (std::size_t i = 0; i < points.size(); i += 4) {
    MetricTensor tensor =
        tensor_of({points[i], points[i + 1], points[i + 2], points[i + 3]}, reach_px, frame.ellipsoid());
    if (!std::isfinite(tensor.area_scale()) || tensor.area_scale() == 0)
      tensor.cc = std::numeric_limits<double>::quiet_NaN();
    m_nodes.push_back(tensor);
  }
}

/// Along the rows of control points, between which the scale is taken to be linear.
void GroundMetric::integrate() {
  for (const MetricTensor& tensor : m_nodes) m_scale.push_back(tensor.area_scale());
  m_has_gaps =
      std::ranges::any_of(m_nodes, [](const MetricTensor& tensor) { return !std::isfinite(tensor.cc); });
  m_left.assign(m_scale.size(), 0);
  for (int row = 0; row <= m_cells_down; ++row) {
    for (int col = 0; col < m_cells_across; ++col) {
      const std::size_t here = node_index(col, row);
      m_left[here + 1] = m_left[here] + m_spacing_cols * (m_scale[here] + m_scale[here + 1]) / 2;
    }
  }
}

double GroundMetric::area_left_of(double col, double row) const {
  const int c = cell_of(col, m_spacing_cols, m_cells_across);
  const int r = cell_of(row, m_spacing_rows, m_cells_down);
  const double x = col - c * m_spacing_cols;
  const double v = row / m_spacing_rows - r;
  const auto on_row = [&](std::size_t at) {
    return m_left[at] + x * (m_scale[at] + (m_scale[at + 1] - m_scale[at]) * x / (2 * m_spacing_cols));
  };
  return (1 - v) * on_row(node_index(c, r)) + v * on_row(node_index(c, r + 1));
}

std::optional<GroundMetric::Local> GroundMetric::near(double col, double row) const {
  const int c = cell_of(col, m_spacing_cols, m_cells_across);
  const int r = cell_of(row, m_spacing_rows, m_cells_down);
  const double u = col / m_spacing_cols - c;
  const double v = row / m_spacing_rows - r;
  const MetricTensor top = combine(node(c, r), 1 - u, node(c + 1, r), u);
  const MetricTensor bottom = combine(node(c, r + 1), 1 - u, node(c + 1, r + 1), u);
  const MetricTensor left = combine(node(c, r), 1 - v, node(c, r + 1), v);
  const MetricTensor right = combine(node(c + 1, r), 1 - v, node(c + 1, r + 1), v);
  Local local{col, row, combine(top, 1 - v, bottom, v),
              combine(right, 1 / m_spacing_cols, left, -1 / m_spacing_cols),
              combine(bottom, 1 / m_spacing_rows, top, -1 / m_spacing_rows)};
  if (!std::isfinite(local.at.cc)) return std::nullopt;
  return local;
}

}  // namespace orthocover
