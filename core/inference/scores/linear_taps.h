#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry/schedule.h"
#include "core/geometry/window.h"

namespace orthocover {

/// Positions and shares for linear interpolation between cell centres along one axis.
struct LinearTaps {
  std::vector<std::int32_t> low;
  std::vector<std::int32_t> high;
  std::vector<float> share;  ///< of `high`
};

/// Whether every target is the source of the next position, so that there is nothing to interpolate.
bool is_copy(const LinearTaps& taps);

/// Cells of a level along one axis.
struct CellRange {
  double cell_px = 1;      ///< scene pixels per cell
  std::int64_t first = 0;  ///< cell
  std::int64_t count = 0;
};

/// From cells to the scene pixels first_px .. first_px + count - 1; beyond the outermost centres their values
/// go on.
LinearTaps taps_of_pixels(std::int64_t first_px, std::int64_t count, const CellRange& cells);

/// From the cells of a coarse level to those of a finer one.
LinearTaps taps_of_cells(const CellRange& fine, const CellRange& coarse);

/// How many cells of the finest level, along an axis, a cell of another one covers; 1 unless that is a power
/// of two, by which shares are exact.
std::int64_t parts_of_cell(const std::vector<LevelPlan>& levels, std::size_t level);

}  // namespace orthocover
