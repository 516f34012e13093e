#include "core/inference/scores/linear_taps.h"

#include <algorithm>
#include <bit>

namespace orthocover {
namespace {

/// @param centre position of target i in scene pixels
template <class Centre>
LinearTaps linear_taps(std::int64_t count, Centre centre, const CellRange& cells) {
  LinearTaps taps;
  for (std::int64_t i = 0; i < count; ++i) {
    const double position = centre(i) / cells.cell_px - 0.5 - static_cast<double>(cells.first);
    const double clamped = std::clamp(position, 0.0, static_cast<double>(cells.count - 1));
    const auto low = static_cast<std::int32_t>(clamped);
    taps.low.push_back(low);
    taps.high.push_back(std::min(low + 1, static_cast<std::int32_t>(cells.count - 1)));
    taps.share.push_back(static_cast<float>(clamped - low));
  }
  return taps;
}

}  // namespace

bool is_copy(const LinearTaps& taps) {
  for (std::size_t i = 0; i < taps.low.size(); ++i) {
    if (taps.share[i] != 0 || taps.low[i] != taps.low[0] + static_cast<std::int32_t>(i)) return false;
  }
  return true;
}

LinearTaps taps_of_pixels(std::int64_t first_px, std::int64_t count, const CellRange& cells) {
  return linear_taps(
      count, [&](std::int64_t i) { return static_cast<double>(first_px + i) + 0.5; }, cells);
}

LinearTaps taps_of_cells(const CellRange& fine, const CellRange& coarse) {
  return linear_taps(
      fine.count, [&](std::int64_t i) { return (static_cast<double>(fine.first + i) + 0.5) * fine.cell_px; },
      coarse);
}

std::int64_t parts_of_cell(const std::vector<LevelPlan>& levels, std::size_t level) {
  const int fine = levels.front().level;
  const auto parts = static_cast<unsigned>(levels[level].level / fine);
  return levels[level].level % fine == 0 && std::has_single_bit(parts) ? parts : 1;
}

}  // namespace orthocover
