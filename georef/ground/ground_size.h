#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace orthocover {

/// Lengths on the ground of one step along a row (to the next column) and one along a column.
struct GroundSteps {
  double along_row_m = 0;
  double along_column_m = 0;
  double skew_m = 0;  ///< how far a step along a column goes along the row; 0 where they are at right angles
};

/// Sides of a pixel on the ground at the raster's centre, measured as geodesics on the CRS's ellipsoid, so
/// that they are true for degrees, feet, Web Mercator and rotated grids alike.
/// @param crs_wkt empty: unknown
/// @return nothing when the CRS is unknown or the pixel has no place on the earth; for local (engineering)
/// CRS the length in its own unit, brought to metres
std::optional<GroundSteps> ground_steps_m(const std::string& crs_wkt,
                                          const std::array<double, 6>& geotransform, std::int64_t cols,
                                          std::int64_t rows);

}  // namespace orthocover
