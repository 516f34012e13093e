#include "core/training/training_scene.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

std::vector<TrainingScene> two_scenes() {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves("a"));
  scenes.push_back(test::two_halves("b"));
  return scenes;
}

std::size_t held_out_regions(const std::vector<TrainingScene>& scenes) {
  std::size_t count = 0;
  for (const TrainingScene& scene : scenes) count += scene.held_out.size();
  return count;
}

TEST(HoldOut, TakesRegionsByNameInAllScenesOrInOne) {
  auto scenes = two_scenes();
  HoldOut({"top"}, 0, 1).apply(scenes);
  EXPECT_EQ(held_out_regions(scenes), 2U);
  scenes = two_scenes();
  HoldOut({"b:bottom"}, 0, 1).apply(scenes);
  EXPECT_TRUE(scenes[0].held_out.empty());
  ASSERT_EQ(scenes[1].held_out.size(), 1U);
  EXPECT_FALSE(is_held_out(scenes[1], scenes[1].labels->pieces()[0]));
  EXPECT_TRUE(is_held_out(scenes[1], scenes[1].labels->pieces()[2]));
}

TEST(HoldOut, TakesAShareThatShowsEveryClassAndLeavesEveryClass) {
  auto scenes = two_scenes();
  HoldOut({}, 0.25, 7).apply(scenes);
  EXPECT_EQ(held_out_regions(scenes), 1U);
  auto again = two_scenes();
  HoldOut({}, 0.25, 7).apply(again);
  EXPECT_EQ(again[0].held_out.size(), scenes[0].held_out.size()) << "the seed decides";
  auto none = two_scenes();
  HoldOut({}, 0, 7).apply(none);
  EXPECT_EQ(held_out_regions(none), 0U);
}

TEST(HoldOut, RefusesUnknownNamesAndToHoldOutEverything) {
  auto scenes = two_scenes();
  try {
    HoldOut({"botom"}, 0, 1).apply(scenes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Usage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'bottom'"), std::string::npos) << error.what();
  }
  try {
    HoldOut({"top", "bottom"}, 0, 1).apply(scenes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Data);
  }
}

}  // namespace
}  // namespace orthocover
