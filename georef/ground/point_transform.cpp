#include "georef/ground/point_transform.h"

#include <proj.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/base/error.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/pixel_polygons.h"
#include "georef/ground/zone_cutter.h"

namespace orthocover {
namespace {

constexpr double kTurn = 360, kRounding = 5e-8;  // degrees

void be_silent(void* /*data*/, int /*level*/, const char* /*text*/) {}

/// Each part begins at -180 to 180 degrees.
void turn_parts(PlacedRings& rings) {
  std::size_t begin = 0;
  for (const std::uint32_t last_ring : rings.part_ends) {
    const std::size_t end = rings.ring_ends[last_ring - 1];
    const auto part = std::span(rings.points).subspan(begin, end - begin);
    const double west = std::ranges::min(part, {}, &OGRRawPoint::x).x;
    const double turns = std::floor((west + kTurn / 2 + kRounding) / kTurn);
    for (OGRRawPoint& point : part) {
      point.x -= kTurn * turns;
      if (std::abs(std::abs(point.x) - kTurn / 2) <= kRounding) point.x = std::copysign(kTurn / 2, point.x);
    }
    begin = end;
  }
}

}  // namespace

void PointTransform::ContextCloser::operator()(pj_ctx* context) const {
  proj_context_destroy(context);
}

void PointTransform::OperationCloser::operator()(PJconsts* operation) const {
  proj_destroy(operation);
}

PointTransform::PointTransform(const std::string& source_wkt, const std::string& target_wkt, double x,
                               double y)
    : m_context(proj_context_create()) {
  proj_log_func(m_context.get(), nullptr, be_silent);
  const Operation source(proj_create(m_context.get(), source_wkt.c_str()));
  const Operation target(proj_create(m_context.get(), target_wkt.c_str()));
  const auto fail = [&] {
    const int code = proj_context_errno(m_context.get());
    const char* reason = code != 0 ? proj_context_errno_string(m_context.get(), code) : nullptr;
    return data_error("there is no way from the CRS of the raster to that of the layer: {}",
                      reason != nullptr ? reason : "PROJ knows no operation");
  };
  if (!source || !target) throw fail();
  const Operation ways(
      proj_create_crs_to_crs_from_pj(m_context.get(), source.get(), target.get(), nullptr, nullptr));
  if (!ways) throw fail();
  Operation ordered(proj_normalize_for_visualization(m_context.get(), ways.get()));
  if (!ordered) throw fail();
  // Of several operations, PROJ picks one for each point; the one that it picks here stays.
  const PJ_COORD there = proj_trans(ordered.get(), PJ_FWD, proj_coord(x, y, 0, HUGE_VAL));
  if (!std::isfinite(there.xy.x)) throw fail();
  m_operation.reset(proj_trans_get_last_used_operation(ordered.get()));
  if (!m_operation) m_operation = std::move(ordered);
}

void PointTransform::operator()(double* x, double* y, std::size_t stride_bytes, std::size_t count) const {
  proj_trans_generic(m_operation.get(), PJ_FWD, x, stride_bytes, count, y, stride_bytes, count, nullptr, 0, 0,
                     nullptr, 0, 0);
}

void settle_longitudes(PlacedRings& rings) {
  turn_parts(rings);
  if (std::ranges::max(rings.points, {}, &OGRRawPoint::x).x <= kTurn / 2) return;
  RasterPolygon whole{0, {}, rings.ring_ends, rings.part_ends, {}};
  for (const OGRRawPoint& point : rings.points) whole.vertices.push_back({point.x, point.y});
  const GdalErrors silent;
  const auto geometry = geometry_of(whole);
  OGRGeometryCollection halves;
  for (const double middle : {0.0, kTurn}) {
    OGREnvelope side;
    side.MinX = middle - kTurn / 2, side.MaxX = middle + kTurn / 2;
    side.MinY = -kTurn, side.MaxY = kTurn;
    OGRGeometry* const half = geometry->Intersection(rectangle(side).get());
    if (half == nullptr) return;  // as it is
    halves.addGeometryDirectly(half);
  }
  RasterPolygon cut = polygon_of(halves);
  rings.points.clear();
  for (const RasterVertex& vertex : cut.vertices) rings.points.push_back({vertex.col, vertex.row});
  rings.ring_ends = std::move(cut.ring_ends);
  rings.part_ends = std::move(cut.part_ends);
  turn_parts(rings);
}

}  // namespace orthocover
