#include "core/geometry/schedule.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace orthocover {
namespace {

struct Interval {
  std::int64_t begin;
  std::int64_t end;
};

/// Centres along an axis, in scene pixels.
struct Span {
  double first;
  double last;
};

Interval cells_along(const AxisPlan& axis, double cell_px, int score_stride, const Span& centres) {
  const std::int64_t first = axis.origin / score_stride;
  const std::int64_t last = (axis.origin + axis.extent) / score_stride - 1;
  const auto low = static_cast<std::int64_t>(std::floor(centres.first / cell_px - 0.5));
  const auto high = static_cast<std::int64_t>(std::floor(centres.last / cell_px - 0.5)) + 1;
  return {std::clamp(low, first, last), std::clamp(high, first, last) + 1};
}

Span pixel_centres(std::int64_t begin, std::int64_t end) {
  return {static_cast<double>(begin) + 0.5, static_cast<double>(end) - 0.5};
}

/// Along one axis of all levels.
Interval cells_along(const std::vector<LevelPlan>& levels, std::size_t level, AxisPlan LevelPlan::*axis,
                     double PixelScale::*along, int score_stride, std::int64_t begin_px,
                     std::int64_t end_px) {
  const double fine_px = levels.front().scale.*along * score_stride;
  const Span pixels = pixel_centres(begin_px, end_px);
  const Interval fine = cells_along(levels.front().*axis, fine_px, score_stride, pixels);
  if (level == 0) return fine;
  const Span cells = pixel_centres(fine.begin, fine.end);
  return cells_along(levels[level].*axis, levels[level].scale.*along * score_stride, score_stride,
                     {cells.first * fine_px, cells.last * fine_px});
}

std::vector<ScheduleStep> ordered_steps(const std::vector<LevelPlan>& levels, LevelOrder order) {
  const LevelPlan& coarsest = levels.back();
  const double cell_cols = coarsest.scale.x * static_cast<double>(coarsest.x.patch);
  const double cell_rows = coarsest.scale.y * static_cast<double>(coarsest.y.patch);
  const auto cell_of = [](std::int64_t start, double scale, double size) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(start) * scale / size));
  };
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> rows;  ///< first and last of fine patches
  for (std::int64_t patch = 0; patch < levels.front().patches(); ++patch) {
    const std::int64_t row = levels.front().patch(patch).row;
    const std::int64_t cell = cell_of(row, levels.front().scale.y, cell_rows);
    rows.try_emplace(cell, row, row).first->second.second = row;
  }
  const auto part_of_cell = [&](int level, std::int64_t cell_row, std::int64_t row) {
    if (order == LevelOrder::CoarseFirst) return 0;
    if (level > 0) return 1;
    const auto& [first, last] = rows.at(cell_row);
    return row == last && last > first ? 2 : 0;
  };
  // Cell row and column, part of the cell, level, patch.
  using Key = std::tuple<std::int64_t, std::int64_t, int, int, std::int64_t>;
  std::vector<Key> keys;
  for (int level = 0; level < static_cast<int>(levels.size()); ++level) {
    const LevelPlan& plan = levels[static_cast<std::size_t>(level)];
    for (std::int64_t patch = 0; patch < plan.patches(); ++patch) {
      const Window window = plan.patch(patch);
      const std::int64_t cell_row = cell_of(window.row, plan.scale.y, cell_rows);
      keys.emplace_back(cell_row, cell_of(window.col, plan.scale.x, cell_cols),
                        part_of_cell(level, cell_row, window.row), -level, patch);
    }
  }
  std::ranges::sort(keys);
  std::vector<ScheduleStep> steps;
  for (const auto& [row, col, part, level, patch] : keys) steps.push_back({-level, patch});
  return steps;
}

std::vector<std::vector<std::int64_t>> step_of_patch(const std::vector<LevelPlan>& levels,
                                                     const std::vector<ScheduleStep>& steps) {
  std::vector<std::vector<std::int64_t>> position;
  for (const LevelPlan& level : levels) position.emplace_back(static_cast<std::size_t>(level.patches()));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    position[static_cast<std::size_t>(steps[i].level)][static_cast<std::size_t>(steps[i].patch)] =
        static_cast<std::int64_t>(i);
  }
  return position;
}

/// Visits every patch that has a part in a window of the scene: level, number of the patch.
template <class Visit>
void for_each_patch(const std::vector<LevelPlan>& levels, int score_stride, const Window& scene_window,
                    Visit visit) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const ScoreCells cells = score_cells(levels, i, score_stride, scene_window);
    for (const std::int64_t patch :
         levels[i].patches_meeting({cells.col * score_stride, cells.row * score_stride,
                                    cells.cols * score_stride, cells.rows * score_stride}))
      visit(i, static_cast<std::size_t>(patch));
  }
}

}  // namespace

ScoreCells score_cells(const std::vector<LevelPlan>& levels, std::size_t level, int score_stride,
                       const Window& window) {
  const Interval cols =
      cells_along(levels, level, &LevelPlan::x, &PixelScale::x, score_stride, window.col, window.right());
  const Interval rows =
      cells_along(levels, level, &LevelPlan::y, &PixelScale::y, score_stride, window.row, window.bottom());
  return {cols.begin, rows.begin, cols.end - cols.begin, rows.end - rows.begin};
}

Schedule make_schedule(const std::vector<LevelPlan>& levels, int score_stride, const Window& region,
                       std::int64_t block_px, LevelOrder order) {
  Schedule schedule;
  schedule.steps = ordered_steps(levels, order);
  const auto position = step_of_patch(levels, schedule.steps);
  for (std::int64_t row = 0; row < region.rows; row += block_px) {
    for (std::int64_t col = 0; col < region.cols; col += block_px) {
      const Window block{col, row, std::min(block_px, region.cols - col),
                         std::min(block_px, region.rows - row)};
      std::int64_t last = 0;
      for_each_patch(
          levels, score_stride, in_scene(region, block),
          [&](std::size_t level, std::size_t patch) { last = std::max(last, position[level][patch]); });
      schedule.blocks.push_back({block, last});
    }
  }
  std::ranges::stable_sort(schedule.blocks, {}, &ScheduleBlock::ready_after);
  return schedule;
}

Schedule select_blocks(const Schedule& whole, const std::vector<LevelPlan>& levels, int score_stride,
                       const Window& region, const std::function<bool(const Window&)>& wanted) {
  Schedule part;
  const auto position = step_of_patch(levels, whole.steps);
  std::vector<std::int64_t> new_position(whole.steps.size(), -1);
  for (const ScheduleBlock& block : whole.blocks) {
    if (!wanted(block.window)) continue;
    part.blocks.push_back(block);
    for_each_patch(levels, score_stride, in_scene(region, block.window),
                   [&](std::size_t level, std::size_t patch) {
                     new_position[static_cast<std::size_t>(position[level][patch])] = 0;
                   });
  }
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    if (new_position[i] < 0) continue;
    new_position[i] = static_cast<std::int64_t>(part.steps.size());
    part.steps.push_back(whole.steps[i]);
  }
  for (ScheduleBlock& block : part.blocks)
    block.ready_after = new_position[static_cast<std::size_t>(block.ready_after)];
  return part;
}

std::size_t blocks_in_rectangle(std::span<const ScheduleBlock> blocks, std::int64_t most_px) {
  std::int64_t px = blocks.front().window.pixels();
  const auto joins_row = [&](std::size_t i) {
    const Window& before = blocks[i - 1].window;
    const Window& block = blocks[i].window;
    return block.row == before.row && block.col == before.right() && px + block.pixels() <= most_px;
  };
  std::size_t per_row = 1;
  while (per_row < blocks.size() && joins_row(per_row)) px += blocks[per_row++].window.pixels();
  std::size_t count = per_row;
  while (count + per_row <= blocks.size()) {
    std::int64_t row_px = 0;
    for (std::size_t i = count; i < count + per_row; ++i) {
      const Window& above = blocks[i - per_row].window;
      const Window& block = blocks[i].window;
      if (block.col != above.col || block.row != above.bottom()) return count;
      row_px += block.pixels();
    }
    if (px + row_px > most_px) return count;
    px += row_px;
    count += per_row;
  }
  return count;
}

std::int64_t cost_px(const Schedule& schedule, const std::vector<LevelPlan>& levels) {
  std::int64_t sum = 0;
  for (const ScheduleStep& step : schedule.steps) {
    const LevelPlan& level = levels[static_cast<std::size_t>(step.level)];
    sum += level.x.patch * level.y.patch;
  }
  return sum;
}

}  // namespace orthocover
