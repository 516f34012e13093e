#include "georef/ground/map_placement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

constexpr const char* kWgs84 = "EPSG:4326";

OGRSpatialReference crs_from_user(const std::string& text) {
  const GdalErrors errors;
  OGRSpatialReference crs;
  if (crs.SetFromUserInput(text.c_str()) != OGRERR_NONE) {
    const bool is_code = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    const std::string reason = errors.failed() ? fmt::format(" ({})", errors.message()) : std::string();
    throw option_error("--crs: '{}' is no CRS that PROJ knows{}; write e.g. EPSG:{}", text, reason,
                       is_code ? text : "25832");
  }
  if (!crs.IsProjected() && !crs.IsGeographic() && !crs.IsLocal() && !crs.IsCompound())
    throw option_error("--crs: '{}' is no CRS of places on the ground; write e.g. EPSG:25832", text);
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

}  // namespace

MapPlacement::MapPlacement(const VectorSpec& spec, const VectorFormat& format, const RasterInfo& map)
    : m_map_path(map.path),
      m_center{static_cast<double>(map.cols) / 2, static_cast<double>(map.rows) / 2},
      m_cols(static_cast<double>(map.cols)),
      m_rows(static_cast<double>(map.rows)),
      m_geotransform(map.georeference.geotransform.value_or(kPixelTransform)),
      m_is_wgs84(format.is_wgs84) {
  const bool is_placed = map.georeference.geotransform.has_value();
  settle_crs(spec, format, is_placed ? map.georeference.crs_wkt : std::string());
  if (!m_transform) return;
  check_whole();
  m_splitter = EdgeSplitter(largest_bend());
}

/// What lies beyond the end of a projected CRS comes in at its other side.
void MapPlacement::check_whole() const {
  constexpr int kSteps = 64;
  constexpr double kTorn = 500;  // steps
  std::array<OGRRawPoint, kSteps + 1> points;
  for (const double share : {0.0, 0.5, 1.0}) {
    for (const bool along_rows : {true, false}) {
      double shortest = std::numeric_limits<double>::max();
      double longest = 0;
      for (int i = 0; i <= kSteps; ++i) {
        const double step = static_cast<double>(i) / kSteps;
        points[static_cast<std::size_t>(i)] =
            on_map({m_cols * (along_rows ? step : share), m_rows * (along_rows ? share : step)});
      }
      to_layer(points);
      for (std::size_t i = 1; i < points.size(); ++i) {
        const double step = std::hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
        if (!std::isfinite(step)) continue;
        shortest = std::min(shortest, step);
        longest = std::max(longest, step);
      }
      if (longest <= kTorn * shortest) continue;
      throw data_error("{}: is torn apart in {}, which ends there; choose another --crs", m_map_path,
                       crs_name(&m_crs));
    }
  }
}

void MapPlacement::settle_crs(const VectorSpec& spec, const VectorFormat& format,
                              const std::string& map_crs) {
  const GdalErrors silent;
  const OGRSpatialReference source = crs_from_wkt(map_crs);
  const OGRSpatialReference wgs84 = crs_from_user(kWgs84);
  m_crs = spec.crs.empty() ? (format.is_wgs84 ? wgs84 : source) : crs_from_user(spec.crs);
  if (format.is_wgs84 && !is_same(m_crs, wgs84)) {
    throw option_error(
        "--crs: {} is always WGS 84 longitude and latitude, not {}; leave --crs out or write GeoPackage",
        format.driver, spec.crs);
  }
  if (source.IsEmpty()) {
    if (m_crs.IsEmpty()) return;
    throw data_error(
        "{}: has no CRS, so it can't be brought to {}{}; set it first: gdal_edit.py -a_srs EPSG:...{}",
        m_map_path, crs_name(&m_crs), format.is_wgs84 ? " as " + format.driver + " wants" : "",
        format.is_wgs84 ? ", or write GeoPackage" : "");
  }
  if (is_same(source, m_crs)) return;
  RasterVertex middle = m_center;
  std::vector<OGRRawPoint> there;
  place({&middle, 1}, there);
  try {
    m_transform = std::make_unique<PointTransform>(map_crs, wkt_of(&m_crs), there[0].x, there[0].y);
  } catch (const Error& error) {
    throw data_error("{}: can't be brought to {}: {}", m_map_path, crs_name(&m_crs), error.what());
  }
  to_layer(there);
  if (m_crs.IsGeographic()) m_middle_longitude = there[0].x;
}

/// Longitudes go on beyond 180 degrees where the map does, or its polygons would reach around the world.
void MapPlacement::to_layer(std::span<OGRRawPoint> points) const {
  (*m_transform)(&points[0].x, &points[0].y, sizeof(OGRRawPoint), points.size());
  if (!m_middle_longitude) return;
  for (OGRRawPoint& point : points) {
    const double off = point.x - *m_middle_longitude;
    if (std::abs(off) > 180) point.x -= std::copysign(360, off);
  }
}

double MapPlacement::pixel_size() const {
  const std::array<RasterVertex, 3> corner = {
      m_center, {m_center.col + 1, m_center.row}, {m_center.col, m_center.row + 1}};
  std::vector<OGRRawPoint> points;
  place(corner, points);
  const double x1 = points[1].x - points[0].x;
  const double y1 = points[1].y - points[0].y;
  const double x2 = points[2].x - points[0].x;
  const double y2 = points[2].y - points[0].y;
  return std::sqrt(std::hypot(x1, y1) * std::hypot(x2, y2));
}

/// How far the middle of an edge of one pixel is from its chord there, in pixels; measured on a longer one.
double MapPlacement::bend_at(double col, double row, double d_col, double d_row) const {
  const std::array<RasterVertex, 4> at = {
      {{col - d_col, row - d_row}, {col + d_col, row + d_row}, {col, row}, {col - d_row, row + d_col}}};
  std::array<OGRRawPoint, 4> points;
  for (std::size_t i = 0; i < at.size(); ++i) points[i] = on_map(at[i]);
  to_layer(points);
  const auto beside_chord = [&](const OGRRawPoint& point) {
    return (points[1].x - points[0].x) * (point.y - points[0].y) -
           (points[1].y - points[0].y) * (point.x - points[0].x);
  };
  const double reach_px = std::hypot(d_col, d_row);
  const double middle = beside_chord(points[2]);
  const double off_px = std::abs(middle / (beside_chord(points[3]) - middle)) * reach_px;
  const double bend_px = off_px / (4 * reach_px * reach_px);
  return std::isfinite(bend_px) ? bend_px : 0;
}

/// Over a grid of places on the raster, in four directions.
double MapPlacement::largest_bend() const {
  constexpr int kSteps = 8;
  const double reach_px = std::max(8.0, std::min(m_cols, m_rows) / (2 * kSteps));
  double largest = 0;
  for (int i = 0; i <= kSteps * kSteps + 2 * kSteps; ++i) {
    const double col = m_cols * (i % (kSteps + 1)) / kSteps;
    const double row = m_rows * (i / (kSteps + 1)) / kSteps;
    for (const auto& [d_col, d_row] : {std::pair{1, 0}, {0, 1}, {1, 1}, {1, -1}})
      largest = std::max(largest, bend_at(col, row, d_col * reach_px, d_row * reach_px));
  }
  return largest;
}

void MapPlacement::place(const RasterPolygon& polygon, PlacedRings& rings) const {
  if (!m_transform || !m_splitter.has_long_edges(polygon)) {
    rings.ring_ends = polygon.ring_ends;
    place(polygon.vertices, rings.points);
  } else {
    m_splitter.split(polygon, rings.vertices, rings.ring_ends);
    place(rings.vertices, rings.points);
  }
  rings.part_ends = polygon.part_ends;
  if (m_is_wgs84) settle_longitudes(rings);
}

void MapPlacement::place(std::span<const RasterVertex> vertices, std::vector<OGRRawPoint>& points) const {
  points.resize(vertices.size());
  for (std::size_t i = 0; i < vertices.size(); ++i) points[i] = on_map(vertices[i]);
  if (!m_transform || points.empty()) return;
  to_layer(points);
  const auto lost = std::ranges::find_if(
      points, [](const OGRRawPoint& point) { return !std::isfinite(point.x) || !std::isfinite(point.y); });
  if (lost == points.end()) return;
  const RasterVertex& at = vertices[static_cast<std::size_t>(lost - points.begin())];
  throw data_error(
      "{}: column {}, row {} has no place in {}; choose another --crs, or cut the raster to where it holds",
      m_map_path, at.col, at.row, crs_name(&m_crs));
}

}  // namespace orthocover
