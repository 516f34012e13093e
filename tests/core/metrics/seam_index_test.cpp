#include "core/metrics/seam_index.h"

#include <gtest/gtest.h>

namespace orthocover {
namespace {

using Values = std::vector<std::uint8_t>;

/// A level with the given starts along x, and one patch along y.
LevelPlan level_of(std::vector<std::int64_t> starts, std::int64_t patch, double scale = 1) {
  LevelPlan level;
  level.scale = scale;
  level.x = {starts.front(), starts.back() + patch - starts.front(), patch, starts};
  level.y = {0, patch, patch, {0}};
  return level;
}

TEST(SeamIndexTest, CountsPixelsThatChangeAndThePairsOfTheirClasses) {
  SeamIndex index(Legend::numbered(3), {0, 0, 4, 2}, {level_of({0}, 32)});
  index.add({0, 0, 4, 1}, Values{1, 1, 2, 0}, Values{1, 2, 1, 0});
  index.add({0, 1, 4, 1}, Values{3, 3, 3, 3}, Values{3, 3, 2, 3});
  EXPECT_EQ(index.valid(), 7U);
  EXPECT_EQ(index.changed(), 3U);
  EXPECT_DOUBLE_EQ(index.share(), 3.0 / 7);
  const std::vector<SeamPair> pairs = index.pairs();
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].one, 0);
  EXPECT_EQ(pairs[0].other, 1);
  EXPECT_EQ(pairs[0].pixels, 2U);
  EXPECT_EQ(pairs[1].one, 1);
  EXPECT_EQ(pairs[1].other, 2);
  EXPECT_EQ(pairs[1].pixels, 1U);
}

TEST(SeamIndexTest, HasNoShareWithoutValidPixels) {
  SeamIndex index(Legend::numbered(2), {0, 0, 2, 1}, {level_of({0}, 32)});
  index.add({0, 0, 2, 1}, Values{0, 0}, Values{0, 0});
  EXPECT_EQ(index.valid(), 0U);
  EXPECT_EQ(index.share(), 0);
}

TEST(SeamIndexTest, SortsPixelsByTheirDistanceToTheNearestInnerBorder) {
  // Patches [0, 32) and [32, 64): one border at 32, the scene's rims are none.
  SeamIndex index(Legend::numbered(2), {0, 0, 64, 1}, {level_of({0, 32}, 32)});
  Values second(64, 1);
  second[31] = second[32] = second[0] = 2;
  index.add({0, 0, 64, 1}, Values(64, 1), second);
  const std::vector<SeamBin>& bins = index.profiles().at(0).bins;
  ASSERT_EQ(bins.size(), 4U);
  EXPECT_EQ(bins[0].pixels, 8U);  // 0 to 4 px on both sides
  EXPECT_EQ(bins[0].changed, 2U);
  EXPECT_EQ(bins[1].pixels, 8U);
  EXPECT_EQ(bins[1].changed, 0U);
  EXPECT_EQ(bins[2].pixels, 16U);
  EXPECT_EQ(bins[3].pixels, 32U);
  EXPECT_EQ(bins[3].from_px, 16);
  EXPECT_EQ(bins[3].changed, 1U);
}

TEST(SeamIndexTest, MeasuresDistancesInPixelsOfTheLevelAndOfThePartThatIsMapped) {
  // Border at level pixel 32, which is scene pixel 128; the map begins at scene pixel 100.
  SeamIndex index(Legend::numbered(2), {100, 0, 40, 1}, {level_of({0, 32}, 32, 4)});
  Values second(40, 1);
  second[27] = 2;
  index.add({0, 0, 40, 1}, Values(40, 1), second);
  const std::vector<SeamBin>& bins = index.profiles().at(0).bins;
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].pixels, 28U);  // 16 scene pixels to the left of the border, 12 to its right
  EXPECT_EQ(bins[0].changed, 1U);
  EXPECT_EQ(bins[1].pixels, 12U);
}

TEST(SeamIndexTest, HasNoProfileForALevelOfOnePatch) {
  const SeamIndex index(Legend::numbered(2), {0, 0, 64, 1}, {level_of({0, 32}, 32), level_of({0}, 64)});
  EXPECT_FALSE(index.profiles().at(0).bins.empty());
  EXPECT_TRUE(index.profiles().at(1).bins.empty());
}

}  // namespace
}  // namespace orthocover
