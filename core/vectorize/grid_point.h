#pragma once

#include <algorithm>
#include <cstdint>

namespace orthocover::vectorize {

/// A corner of pixels: x columns and y rows from the raster's upper left corner.
struct GridPoint {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const GridPoint&, const GridPoint&) = default;
};

/// Upper ones first, then left ones.
inline bool comes_before(const GridPoint& a, const GridPoint& b) {
  return a.y != b.y ? a.y < b.y : a.x < b.x;
}

/// A vertex of a finished boundary, in units of 1 / kFine pixel: fine enough for smoothed corners, and both
/// sides of a boundary get the same numbers.
struct FinePoint {
  static constexpr std::int32_t kFine = 1024;
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const FinePoint&, const FinePoint&) = default;
};

/// The most columns or rows of a raster whose corners FinePoint can number.
constexpr std::int64_t kMostCells = INT32_MAX / FinePoint::kFine;

inline FinePoint to_fine(const GridPoint& p) {
  return {p.x * FinePoint::kFine, p.y * FinePoint::kFine};
}

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

/// Directions of boundary edges as seen on the screen, clockwise.
enum Direction : std::uint8_t { kUp = 0, kRight = 1, kDown = 2, kLeft = 3 };

constexpr Direction opposite(Direction d) {
  return static_cast<Direction>(d ^ 2);
}
constexpr Direction left_of(Direction d) {
  return static_cast<Direction>((d + 3) & 3);
}
/// The bit of a direction in a corner's mask of edges.
constexpr std::uint8_t bit(Direction d) {
  return static_cast<std::uint8_t>(1U << d);
}

}  // namespace orthocover::vectorize
