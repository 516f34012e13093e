#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>

namespace orthocover::vectorize {

/// How boundaries lose vertices.
enum class SimplifyMethod {
  DouglasPeucker,  ///< no removed corner is farther from the result than the tolerance
  Visvalingam      ///< no removed corner made a triangle larger than the squared tolerance
};

/// A length in widths of a pixel, rounded to five decimals: sides of fine pixels are known to six on the
/// ground, and differ in the last ones between a map and a sheet of it, which must not decide what is equally
/// far or long. Not by way of float: GCC 12 leaves that out where it takes two lengths at once.
inline double in_widths(double length, double pixel_width) {
  constexpr double kSteps = 1e5;
  return std::round(length / pixel_width * kSteps) / kSteps;
}

/// Lengths are in_widths() of a pixel.
struct SimplifySettings {
  SimplifyMethod method = SimplifyMethod::DouglasPeucker;
  double tolerance = 0;          ///< 0: every corner stays
  double pixel_height = 1;       ///< between rows, at right angles
  double pixel_skew = 0;         ///< how far a step down a column goes along the row
  std::int64_t raster_cols = 0;  ///< the raster's own four corners always stay
  std::int64_t raster_rows = 0;
  bool smooth = false;  ///< round what corners are left
  /// Whether the boundaries of a class get right angles where they fit; empty: of none.
  std::function<bool(std::uint16_t code)> is_right_angled;

  /// How far a step in pixels goes along a row and across it.
  std::array<double, 2> step(double cols, double rows) const {
    return {cols + rows * pixel_skew, rows * pixel_height};
  }
  /// A step down a column.
  double pixel_side() const { return std::hypot(pixel_skew, pixel_height); }
  bool changes_boundaries() const { return tolerance > 0 || smooth; }
  /// Grid rows beyond a boundary that a decision about it may look at.
  std::int64_t reach_rows() const {
    return tolerance > 0 ? static_cast<std::int64_t>(4 * tolerance / pixel_height) + 4 : 0;
  }
};

}  // namespace orthocover::vectorize
