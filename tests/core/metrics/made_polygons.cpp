#include "tests/core/metrics/made_polygons.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orthocover::test {

void add_part(RasterPolygon& polygon, const std::vector<Ring>& rings) {
  for (const Ring& ring : rings) {
    polygon.vertices.insert(polygon.vertices.end(), ring.begin(), ring.end());
    polygon.vertices.push_back(ring.front());
    polygon.ring_ends.push_back(static_cast<std::uint32_t>(polygon.vertices.size()));
  }
  polygon.part_ends.push_back(static_cast<std::uint32_t>(polygon.ring_ends.size()));
}

RasterPolygon polygon_of(const std::vector<Ring>& rings) {
  RasterPolygon polygon;
  add_part(polygon, rings);
  return polygon;
}

RasterPolygon circle(double col, double row, double radius, int corners) {
  Ring ring;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * i / corners;
    ring.push_back({col + radius * std::cos(angle), row + radius * std::sin(angle)});
  }
  return polygon_of({ring});
}

RasterPolygon random_star(std::mt19937& random, double col, double row) {
  std::uniform_real_distribution<double> unit(0, 1);
  const int corners = 3 + static_cast<int>(unit(random) * 38);
  Ring ring;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * (i + 0.9 * unit(random)) / corners;
    const double radius = 0.01 + 15 * unit(random);
    ring.push_back({col + radius * std::cos(angle), row + radius * std::sin(angle)});
  }
  if (unit(random) < 0.5) std::ranges::reverse(ring);
  return polygon_of({ring});
}

}  // namespace orthocover::test
