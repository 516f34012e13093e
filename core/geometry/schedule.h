#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/geometry/level_plan.h"

namespace orthocover {

/// One forward pass: patch `patch` of level number `level` (position in the plans).
struct ScheduleStep {
  int level = 0;
  std::int64_t patch = 0;
};

/// A block of the map that can be written once a step is done.
struct ScheduleBlock {
  Window window;                 ///< pixels of the map (the region's upper left is 0, 0)
  std::int64_t ready_after = 0;  ///< position of the last step that it needs
};

/// Cells of a level that a window of the scene is made of, the neighbours for interpolation included.
struct ScoreCells {
  std::int64_t col = 0;
  std::int64_t row = 0;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
};

/// Cells of a level that bilinear interpolation touches, clamped to the level's grid: of the finest level at
/// the centres of the scene pixels of `window`, of the others at the centres of the finest level's cells. A
/// cell covers score_stride x score_stride level pixels; cell (0, 0) starts at level pixel (0, 0).
ScoreCells score_cells(const std::vector<LevelPlan>& levels, std::size_t level, int score_stride,
                       const Window& window);

/// Where coarse patches come among the finer ones of their ground.
enum class LevelOrder {
  CoarseFirst,    ///< fewest scores wait for others
  BeforeLastRow,  ///< before the last row of fine ones: to read a coarse patch is to decode its whole ground,
                  ///< for which a fast device would wait
};

/// Order of the patches of all levels and of the blocks of the map.
///
/// The scene is walked in cells as large as a patch of the coarsest level. So a block of the map is complete
/// soon after its last fine patch, and what waits is a strip along the cell's border, not the scene. Patches
/// of one level have the same order in every LevelOrder.
struct Schedule {
  std::vector<ScheduleStep> steps;
  std::vector<ScheduleBlock> blocks;  ///< by ready_after
};

/// @param region scene pixels of the map
/// @param block_px side of the map's blocks
Schedule make_schedule(const std::vector<LevelPlan>& levels, int score_stride, const Window& region,
                       std::int64_t block_px, LevelOrder order = LevelOrder::CoarseFirst);

/// The part of a schedule that some of its blocks need: those blocks and every patch under them, in the same
/// order, so that each block gets the same scores in the same order of additions, bit for bit.
/// @param wanted whether a block (pixels of the map) is to be made
Schedule select_blocks(const Schedule& whole, const std::vector<LevelPlan>& levels, int score_stride,
                       const Window& region, const std::function<bool(const Window&)>& wanted);

/// How many of the first blocks make a rectangle, row by row.
/// @param blocks in the order of the schedule, at least one
/// @param most_px pixels of the rectangle, where it has more than one block
std::size_t blocks_in_rectangle(std::span<const ScheduleBlock> blocks, std::int64_t most_px);

/// Network input pixels of all steps of a schedule.
std::int64_t cost_px(const Schedule& schedule, const std::vector<LevelPlan>& levels);

}  // namespace orthocover
