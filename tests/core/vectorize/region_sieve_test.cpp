#include "core/vectorize/region_sieve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectorize/coverage_check.h"
#include "tests/core/vectorize/small_map.h"

namespace orthocover {
namespace {

using test::SmallMap;
using vectorize::VectorizeSettings;

VectorizeSettings at_least(std::int64_t pixels, bool eight = false) {
  VectorizeSettings settings;
  settings.min_pixels = pixels;
  settings.eight_connected = eight;
  settings.threads = 1;
  return settings;
}

test::ClassesAndAreas areas(const std::vector<std::string>& lines, std::int64_t pixels, bool eight = false) {
  return test::classes_and_areas(test::polygons_of(test::drawn(lines), at_least(pixels, eight)));
}

using testing::ElementsAre;
using testing::Pair;

TEST(RegionSieve, GivesASmallRegionToTheNeighbourWithTheLongestBorder) {
  // The 3 touches 1 along two edges, and 2 along six.
  EXPECT_THAT(areas({"1111", "1332", "2332", "2222"}, 5), ElementsAre(Pair(1, 5), Pair(2, 11)));
}

TEST(RegionSieve, CountsTheBorderWithOneRegionNotWithAClass) {
  // The 3 has two edges with the 1, and one with each of two regions of class 2.
  EXPECT_THAT(areas({"02222", "23110", "21110", "20000"}, 2),
              ElementsAre(Pair(1, 6), Pair(2, 3), Pair(2, 4)));
}

TEST(RegionSieve, TakesTheLargerNeighbourWhenBordersAreEqual) {
  EXPECT_THAT(areas({"1113222"}, 2), ElementsAre(Pair(1, 4), Pair(2, 3)));
  EXPECT_THAT(areas({"111322"}, 2), ElementsAre(Pair(1, 4), Pair(2, 2)));
  EXPECT_THAT(areas({"113222"}, 2), ElementsAre(Pair(1, 2), Pair(2, 4)));
}

TEST(RegionSieve, DoesNotTellBordersApartByTheLastDigitsOfAPixel) {
  // The 3 touches 1 along two columns and a row, and 2 along a column and two rows.
  for (const double height : {1 - 1e-9, 1.0, 1 + 1e-9}) {
    VectorizeSettings settings = at_least(5);
    settings.simplify.pixel_height = vectorize::in_widths(height, 1);
    const auto polygons = test::polygons_of(test::drawn({"1111", "2331", "2330", "2200", "2222"}), settings);
    EXPECT_THAT(test::classes_and_areas(polygons), ElementsAre(Pair(1, 5), Pair(2, 12))) << height - 1;
  }
}

TEST(RegionSieve, UnitesNeighboursOfTheClassThatASmallRegionTakes) {
  EXPECT_THAT(areas({"11311", "11311", "22222", "22222"}, 3), ElementsAre(Pair(1, 10), Pair(2, 10)));
}

TEST(RegionSieve, GoesOnUntilNoSmallRegionIsLeft) {
  // 3 and 4 have one pixel each; together they are still too small.
  EXPECT_THAT(areas({"1111111", "1113411", "1111111"}, 3), ElementsAre(Pair(1, 21)));
}

TEST(RegionSieve, LeavesWhatHasNoNeighbour) {
  EXPECT_THAT(areas({"1000", "0022", "0022"}, 3), ElementsAre(Pair(1, 1), Pair(2, 4)));
}

TEST(RegionSieve, DropsIslandsWhereThatIsWished) {
  VectorizeSettings settings = at_least(3);
  settings.drop_islands = true;
  const auto polygons = test::polygons_of(test::drawn({"1000", "0022", "3022", "1100"}), settings);
  EXPECT_THAT(test::classes_and_areas(polygons), ElementsAre(Pair(1, 3), Pair(2, 4)));
}

TEST(RegionSieve, CountsPixelsThatTouchAtCornersTogetherOnlyWithEightNeighbours) {
  const std::vector<std::string> lines = {"2111", "1211", "1121", "1112"};
  EXPECT_THAT(areas(lines, 4, false), ElementsAre(Pair(1, 16)));
  EXPECT_THAT(areas(lines, 4, true), ElementsAre(Pair(1, 12), Pair(2, 4)));
}

TEST(RegionSieve, LeavesNoSmallRegionBesideAnotherAndLosesNoPixel) {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const SmallMap map = test::varied_map(seed);
    for (const bool eight : {false, true}) {
      const auto polygons = test::polygons_of(map, at_least(6, eight));
      const auto before = test::polygons_of(map, at_least(0, eight));
      double all = 0;
      double all_before = 0;
      for (const auto& [value, area] : test::classes_and_areas(polygons)) all += area;
      for (const auto& [value, area] : test::classes_and_areas(before)) all_before += area;
      ASSERT_EQ(all, all_before) << "seed " << seed;
      ASSERT_EQ(test::small_with_neighbour(polygons, 6), "") << "seed " << seed << "\n" << test::text_of(map);
    }
  }
}

TEST(RegionSieve, DoesNotDependOnStripsAndThreads) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const SmallMap map = test::varied_map(seed);
    for (const bool eight : {false, true}) {
      VectorizeSettings settings = at_least(2 + seed % 9, eight);
      settings.simplify.tolerance = seed % 2;
      const auto expected = test::polygons_of(map, settings);
      for (const std::int64_t rows : {1, 2, 5}) {
        settings.strip_rows = rows;
        settings.threads = 1 + static_cast<int>(seed % 2);
        ASSERT_TRUE(test::equal(test::polygons_of(map, settings), expected))
            << "seed " << seed << ", strips of " << rows << "\n"
            << test::text_of(map);
      }
    }
  }
}

TEST(MajorityFilter, TakesTheCommonestClassAndKeepsHoles) {
  VectorizeSettings settings;
  settings.majority_px = 3;
  const auto polygons = test::polygons_of(test::drawn({"11110", "12111", "11122", "11122"}), settings);
  EXPECT_THAT(test::classes_and_areas(polygons), ElementsAre(Pair(1, 16), Pair(2, 3)));
}

TEST(MajorityFilter, KeepsAPixelThatIsAsCommonAsOthersElseTakesTheSmallestValue) {
  VectorizeSettings settings;
  settings.majority_px = 3;
  const auto areas_of = [&](const std::vector<std::string>& lines) {
    return test::classes_and_areas(test::polygons_of(test::drawn(lines), settings));
  };
  EXPECT_THAT(areas_of({"12", "21"}), ElementsAre(Pair(1, 1), Pair(1, 1), Pair(2, 1), Pair(2, 1)));
  // The middle has four of each around it; which class was met first is no matter.
  EXPECT_THAT(areas_of({"112", "132", "122"}), ElementsAre(Pair(1, 5), Pair(2, 4)));
  EXPECT_THAT(areas_of({"211", "231", "221"}), ElementsAre(Pair(1, 5), Pair(2, 4)));
}

TEST(MajorityFilter, DoesNotDependOnStrips) {
  const SmallMap map = test::noise(40, 30, 4, true, 5);
  VectorizeSettings settings;
  settings.majority_px = 5;
  const auto expected = test::polygons_of(map, settings);
  settings.strip_rows = 4;
  EXPECT_TRUE(test::equal(test::polygons_of(map, settings), expected));
}

}  // namespace
}  // namespace orthocover
