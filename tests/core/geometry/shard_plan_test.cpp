#include "core/geometry/shard_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace orthocover {
namespace {

double by_pixels(const Window& block) {
  return static_cast<double>(block.pixels());
}

TEST(ShardPlan, GivesEveryBlockToOneShardAndAboutTheSameWorkToAll) {
  for (const Window& region : {Window{5, 7, 5000, 3000}, Window{0, 0, 900, 20000}, Window{0, 0, 100, 100}}) {
    for (const int shards : {1, 2, 3, 7}) {
      const auto plan = plan_shards(region, 512, shards, by_pixels);
      ASSERT_EQ(plan.size(), static_cast<std::size_t>(shards));
      std::set<std::pair<std::int64_t, std::int64_t>> seen;
      std::int64_t pixels = 0;
      for (const auto& blocks : plan) {
        std::int64_t own = 0;
        for (const Window& block : blocks) {
          EXPECT_TRUE(seen.insert({block.col, block.row}).second);
          own += block.pixels();
        }
        pixels += own;
        EXPECT_LE(own, region.pixels() / shards + 512 * 512);
      }
      EXPECT_EQ(pixels, region.pixels());
    }
  }
}

TEST(ShardPlan, CutsAcrossTheShorterSide) {
  const auto wide = plan_shards({0, 0, 8192, 1024}, 512, 4, by_pixels);
  for (const Window& block : wide[1]) EXPECT_TRUE(block.col >= 2048 && block.right() <= 4096);
  const auto high = plan_shards({0, 0, 1024, 8192}, 512, 4, by_pixels);
  for (const Window& block : high[2]) EXPECT_TRUE(block.row >= 4096 && block.bottom() <= 6144);
}

TEST(ShardPlan, CountsWorkNotPixels) {
  const auto plan = plan_shards({0, 0, 512, 5120}, 512, 2,
                                [](const Window& block) { return block.row < 1024 ? 10.0 : 0.0; });
  EXPECT_EQ(plan[0].size(), 1U);
  const auto none = plan_shards({0, 0, 512, 5120}, 512, 2, [](const Window&) { return 0.0; });
  EXPECT_EQ(none[0].size(), 5U) << "where there is no work, blocks count";
}

TEST(ShardPlan, DealsOutScenesByTheirSize) {
  const std::vector<int> shard_of = deal_out({1, 8, 2, 4, 3}, 2);
  EXPECT_EQ(shard_of, (std::vector{0, 0, 1, 1, 1}));
  EXPECT_EQ(deal_out({5, 5, 5}, 5), (std::vector{0, 1, 2})) << "some get nothing";
}

}  // namespace
}  // namespace orthocover
