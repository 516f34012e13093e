#include "core/inference/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/inference/scores/score_store.h"
#include "core/inference/segment_setup.h"
#include "core/nn/tensor_peak.h"
#include "core/nn/torch.h"

namespace orthocover {
namespace {

std::vector<LevelPlan> levels_of(std::int64_t side) {
  return plan_levels({side, side, {0, 0, side, side}, {1, 2, 4}, 1.0, 1024, 0.25, 32}).used;
}

MemoryRequest request() {
  MemoryRequest wish;
  wish.baseline_bytes = 300ULL << 20;
  wish.tensor_bytes_per_pixel = 300;
  wish.classes = 6;
  wish.score_stride = 2;
  wish.batch_size = 8;
  return wish;
}

TEST(MemoryPlanTest, StaysInsideTheBudget) {
  for (const std::uint64_t mib : {1024, 2048, 4096}) {
    MemoryRequest wish = request();
    wish.budget_bytes = mib << 20;
    EXPECT_LE(plan_memory(wish, levels_of(8192)).peak_bytes, wish.budget_bytes);
  }
}

TEST(MemoryPlanTest, TellsWhatTheSceneAloneTakes) {
  MemoryRequest wish = request();
  wish.weight_bytes = 50ULL << 20;
  const MemoryPlan plan = plan_memory(wish, levels_of(8192));
  EXPECT_EQ(plan.peak_bytes - plan.scene_bytes,
            wish.baseline_bytes + wish.weight_bytes + wish.gdal_cache_bytes);
}

TEST(MemoryPlanTest, ReadsForADeviceWithFewerThreadsBeforeItDecodesTwice) {
  MemoryRequest wish = request();
  wish.forward_on_cpu = false;
  wish.reading_threads = 11;
  wish.finishing_threads = 4;
  wish.batch_size = 1;
  wish.budget_bytes = 64ULL << 30;
  const MemoryPlan wide = plan_memory(wish, levels_of(8192));
  EXPECT_EQ(wide.reading_threads, 11);
  EXPECT_GE(wide.waiting_patches, wide.reading_threads);
  wish.budget_bytes = wide.peak_bytes - (100ULL << 20);
  const MemoryPlan tight = plan_memory(wish, levels_of(8192));
  EXPECT_LT(tight.reading_threads, 11);
  EXPECT_EQ(tight.tile_bytes, wide.tile_bytes);
  EXPECT_LE(tight.peak_bytes, wish.budget_bytes);
}

TEST(MemoryPlanTest, CountsThePixelsOfByteScenesAsTheyGoToADevice) {
  MemoryRequest wish = request();
  wish.forward_on_cpu = false;
  wish.reading_threads = 11;
  wish.batch_size = 1;
  wish.budget_bytes = 64ULL << 30;
  const std::vector<LevelPlan> fine =
      plan_levels({16384, 16384, {0, 0, 16384, 16384}, {1}, 1.0, 1024, 0.25, 32}).used;
  const std::uint64_t of_bytes = plan_memory(wish, fine).peak_bytes;
  wish.bytes_per_pixel = 6;
  const std::uint64_t of_words = plan_memory(wish, fine).peak_bytes;
  // 11 are read, 11 wait, one is used: 3 MiB and a mask against 12 MiB, locked ones 4 against 16.
  EXPECT_GT(of_words - of_bytes, 11 * (9ULL << 20) + 12 * (12ULL << 20));
  // Few coarse patches, which are floats, do not make all of them large.
  wish.bytes_per_pixel = 3;
  const std::uint64_t of_levels = plan_memory(wish, levels_of(16384)).peak_bytes;
  EXPECT_LT(of_levels, of_words + (512ULL << 20));
}

TEST(MemoryPlanTest, GivesUpBatchesBeforeItFails) {
  MemoryRequest wish = request();
  wish.budget_bytes = 1536ULL << 20;
  const MemoryPlan plan = plan_memory(wish, levels_of(8192));
  EXPECT_LT(plan.batch_size, 8);
  EXPECT_GE(plan.batch_size, 1);
}

TEST(MemoryPlanTest, SharesTheThreadsEvenlyAmongPassesAndGivesThemUpFirst) {
  MemoryRequest wish = request();
  wish.budget_bytes = 64ULL << 30;
  for (const auto& [threads, passes] : {std::pair{1, 1}, {2, 2}, {3, 3}, {5, 1}, {6, 3}, {8, 4}, {14, 2}}) {
    wish.threads = threads;
    EXPECT_EQ(plan_memory(wish, levels_of(8192)).passes, passes) << threads;
  }
  wish.threads = 8;
  wish.batch_size = 1;
  wish.budget_bytes = 2048ULL << 20;
  const MemoryPlan less = plan_memory(wish, levels_of(8192));
  EXPECT_EQ(less.passes, 2);
  EXPECT_LE(less.peak_bytes, wish.budget_bytes);
  wish.forward_on_cpu = false;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).passes, 1);
}

TEST(MemoryPlanTest, HoldsTheScoresOfAFewPatchesIfThereIsRoom) {
  MemoryRequest wish = request();
  wish.budget_bytes = 64ULL << 30;
  wish.score_stride = 4;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).score_bytes, 48ULL << 20);
  wish.score_stride = 2;
  const MemoryPlan roomy = plan_memory(wish, levels_of(8192));
  EXPECT_EQ(roomy.score_bytes, 12ULL * 512 * 512 * 7 * 4);
  wish.budget_bytes = roomy.peak_bytes - (20ULL << 20);
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).score_bytes, roomy.score_bytes - (20ULL << 20));
  wish.budget_bytes = 64ULL << 30;
  wish.score_stride = 1;
  wish.classes = 20;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).score_bytes, 512ULL << 20);
}

TEST(MemoryPlanTest, HasOnePassAtATimeWhereWeightsAreLargerThanCaches) {
  MemoryRequest wish = request();
  wish.budget_bytes = 64ULL << 30;
  wish.threads = 2;
  wish.weight_bytes = 50ULL << 20;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).passes, 2);
  wish.weight_bytes = 300ULL << 20;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).passes, 1);
  wish.cache_bytes = 400ULL << 20;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).passes, 2);
}

TEST(MemoryPlanTest, ReadsWithFewerThreadsBeforeItFails) {
  MemoryRequest wish = request();
  wish.forward_on_cpu = false;
  wish.reading_threads = 12;
  wish.finishing_threads = 4;
  wish.budget_bytes = 64ULL << 30;
  EXPECT_EQ(plan_memory(wish, levels_of(8192)).reading_threads, 12);
  wish.budget_bytes = 800ULL << 20;
  const MemoryPlan plan = plan_memory(wish, levels_of(8192));
  EXPECT_LE(plan.peak_bytes, wish.budget_bytes);
  EXPECT_LT(plan.reading_threads, 12);
  EXPECT_GE(plan.reading_threads, 1);
}

TEST(MemoryPlanTest, KnowsOfLargeBlocksAndOfTheLeastScores) {
  MemoryRequest wish = request();
  wish.reading_threads = 4;
  const MemoryPlan small = plan_memory(wish, levels_of(8192));
  wish.decoded_bytes = 300ULL << 20;
  const MemoryPlan large = plan_memory(wish, levels_of(8192));
  EXPECT_GE(large.peak_bytes + (64ULL << 20), small.peak_bytes);
  EXPECT_LT(large.reading_threads, 4) << "of 2 GiB";
  wish.decoded_bytes = 1200ULL << 20;
  EXPECT_THAT([&] { plan_memory(wish, levels_of(8192)); },
              testing::Throws<Error>(testing::Property(&Error::what, testing::HasSubstr("TILED=YES"))));
  wish = request();
  wish.score_stride = 1;
  wish.classes = 60;
  wish.budget_bytes = 16ULL << 30;
  const auto levels = levels_of(8192);
  EXPECT_GE(plan_memory(wish, levels).score_bytes, ScoreStore::least_bytes(levels, 1, 60));
}

TEST(MemoryPlanTest, NamesTheLeastBudgetWhenItIsTooSmall) {
  MemoryRequest wish = request();
  wish.budget_bytes = 400ULL << 20;
  try {
    plan_memory(wish, levels_of(8192));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Resource);
    const std::string text = error.what();
    EXPECT_THAT(text, testing::HasSubstr("--memory: 400 MiB is too little"));
    const std::size_t size = text.find("needs ") + 6;
    wish.budget_bytes = parse_bytes(text.substr(size, text.find(',', size) - size), "--memory");
  }
  wish.baseline_bytes += 4ULL << 20;  // of another run
  EXPECT_LE(plan_memory(wish, levels_of(8192)).peak_bytes, wish.budget_bytes);
}

TEST(MemoryPlanTest, DoesNotDependOnTheSceneOnceItIsLarge) {
  const MemoryPlan small = plan_memory(request(), levels_of(9000));
  const MemoryPlan large = plan_memory(request(), levels_of(200000));
  EXPECT_NEAR(static_cast<double>(large.peak_bytes), static_cast<double>(small.peak_bytes),
              0.1 * static_cast<double>(small.peak_bytes));
}

TEST(MemoryPlanTest, HasMoreByDefaultWhereADeviceWaitsForReaders) {
  constexpr std::uint64_t kGiB = 1ULL << 30;
  EXPECT_EQ(usual_memory(torch::kCPU, 100 * kGiB), 2 * kGiB);
  EXPECT_EQ(usual_memory(torch::kCUDA, 100 * kGiB), 8 * kGiB);
  EXPECT_EQ(usual_memory(torch::kCUDA, 10 * kGiB), 5 * kGiB);
  EXPECT_EQ(usual_memory(torch::kCUDA, kGiB), 2 * kGiB);
}

TEST(TensorPeakTest, SeesWhatIsAliveAtOnce) {
  const TensorPeak peak;
  for (int i = 0; i < 5; ++i) torch::zeros({1 << 20});
  EXPECT_GE(peak.bytes(), 4ULL << 20);
  EXPECT_LT(peak.bytes(), 6ULL << 20);
}

}  // namespace
}  // namespace orthocover
