#pragma once

#include <algorithm>
#include <cstdint>

namespace orthocover::vectorize {

// Exact plane geometry for points of whole coordinates, on the grid or finer.

/// Twice the signed area of the triangle a, b, p.
template <class Point>
std::int64_t cross(const Point& a, const Point& b, const Point& p) {
  return static_cast<std::int64_t>(b.x - a.x) * (p.y - a.y) -
         static_cast<std::int64_t>(b.y - a.y) * (p.x - a.x);
}

/// Whether p lies on the segment a-b, ends included.
template <class Point>
bool is_on(const Point& a, const Point& b, const Point& p) {
  return cross(a, b, p) == 0 && std::min(a.x, b.x) <= p.x && p.x <= std::max(a.x, b.x) &&
         std::min(a.y, b.y) <= p.y && p.y <= std::max(a.y, b.y);
}

/// Whether a ray from p to the right crosses the edge a-b.
template <class Point>
bool ray_crosses(const Point& a, const Point& b, const Point& p) {
  if ((a.y <= p.y) == (b.y <= p.y)) return false;
  const std::int64_t side = cross(a, b, p);
  return b.y > a.y ? side > 0 : side < 0;
}

}  // namespace orthocover::vectorize
