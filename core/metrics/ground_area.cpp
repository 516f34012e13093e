#include "core/metrics/ground_area.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace orthocover {
namespace {

/// Where the two-point rule of Gauss looks.
constexpr std::array<double, 2> kGauss = {0.21132486540518713, 0.78867513459481287};

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

GroundArea ring_area(std::span<const RasterVertex> ring, const AreaScale& scale) {
  GroundArea area;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i)
    area += edge_area(ring[i], ring[i + 1], ring.front().col, scale);
  return {std::abs(area.ground), std::abs(area.pixels)};
}

}  // namespace

GroundArea area_of(const RasterPolygon& polygon, const AreaScale& scale) {
  GroundArea area;
  std::size_t vertex = 0;
  std::size_t ring = 0;
  for (const std::uint32_t part_end : polygon.part_ends) {
    for (bool is_shell = true; ring < part_end; ++ring, is_shell = false) {
      const std::size_t end = polygon.ring_ends[ring];
      const GroundArea own = ring_area({&polygon.vertices[vertex], end - vertex}, scale);
      area.ground += is_shell ? own.ground : -own.ground;
      area.pixels += is_shell ? own.pixels : -own.pixels;
      vertex = end;
    }
  }
  return area;
}

}  // namespace orthocover
