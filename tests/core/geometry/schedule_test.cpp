#include "core/geometry/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace orthocover {
namespace {

std::vector<LevelPlan> plans_for(std::int64_t cols, std::int64_t rows, double base_scale,
                                 const Window& region) {
  return plan_levels({cols, rows, region, {1, 2, 4}, base_scale, 256, 0.25, 32}).used;
}

struct Case {
  std::int64_t cols, rows;
  double base_scale;
  int stride;
};

class ScheduleOverScenes : public testing::TestWithParam<Case> {};

TEST_P(ScheduleOverScenes, RunsEveryPatchOnceAndWritesEveryPixelOnce) {
  const auto [cols, rows, base_scale, stride] = GetParam();
  const Window region{0, 0, cols, rows};
  const auto levels = plans_for(cols, rows, base_scale, region);
  const Schedule schedule = make_schedule(levels, stride, region, 128);
  std::set<std::pair<int, std::int64_t>> seen;
  for (const ScheduleStep& step : schedule.steps) EXPECT_TRUE(seen.insert({step.level, step.patch}).second);
  std::int64_t patches = 0;
  for (const LevelPlan& level : levels) patches += level.patches();
  EXPECT_EQ(static_cast<std::int64_t>(seen.size()), patches);
  std::vector<int> writes(static_cast<std::size_t>(cols * rows));
  for (const ScheduleBlock& block : schedule.blocks) {
    for (std::int64_t row = block.window.row; row < block.window.bottom(); ++row) {
      for (std::int64_t col = block.window.col; col < block.window.right(); ++col) {
        ++writes[static_cast<std::size_t>(row * cols + col)];
      }
    }
  }
  EXPECT_EQ(std::count(writes.begin(), writes.end(), 1), cols * rows);
}

TEST_P(ScheduleOverScenes, SelectsBlocksWithEveryPatchUnderThemInTheSameOrder) {
  const auto [cols, rows, base_scale, stride] = GetParam();
  const Window region{0, 0, cols, rows};
  const auto levels = plans_for(cols, rows, base_scale, region);
  const Schedule whole = make_schedule(levels, stride, region, 128);
  const auto wanted = [](const Window& block) { return (block.col / 128 + block.row / 128) % 3 == 1; };
  const Schedule part = select_blocks(whole, levels, stride, region, wanted);
  const auto key = [](const ScheduleStep& step) { return std::pair(step.level, step.patch); };
  std::size_t at = 0;
  for (const ScheduleStep& step : part.steps) {
    while (at < whole.steps.size() && key(whole.steps[at]) != key(step)) ++at;
    ASSERT_LT(at, whole.steps.size()) << "not in the order of the whole";
  }
  std::size_t blocks = 0;
  for (const ScheduleBlock& block : whole.blocks) blocks += wanted(block.window) ? 1 : 0;
  ASSERT_EQ(part.blocks.size(), blocks);
  for (const ScheduleBlock& block : part.blocks) {
    EXPECT_TRUE(wanted(block.window));
    for (const ScheduleStep& step : whole.steps) {
      const LevelPlan& level = levels[static_cast<std::size_t>(step.level)];
      const ScoreCells cells =
          score_cells(levels, static_cast<std::size_t>(step.level), stride, block.window);
      const Window under{cells.col * stride, cells.row * stride, cells.cols * stride, cells.rows * stride};
      if (intersect(level.patch(step.patch), under).empty()) continue;
      const auto found = std::ranges::find(part.steps, key(step), key);
      ASSERT_NE(found, part.steps.end());
      EXPECT_LE(found - part.steps.begin(), block.ready_after);
    }
  }
  EXPECT_LE(cost_px(part, levels), cost_px(whole, levels));
  EXPECT_EQ(select_blocks(whole, levels, stride, region, [](const Window&) { return true; }).steps.size(),
            whole.steps.size());
}

TEST_P(ScheduleOverScenes, KeepsTheOrderOfEachLevel) {
  const auto [cols, rows, base_scale, stride] = GetParam();
  const Window region{0, 0, cols, rows};
  const auto levels = plans_for(cols, rows, base_scale, region);
  const Schedule late = make_schedule(levels, stride, region, 128);
  const Schedule soon = make_schedule(levels, stride, region, 128, LevelOrder::BeforeLastRow);
  EXPECT_EQ(soon.steps.front().level, 0);
  for (int level = 0; level < 3; ++level) {
    const auto patches = [&](const Schedule& schedule) {
      std::vector<std::int64_t> numbers;
      for (const auto& step : schedule.steps)
        if (step.level == level) numbers.push_back(step.patch);
      return numbers;
    };
    EXPECT_EQ(patches(soon), patches(late));
  }
}

TEST_P(ScheduleOverScenes, WritesABlockOnlyAfterEveryPatchThatTouchesItsCells) {
  const auto [cols, rows, base_scale, stride] = GetParam();
  const Window region{0, 0, cols, rows};
  const auto levels = plans_for(cols, rows, base_scale, region);
  const Schedule schedule = make_schedule(levels, stride, region, 128);
  for (const ScheduleBlock& block : schedule.blocks) {
    for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
      const auto level = static_cast<std::size_t>(schedule.steps[i].level);
      const Window patch = levels[level].patch(schedule.steps[i].patch);
      const ScoreCells cells = score_cells(levels, level, stride, block.window);
      const Window wanted{cells.col * stride, cells.row * stride, cells.cols * stride, cells.rows * stride};
      if (!intersect(patch, wanted).empty()) {
        EXPECT_LE(static_cast<std::int64_t>(i), block.ready_after);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ScheduleOverScenes,
                         testing::Values(Case{700, 500, 1.0, 1}, Case{700, 500, 1.0, 2},
                                         Case{1500, 900, 1.7, 2}, Case{333, 1200, 0.6, 1},
                                         Case{40, 30, 1.0, 2}));

TEST(ScheduleTest, KeepsFewBlocksWaitingInAWideScene) {
  const Window region{0, 0, 8000, 8000};
  const auto levels = plans_for(8000, 8000, 1.0, region);
  const Schedule schedule = make_schedule(levels, 2, region, 128);
  // Half of the patches done must mean that nearly half of the map is out.
  std::size_t written = 0;
  const auto half = static_cast<std::int64_t>(schedule.steps.size() / 2);
  for (const ScheduleBlock& block : schedule.blocks) written += block.ready_after < half ? 1 : 0;
  EXPECT_GT(written, schedule.blocks.size() / 3);
}

TEST(BlocksInRectangle, AreWholeRowsOfNeighbours) {
  const auto count = [](const std::vector<Window>& windows, std::int64_t most_px = 1000) {
    std::vector<ScheduleBlock> blocks;
    for (const Window& window : windows) blocks.push_back({window, 0});
    return blocks_in_rectangle(blocks, most_px);
  };
  const Window a{0, 0, 10, 10}, b{10, 0, 7, 10}, c{0, 10, 10, 5}, d{10, 10, 7, 5}, far{20, 10, 10, 5};
  EXPECT_EQ(count({a}, 1), 1U);
  EXPECT_EQ(count({a, b}), 2U);
  EXPECT_EQ(count({a, b, c, d}), 4U);
  EXPECT_EQ(count({a, b, c}), 2U);
  EXPECT_EQ(count({a, b, c, far}), 2U);
  EXPECT_EQ(count({a, b, c, d}, 254), 2U);
  EXPECT_EQ(count({a, b, c, d}, 255), 4U);
  EXPECT_EQ(count({a, b}, 169), 1U);
  EXPECT_EQ(count({a, c, b}), 2U);
  EXPECT_EQ(count({a, d}), 1U);
}

TEST(ScoreCellsTest, AreTheNeighboursOfTheBlocksPixelCentres) {
  const Window region{0, 0, 1000, 1000};
  const auto levels = plans_for(1000, 1000, 1.0, region);
  // Stride 2: pixel centres 100.5 .. 199.5 lie between the cell centres 99, 101 ... 199, 201.
  const ScoreCells cells = score_cells(levels, 0, 2, {100, 0, 100, 50});
  EXPECT_EQ(cells.col, 49);
  EXPECT_EQ(cells.cols, 52);
  EXPECT_EQ(cells.row, 0);
}

TEST(ScoreCellsTest, OfACoarseLevelLieAroundTheCentresOfAllFineCells) {
  for (const double base_scale : {1.0, 1.7, 3.3}) {
    const auto levels = plans_for(3000, 3000, base_scale, {0, 0, 3000, 3000});
    for (std::int64_t col = 512; col < 2500; col += 128) {
      const Window block{col, 0, 128, 128};
      const ScoreCells fine = score_cells(levels, 0, 4, block);
      const double fine_px = levels[0].scale.x * 4;
      for (std::size_t level = 1; level < levels.size(); ++level) {
        const ScoreCells coarse = score_cells(levels, level, 4, block);
        const double cell = levels[level].scale.x * 4;
        EXPECT_LE((static_cast<double>(coarse.col) + 0.5) * cell,
                  (static_cast<double>(fine.col) + 0.5) * fine_px);
        EXPECT_GE((static_cast<double>(coarse.col + coarse.cols) - 0.5) * cell,
                  (static_cast<double>(fine.col + fine.cols) - 0.5) * fine_px);
      }
    }
  }
}

}  // namespace
}  // namespace orthocover
