#include "core/geometry/level_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace orthocover {
namespace {

TEST(AxisPlanTest, CoversEveryPixelWithTheWantedOverlapWhateverTheSizes) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 4000; ++trial) {
    const std::int64_t multiple = std::int64_t{1} << (random() % 6);
    const std::int64_t patch = multiple * (2 + static_cast<std::int64_t>(random() % 40));
    const std::int64_t overlap = static_cast<std::int64_t>(random()) % (patch / 2 + 1);
    const std::int64_t begin = static_cast<std::int64_t>(random() % 5000);
    const std::int64_t end = begin + 1 + static_cast<std::int64_t>(random() % 20000);
    const AxisPlan plan = plan_axis(begin, end, patch, overlap, multiple);
    ASSERT_LE(plan.patch, patch);
    ASSERT_EQ(plan.patch % multiple, 0);
    ASSERT_LE(plan.origin, begin);
    ASSERT_GE(plan.origin + plan.extent, end);
    ASSERT_LT(plan.origin + plan.extent, end + multiple);
    ASSERT_EQ(plan.starts.front(), plan.origin);
    ASSERT_EQ(plan.starts.back() + plan.patch, plan.origin + plan.extent);
    for (std::size_t i = 0; i < plan.starts.size(); ++i) {
      ASSERT_EQ(plan.starts[i] % multiple, 0);
      if (i > 0) {
        ASSERT_GE(plan.starts[i - 1] + plan.patch - plan.starts[i], std::min(overlap, plan.patch - multiple));
      }
    }
  }
}

TEST(AxisPlanTest, GivesASceneSmallerThanAPatchOnePatchOfItsOwnSize) {
  const AxisPlan plan = plan_axis(0, 300, 1024, 256, 32);
  EXPECT_EQ(plan.starts.size(), 1U);
  EXPECT_EQ(plan.patch, 320);
}

TEST(AxisPlanTest, WorksForOnePixel) {
  const AxisPlan plan = plan_axis(0, 1, 1024, 256, 32);
  EXPECT_EQ(plan.patch, 32);
  EXPECT_EQ(plan.starts.size(), 1U);
}

TEST(AxisPlanTest, DoesNotDoMuchMoreWorkThanTheOverlapAsksFor) {
  for (std::int64_t size = 1100; size < 60000; size += 777) {
    const AxisPlan plan = plan_axis(0, size, 1024, 256, 32);
    const double work = static_cast<double>(plan.patch * static_cast<std::int64_t>(plan.starts.size()));
    EXPECT_LT(work, 1.34 * static_cast<double>(size) + 256 + 64) << size;
  }
}

TEST(AxisPlanTest, MovedByNothingIsTheSamePlan) {
  for (std::int64_t size = 100; size < 20000; size += 777) {
    const AxisPlan plan = plan_axis(64, 64 + size, 320, 80, 32);
    const AxisPlan moved = shifted(plan, 0, 32);
    EXPECT_EQ(moved.starts, plan.starts) << size;
    EXPECT_EQ(moved.patch, plan.patch);
    EXPECT_EQ(moved.origin, plan.origin);
    EXPECT_EQ(moved.extent, plan.extent);
  }
}

TEST(AxisPlanTest, MovedByHalfAStepCoversTheSamePixelsWithNoLessOverlapAndBordersInTheMiddle) {
  std::mt19937 random(11);
  for (int trial = 0; trial < 2000; ++trial) {
    const std::int64_t multiple = std::int64_t{1} << (random() % 6);
    const std::int64_t patch = multiple * (2 + static_cast<std::int64_t>(random() % 40));
    const std::int64_t overlap = static_cast<std::int64_t>(random()) % (patch / 2 + 1);
    const std::int64_t end = 1 + static_cast<std::int64_t>(random() % 20000);
    const AxisPlan plan = plan_axis(0, end, patch, overlap, multiple);
    const AxisPlan moved = shifted(plan, 0.5, multiple);
    ASSERT_EQ(moved.patch, plan.patch);
    ASSERT_EQ(moved.starts.front(), plan.origin);
    ASSERT_EQ(moved.starts.back() + moved.patch, plan.origin + plan.extent);
    ASSERT_LE(moved.starts.size(), plan.starts.size() + 1);
    for (std::size_t i = 1; i < moved.starts.size(); ++i) {
      ASSERT_EQ(moved.starts[i] % multiple, 0);
      ASSERT_GT(moved.starts[i], moved.starts[i - 1]);
      ASSERT_GE(moved.starts[i - 1] + moved.patch - moved.starts[i],
                std::min(overlap, plan.patch - multiple));
      if (moved.starts.size() == plan.starts.size() + 1 && i < plan.starts.size()) {
        const std::int64_t middle = (plan.starts[i - 1] + plan.starts[i]) / 2;
        ASSERT_LE(std::abs(moved.starts[i] - middle), multiple);
      }
    }
  }
}

TEST(AxisPlanTest, CannotMoveASinglePatch) {
  EXPECT_EQ(shifted(plan_axis(0, 300, 1024, 256, 32), 0.5, 32).starts, std::vector<std::int64_t>{0});
}

LevelRequest request_for(std::int64_t cols, std::int64_t rows) {
  return {cols, rows, {0, 0, cols, rows}, {1, 2, 4}, 1.0, 1024, 0.25, 32};
}

TEST(LevelPlans, CostAtMostOnePointFourTimesLevelOneAtAnySceneSize) {
  for (std::int64_t cols = 600; cols < 40000; cols += 1013) {
    for (const std::int64_t rows : {std::int64_t{700}, cols, std::int64_t{20000}}) {
      const LevelPlans plans = plan_levels(request_for(cols, rows));
      double total = 0;
      for (const LevelPlan& level : plans.used) total += static_cast<double>(level.cost_px());
      EXPECT_LE(total, 1.4 * static_cast<double>(plans.used.front().cost_px())) << cols << " x " << rows;
    }
  }
}

TEST(LevelPlans, LeaveOutALevelWhoseWindowWouldBeMostlyPadding) {
  const LevelPlans plans = plan_levels(request_for(1024, 1024));
  ASSERT_EQ(plans.used.size(), 2U);
  EXPECT_EQ(plans.used[1].level, 2);
  ASSERT_EQ(plans.left_out.size(), 1U);
  EXPECT_EQ(plans.left_out[0].first, 4);
  EXPECT_EQ(plans.left_out[0].second, "the scene fills 25 % of its 2048 px window");
}

TEST(LevelPlans, AlwaysKeepTheFinestLevel) {
  const LevelPlans plans = plan_levels(request_for(1, 1));
  ASSERT_EQ(plans.used.size(), 1U);
  EXPECT_EQ(plans.used[0].level, 1);
}

TEST(LevelPlans, CoverARegionWithAMarginButNotTheWholeScene) {
  LevelRequest request = request_for(20000, 20000);
  request.region = {9000, 9000, 1500, 1500};
  const LevelPlans plans = plan_levels(request);
  for (const LevelPlan& level : plans.used) {
    const double scale = level.scale.x;
    EXPECT_LE(static_cast<double>(level.x.origin) * scale, 9000 - 255 * scale);
    EXPECT_GE(static_cast<double>(level.x.origin + level.x.extent) * scale, 10500 + 255 * scale);
    EXPECT_LT(static_cast<double>(level.x.extent) * scale, 1500 + 700 * scale);
  }
}

TEST(LevelPlans, HaveAScaleForEachAxis) {
  LevelRequest request = request_for(8000, 2000);
  request.base_scale = PixelScale::of_square(2, 0.25);
  EXPECT_EQ(request.base_scale, PixelScale(4, 1)) << "pixels four times as high as wide";
  EXPECT_EQ(request.base_scale.mean(), 2);
  request.levels = {1};
  const LevelPlan level = plan_levels(request).used.front();
  EXPECT_EQ(level.x.extent, level.y.extent) << "2000 pixels each way";
  EXPECT_EQ(level.x.starts, level.y.starts);
}

TEST(LevelPlans, MoveEachLevelByHalfOfItsOwnStep) {
  LevelRequest request = request_for(6000, 5000);
  const LevelPlans plain = plan_levels(request);
  request.grid_shift = 0.5;
  const LevelPlans moved = plan_levels(request);
  ASSERT_EQ(moved.used.size(), plain.used.size());
  for (std::size_t i = 0; i < plain.used.size(); ++i) {
    EXPECT_EQ(moved.used[i].x.starts, shifted(plain.used[i].x, 0.5, 32).starts);
    EXPECT_EQ(moved.used[i].y.starts, shifted(plain.used[i].y, 0.5, 32).starts);
    EXPECT_GT(moved.used[i].patches(), plain.used[i].patches());
  }
}

TEST(LevelPlans, NumberPatchesRowByRow) {
  const LevelPlans plans = plan_levels(request_for(3000, 2000));
  const LevelPlan& level = plans.used.front();
  const auto columns = static_cast<std::int64_t>(level.x.starts.size());
  EXPECT_EQ(level.patch(0).col, 0);
  EXPECT_EQ(level.patch(columns).row, level.y.starts[1]);
  EXPECT_EQ(level.patch(columns + 1).col, level.x.starts[1]);
}

}  // namespace
}  // namespace orthocover
