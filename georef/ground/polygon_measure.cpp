#include "georef/ground/polygon_measure.h"

#include <algorithm>
#include <cmath>

#include "core/geometry/area_scale.h"
#include "georef/gdal/dataset.h"

namespace orthocover {
namespace {

constexpr double kLargeM = 2000;
constexpr double kPieceM = 100;  // of a long edge, between geodesics
constexpr int kMaxPieces = 256;  // of one edge

/// Area and first moments of a polygon, in pixels.
struct Moments {
  double area = 0;
  double col = 0;
  double row = 0;
};

/// Of one ring, about `origin`; the area is not negative.
Moments moments_of(RasterRing ring, const RasterVertex& origin) {
  Moments sum;
  for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
    const double x0 = from.col - origin.col;
    const double y0 = from.row - origin.row;
    const double x1 = to.col - origin.col;
    const double y1 = to.row - origin.row;
    const double cross = x0 * y1 - x1 * y0;
    sum.area += cross;
    sum.col += (x0 + x1) * cross;
    sum.row += (y0 + y1) * cross;
  });
  const double sign = sum.area < 0 ? -1 : 1;
  return {sign * sum.area / 2, sign * sum.col / 6, sign * sum.row / 6};
}

double perimeter_of(RasterRing ring, const GroundMetric::Local& local) {
  double sum = 0;
  for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
    const double u = (from.col + to.col) / 2 - local.col;
    const double v = (from.row + to.row) / 2 - local.row;
    const MetricTensor middle{local.at.cc + u * local.per_col.cc + v * local.per_row.cc,
                              local.at.cr + u * local.per_col.cr + v * local.per_row.cr,
                              local.at.rr + u * local.per_col.rr + v * local.per_row.rr};
    sum += middle.length(to.col - from.col, to.row - from.row);
  });
  return sum;
}

}  // namespace

/// One polygon of a feature: its shell and its holes.
struct PolygonMeasurer::Part {
  std::vector<RasterRing> rings;
  double area_px = 0;
  RasterVertex centroid;
  double width_px = 0;
  double height_px = 0;

  void summarise() {
    const RasterVertex origin = rings.front().front();
    Moments sum;
    for (std::size_t i = 0; i < rings.size(); ++i) {
      const Moments ring = moments_of(rings[i], origin);
      const double sign = i == 0 ? 1 : -1;
      sum = {sum.area + sign * ring.area, sum.col + sign * ring.col, sum.row + sign * ring.row};
    }
    area_px = std::max(0.0, sum.area);
    centroid = origin;
    if (area_px > 0) centroid = {origin.col + sum.col / area_px, origin.row + sum.row / area_px};
    const auto [left, right] = std::ranges::minmax(rings.front(), {}, &RasterVertex::col);
    const auto [top, bottom] = std::ranges::minmax(rings.front(), {}, &RasterVertex::row);
    width_px = right.col - left.col;
    height_px = bottom.row - top.row;
  }
};

template <class Action>
void PolygonMeasurer::for_each_part(const RasterPolygon& polygon, const Action& action) {
  std::vector<RasterRing>& rings = m_part->rings;
  const auto end_part = [&] {
    if (rings.empty() || rings.front().empty()) return;
    m_part->summarise();
    action(*m_part);
  };
  rings.clear();
  for_each_ring(polygon, [&](RasterRing ring, bool is_shell) {
    if (is_shell) end_part(), rings.clear();
    rings.push_back(ring);
  });
  end_part();
}

PolygonMeasurer::PolygonMeasurer(const RasterInfo& map)
    : m_geotransform(map.georeference.geotransform.value_or(kPixelTransform)),
      m_pixel_area_map(
          std::abs(m_geotransform[1] * m_geotransform[5] - m_geotransform[2] * m_geotransform[4])),
      m_metric(GroundMetric::of(map)),
      m_frame(GroundFrame::of(map)),
      m_part(std::make_unique<Part>()) {}

PolygonMeasurer::~PolygonMeasurer() = default;

double PolygonMeasurer::pixel_size_map() const {
  return std::sqrt(m_pixel_area_map);
}

PolygonMeasure PolygonMeasurer::measure(const RasterPolygon& polygon) {
  PolygonMeasure sum;
  if (has_ground()) sum.ground = GroundMeasure{};
  for_each_part(polygon, [&](const Part& part) { add_part(part, sum); });
  return sum;
}

void PolygonMeasurer::add_part(const Part& part, PolygonMeasure& sum) {
  const std::array<double, 6>& g = m_geotransform;
  sum.area_map += part.area_px * m_pixel_area_map;
  for (const RasterRing& ring : part.rings) {
    for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
      const double d_col = to.col - from.col;
      const double d_row = to.row - from.row;
      const double x = g[1] * d_col + g[2] * d_row;
      const double y = g[4] * d_col + g[5] * d_row;
      sum.perimeter_map += std::sqrt(x * x + y * y);
    });
  }
  if (!sum.ground) return;
  const std::optional<GroundMeasure> ground = ground_of(part);
  if (!ground) {
    sum.ground.reset();
    return;
  }
  sum.ground->area_m2 += ground->area_m2;
  sum.ground->perimeter_m += ground->perimeter_m;
}

std::optional<GroundMeasure> PolygonMeasurer::ground_of(const Part& part) {
  const std::optional<GroundMetric::Local> local = m_metric->near(part.centroid.col, part.centroid.row);
  const bool is_large =
      !local || local->at.length(part.width_px, 0) > kLargeM || local->at.length(0, part.height_px) > kLargeM;
  if (m_frame && (!local || !m_metric->is_fine() || (is_large && m_metric->has_gaps())))
    return exact_ground_of(part);
  if (!local) return std::nullopt;
  if (is_large) return integrate(part);
  GroundMeasure ground{part.area_px * local->at.area_scale(), 0};
  for (const RasterRing& ring : part.rings) ground.perimeter_m += perimeter_of(ring, *local);
  return ground;
}

/// Around rings over which the metric changes: by Gauss' rule with two points on each piece of an edge that
/// is no longer than the distance of control points.
GroundMeasure PolygonMeasurer::integrate(const Part& part) const {
  GroundMeasure ground;
  for (const RasterRing& ring : part.rings) {
    double area_m2 = 0;
    for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
      const double d_col = to.col - from.col;
      const double d_row = to.row - from.row;
      const double cells =
          std::max(std::abs(d_col) / m_metric->spacing_cols(), std::abs(d_row) / m_metric->spacing_rows());
      const int pieces = std::max(1, static_cast<int>(std::ceil(cells)));
      for (int i = 0; i < pieces; ++i) {
        const double middle = (i + 0.5) / pieces;
        const auto local = m_metric->near(from.col + middle * d_col, from.row + middle * d_row);
        if (local) ground.perimeter_m += local->at.length(d_col / pieces, d_row / pieces);
        if (d_row == 0) continue;
        for (const double share : kGauss) {
          const double at = (i + share) / pieces;
          area_m2 +=
              m_metric->area_left_of(from.col + at * d_col, from.row + at * d_row) * d_row / (2 * pieces);
        }
      }
    });
    ground.area_m2 += ring.data() == part.rings.front().data() ? std::abs(area_m2) : -std::abs(area_m2);
  }
  return ground;
}

std::optional<GroundMeasure> PolygonMeasurer::measure_exactly(const RasterPolygon& polygon) {
  if (!m_frame) return std::nullopt;
  std::optional<GroundMeasure> sum = GroundMeasure{};
  for_each_part(polygon, [&](const Part& part) {
    const std::optional<GroundMeasure> ground = exact_ground_of(part);
    if (!ground || !sum) {
      sum.reset();
      return;
    }
    sum->area_m2 += ground->area_m2;
    sum->perimeter_m += ground->perimeter_m;
  });
  return sum;
}

/// The vertices of a ring, but the last that repeats the first, and points on its long edges.
void PolygonMeasurer::add_points(RasterRing ring) {
  m_points.clear();
  const auto steps = m_metric->near(ring.front().col, ring.front().row);
  for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
    const double d_col = to.col - from.col;
    const double d_row = to.row - from.row;
    const double pieces = steps ? std::ceil(steps->at.length(d_col, d_row) / kPieceM) : 1;
    const int count = static_cast<int>(std::clamp(pieces, 1.0, double{kMaxPieces}));
    for (int i = 0; i < count; ++i)
      m_points.push_back({from.col + d_col * i / count, from.row + d_row * i / count});
  });
  m_frame->to_degrees(m_points);
}

std::optional<GroundMeasure> PolygonMeasurer::exact_ground_of(const Part& part) {
  GroundMeasure sum;
  for (const RasterRing& ring : part.rings) {
    add_points(ring);
    geod_polygon geodesics;
    geod_polygon_init(&geodesics, 0);
    for (const GroundFrame::Point& point : m_points) {
      if (!std::isfinite(point.lon_deg) || !std::isfinite(point.lat_deg)) return std::nullopt;
      geod_polygon_addpoint(&m_frame->ellipsoid(), &geodesics, point.lat_deg, point.lon_deg);
    }
    double area_m2 = 0;
    double perimeter_m = 0;
    geod_polygon_compute(&m_frame->ellipsoid(), &geodesics, 0, 1, &area_m2, &perimeter_m);
    sum.area_m2 += ring.data() == part.rings.front().data() ? std::abs(area_m2) : -std::abs(area_m2);
    sum.perimeter_m += perimeter_m;
  }
  // Of a ring around the earth geodesics tell something else.
  if (sum.area_m2 <= 0) return std::nullopt;
  return sum;
}

}  // namespace orthocover
