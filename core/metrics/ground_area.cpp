#include "core/metrics/ground_area.h"

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

/// What an edge adds to the area between a ring and the column `origin`.
GroundArea edge_area(const RasterVertex& a, const RasterVertex& b, double origin, const AreaScale& scale) {
  const double cols = b.col - a.col;
  const double rows = b.row - a.row;
  if (rows == 0) return {};
  const double parts =
      std::ceil(2 * std::max({std::abs(cols) / scale.part_cols(), std::abs(rows) / scale.part_rows(), 0.5}));
  double sum = 0;
  for (double part = 0; part < parts; ++part) {
    for (const double place : kGauss) {
      const double share = (part + place) / parts;
      sum += scale.along_row(origin, a.col + share * cols, a.row + share * rows);
    }
  }
  return {sum * rows / (2 * parts), ((a.col - origin) + (b.col - origin)) / 2 * rows};
}

GroundArea ring_area(RasterRing ring, const AreaScale& scale) {
  GroundArea area;
  for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
    area += edge_area(from, to, ring.front().col, scale);
  });
  return {std::abs(area.ground), std::abs(area.pixels)};
}

}  // namespace

GroundArea area_of(const RasterPolygon& polygon, const AreaScale& scale) {
  GroundArea area;
  for_each_ring(polygon, [&](RasterRing ring, bool is_shell) {
    const GroundArea own = ring_area(ring, scale);
    area.ground += is_shell ? own.ground : -own.ground;
    area.pixels += is_shell ? own.pixels : -own.pixels;
  });
  return area;
}

}  // namespace orthocover
