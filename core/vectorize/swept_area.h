#pragma once

#include <vector>

#include "core/vectorize/corner_index.h"

namespace orthocover::vectorize {

/// Tells whether a stretch of a boundary can be replaced by a straight line without disturbing any other.
///
/// The area between the stretch and the line must hold no corner of another boundary, nor of the rest of the
/// same one. If that is so for every replacement, judged against the ORIGINAL corners alone, then no two
/// results cross, whatever order they are made in: a line that crossed another would have to leave the area
/// that the other one sweeps through an original boundary, whose corner would then lie inside one of the two
/// areas. So boundaries can be simplified each for itself, in parallel, and tiles play no part.
/// @source the condition on points is that of M. de Berg, M. van Kreveld, S. Schirra, Topologically correct
/// subdivision simplification using the bandwidth criterion, 1998; judging all lines against original
/// corners, which makes them independent of each other, is ours
class SweptArea {
 public:
  explicit SweptArea(const CornerIndex& corners) : m_corners(corners) {}

  /// @param stretch corners of a boundary, the first and last of which the line joins
  bool is_clear(std::span<const GridPoint> stretch);

  /// Whether the triangle around a corner `b` of a simplified boundary, with the middles of its two sides,
  /// can be cut off.
  /// @param before original corners from `a` to `b`, @param after from `b` to `c`
  bool is_corner_clear(std::span<const GridPoint> before, std::span<const GridPoint> after);

 private:
  void measure_rows(std::span<const GridPoint> stretch);
  void note(std::int64_t row, std::int32_t low, std::int32_t high);
  void sort_own(std::span<const GridPoint> stretch);
  bool is_own(std::span<const GridPoint> stretch, const GridPoint& point) const;

  const CornerIndex& m_corners;
  std::int32_t m_top = 0;
  std::vector<std::int32_t> m_low;   ///< per row the leftmost column of the area
  std::vector<std::int32_t> m_high;  ///< per row the rightmost
  std::vector<std::uint64_t> m_own;  ///< sorted corners of a long stretch
};

}  // namespace orthocover::vectorize
