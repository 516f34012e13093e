#include "core/inference/scores/score_ring.h"

#include <gtest/gtest.h>

#include "core/ports/raster_sink.h"

namespace orthocover {
namespace {

struct Case {
  std::vector<LevelPlan> levels;
  Window region;
  Schedule schedule;
};

Case make_case(std::int64_t cols, std::int64_t rows, std::vector<int> levels, int stride) {
  Case out;
  out.region = {0, 0, cols, rows};
  out.levels = plan_levels({cols, rows, out.region, std::move(levels), 1, 256, 0.25, 32}).used;
  out.schedule = make_schedule(out.levels, stride, out.region, RasterSink::kBlockPx);
  return out;
}

TEST(RingRows, DoNotGrowWithTheHeightOfTheScene) {
  const Case low = make_case(1500, 4000, {1, 2, 4}, 2);
  const Case high = make_case(1500, 16000, {1, 2, 4}, 2);
  for (std::size_t level = 0; level < 3; ++level) {
    const RingRows a = ring_rows(low.levels, level, 2, low.region, low.schedule);
    const RingRows b = ring_rows(high.levels, level, 2, high.region, high.schedule);
    EXPECT_LE(b.most_alive, a.most_alive + 64) << level;
    EXPECT_LT(b.most_alive, (b.end - b.begin) / 2) << level;
  }
}

TEST(ScoreRing, GivesTheWeightedMeanWhereverTheRingBegins) {
  Case scene = make_case(600, 5000, {1}, 2);
  const LevelPlan& plan = scene.levels.front();
  ScoreRing ring(plan, 2, 2, ring_rows(scene.levels, 0, 2, scene.region, scene.schedule), torch::kCPU);
  std::size_t next_block = 0;
  for (std::size_t step = 0; step < scene.schedule.steps.size(); ++step) {
    const Window patch = plan.patch(scene.schedule.steps[step].patch);
    const ScoreCells cells{patch.col / 2, patch.row / 2, patch.cols / 2, patch.rows / 2};
    // Every score is its row: the mean must be, too, whatever the weights.
    const torch::Tensor rows =
        torch::arange(cells.row, cells.row + cells.rows, torch::kFloat).reshape({-1, 1});
    const float weight = 0.25F + static_cast<float>(step % 3);
    const torch::Tensor plane = rows.expand({cells.rows, cells.cols});
    ring.add(cells, torch::stack({plane * weight, -plane * weight, torch::full_like(plane, weight)}));
    while (next_block < scene.schedule.blocks.size() &&
           scene.schedule.blocks[next_block].ready_after <= static_cast<std::int64_t>(step)) {
      const ScoreCells read = score_cells(scene.levels, 0, 2, scene.schedule.blocks[next_block++].window);
      const torch::Tensor mean = ring.mean(read);
      const torch::Tensor expected =
          torch::arange(read.row, read.row + read.rows, torch::kFloat).reshape({-1, 1});
      ASSERT_TRUE(torch::allclose(mean[0], expected.expand({read.rows, read.cols})));
      ASSERT_TRUE(torch::allclose(mean[1], -expected.expand({read.rows, read.cols})));
      ring.release(read);
    }
  }
  EXPECT_EQ(next_block, scene.schedule.blocks.size());
}

TEST(ScoreRing, IsZeroWhereNoPatchWas) {
  Case scene = make_case(600, 600, {1}, 2);
  const LevelPlan& plan = scene.levels.front();
  ScoreRing ring(plan, 2, 2, ring_rows(scene.levels, 0, 2, scene.region, scene.schedule), torch::kCPU);
  EXPECT_EQ(ring.mean({0, 0, 10, 10}).abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace orthocover
