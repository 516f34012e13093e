#pragma once

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
  double pixel_height_m = 1;
  std::int64_t raster_cols = 0;  ///< the raster's own four corners always stay
  std::int64_t raster_rows = 0;
  bool smooth = false;  ///< round what corners are left
  /// Whether the boundaries of a class get right angles where they fit; empty: of none.
  std::function<bool(std::uint16_t code)> is_right_angled;

  bool changes_boundaries() const { return tolerance_m > 0 || smooth; }
  /// Grid rows beyond a boundary that a decision about it may look at.
  std::int64_t reach_rows() const {
    return tolerance_m > 0 ? static_cast<std::int64_t>(4 * tolerance_m / pixel_height_m) + 4 : 0;
  }
};

}  // namespace orthocover::vectorize
