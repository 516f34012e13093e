#pragma once

#include <random>
#include <vector>

#include "core/ports/feature_sink.h"

namespace orthocover::test {

/// Corners of a ring, without the first one again.
using Ring = std::vector<RasterVertex>;

/// Adds a polygon: its shell and its holes.
void add_part(RasterPolygon& polygon, const std::vector<Ring>& rings);
/// A polygon of a shell and holes.
RasterPolygon polygon_of(const std::vector<Ring>& rings);
/// A regular polygon of many corners.
RasterPolygon circle(double col, double row, double radius, int corners);
/// A star-shaped polygon of 3 to 40 corners around (col, row), up to 15 from there.
RasterPolygon random_star(std::mt19937& random, double col, double row);

}  // namespace orthocover::test
