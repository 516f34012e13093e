#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace orthocover {

/// Side of a pixel on the ground at the raster's centre, in metres: geometric mean of the lengths of one step
/// along a row and one along a column, measured as geodesics on the CRS's ellipsoid, so that it is true for
/// degrees, feet, Web Mercator and rotated grids alike.
/// @param crs_wkt empty: unknown
/// @return nothing when the CRS is unknown or the pixel has no place on the earth; for local (engineering)
/// CRS the length
///         in its own unit, brought to metres
std::optional<double> ground_size_m(const std::string& crs_wkt, const std::array<double, 6>& geotransform,
                                    std::int64_t cols, std::int64_t rows);

}  // namespace orthocover
