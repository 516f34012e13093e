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

struct SimplifySettings {
  SimplifyMethod method = SimplifyMethod::DouglasPeucker;
  double tolerance_m = 0;  ///< 0: every corner stays
  double pixel_width_m = 1;
  double pixel_height_m = 1;     ///< between rows, at right angles
  double pixel_skew_m = 0;       ///< how far a step down a column goes along the row
  std::int64_t raster_cols = 0;  ///< the raster's own four corners always stay
  std::int64_t raster_rows = 0;
  bool smooth = false;  ///< round what corners are left
  /// Whether the boundaries of a class get right angles where they fit; empty: of none.
  std::function<bool(std::uint16_t code)> is_right_angled;

  /// Metres along a row and across it of a step in pixels.
  std::array<double, 2> metres(double cols, double rows) const {
    return {cols * pixel_width_m + rows * pixel_skew_m, rows * pixel_height_m};
  }
  /// A step down a column.
  double pixel_side_m() const { return std::hypot(pixel_skew_m, pixel_height_m); }
  bool changes_boundaries() const { return tolerance_m > 0 || smooth; }
  /// Grid rows beyond a boundary that a decision about it may look at.
  std::int64_t reach_rows() const {
    return tolerance_m > 0 ? static_cast<std::int64_t>(4 * tolerance_m / pixel_height_m) + 4 : 0;
  }
};

}  // namespace orthocover::vectorize
