#include "core/training/data/training_scene.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/resampling/patch_reader.h"
#include "core/training/data/same_ground.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

using test::is_held_out;

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

TEST(HoldOut, TakesRegionsOfOneNameTogether) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  std::vector<LabelledPiece> pieces;
  std::vector<LabelledRegion> regions;
  for (int i = 0; i < 8; ++i) {
    regions.push_back({i % 2 == 0 ? "even" : "odd", {0, 32 * i, 256, 32}});
    pieces.push_back({0, {0, 32 * i, 256, 32}, 0, ""});
  }
  scenes[0].labels = std::make_unique<test::MadeLabels>(pieces, regions);
  HoldOut({}, 0.5, 7).apply(scenes);
  ASSERT_EQ(scenes[0].held_out.size(), 4U);
  for (const LabelledRegion& region : scenes[0].held_out)
    EXPECT_EQ(region.name, scenes[0].held_out.front().name);
}

/// A polygon over all of a scene, of which a region in the middle is held out, trains around that.
TEST(HoldOut, CutsPiecesThatReachOutOfTheRegion) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  scenes[0].labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 256, 256}, 0, ""}, {1, {110, 110, 20, 20}, 0, ""}},
      std::vector<LabelledRegion>{{"middle", {100, 100, 50, 50}}, {"rest", {0, 0, 256, 90}}});
  HoldOut({"middle"}, 0, 1).apply(scenes);
  const auto& pieces = scenes[0].labels->pieces();
  EXPECT_TRUE(is_held_out(scenes[0], pieces[1]));
  double seen_px = 0;
  for (const LabelledPiece& part : parts_beside(BoxIndex(unseen_windows(scenes[0])), pieces[0])) {
    EXPECT_TRUE(intersect(part.bounds, {100, 100, 50, 50}).empty());
    seen_px += part.area_px;
  }
  EXPECT_DOUBLE_EQ(seen_px, 256 * 256 - 50 * 50);
  EXPECT_NEAR(labelled_areas(scenes, 2).held_out_m2[0], 50 * 50 * 0.01, 1e-9);
}

TEST(HoldOut, KeepsTheGroundFromTrainingInOtherScenesOfIt) {
  std::vector<TrainingScene> scenes;
  for (const char* name : {"a", "b", "c"}) scenes.push_back(test::two_halves(name));
  const auto half = [](const RasterInfo& other, const Window& window) {
    EXPECT_EQ(other.path, "a.tif");
    EXPECT_EQ(window.cols, 256);
    return Window{0, 64, 128, window.rows / 2};
  };
  scenes[1].same_ground = half;
  scenes[2].same_ground = [](const RasterInfo&, const Window&) { return Window{}; };
  HoldOut({"a:top", "a:top"}, 0, 1).apply(scenes);
  EXPECT_EQ(scenes[0].held_out.size(), 1U) << "named twice";
  EXPECT_TRUE(scenes[0].withheld.empty());
  ASSERT_EQ(scenes[1].withheld.size(), 1U);
  EXPECT_EQ(scenes[1].withheld[0], (Window{0, 64, 128, 64}));
  EXPECT_TRUE(scenes[2].withheld.empty());
  EXPECT_NEAR(labelled_areas(scenes, 2).held_out_m2[0], 128 * 120 * 0.01, 1e-9)
      << "what is withheld is not held out";
}

TEST(HoldOut, LooksButOnceAtASceneOfOtherGround) {
  std::vector<TrainingScene> scenes;
  for (const char* name : {"a", "b"}) scenes.push_back(test::two_halves(name));
  int asked = 0;
  scenes[1].same_ground = [&](const RasterInfo&, const Window&) { return ++asked, Window{}; };
  HoldOut({"a:top", "a:bottom"}, 0, 1).apply(scenes);
  EXPECT_EQ(scenes[0].held_out.size(), 2U);
  EXPECT_EQ(asked, 1) << "not for each of the regions";
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

TEST(PatchScale, IsOfBothAxesWherePixelsAreNotSquare) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  RasterInfo info = scenes[0].source->info();
  info.pixel_aspect = 0.25;
  scenes[0].source = std::make_unique<MemoryRasterSource>(
      info, [](int, std::int64_t col, std::int64_t) { return static_cast<float>(col < 128 ? 0 : 255); });
  EXPECT_EQ(patch_scale(scenes[0], 0.1), PixelScale(2, 0.5));
  EXPECT_EQ(patch_scale(scenes[0], 0.01), PixelScale(1, 0.25)) << "enlarged twice at most";
  EXPECT_EQ(with_gap(scenes[0], {20, 20, 4, 4}, 0.5), (Window{10, 17, 24, 10}));
  for (const double ground_size : {0.1, 0.2}) {
    const PixelScale scale = patch_scale(scenes[0], ground_size);
    const Window window{8, 16, 64, 40};
    PixelBlock pixels;
    std::vector<std::uint8_t> labels;
    ASSERT_TRUE(read_patch(*scenes[0].source, scale, window, pixels));
    read_patch_labels(*scenes[0].labels, scale, window, labels);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (!pixels.valid[i] || labels[i] == kIgnoreLabel) continue;
      ASSERT_EQ(labels[i], pixels.values[i] > 127) << i;
    }
  }
}

}  // namespace
}  // namespace orthocover
