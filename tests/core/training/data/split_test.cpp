#include "core/training/data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

using test::is_held_out;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<TrainingScene> scenes_of(
    const std::vector<std::pair<std::string, std::string>>& names_and_places) {
  std::vector<TrainingScene> scenes;
  for (const auto& [name, place] : names_and_places) {
    scenes.push_back(test::two_halves(name));
    scenes.back().place = place;
  }
  return scenes;
}

/// 400 x 400 px of 1 m, class 0 everywhere but for a strip of class 1 in the right quarter.
TrainingScene wide_scene() {
  TrainingScene scene;
  scene.name = "wide";
  scene.ground_size_m = 1;
  scene.source = std::make_unique<MemoryRasterSource>(memory_raster_info(400, 400, 1, 1),
                                                      [](int, std::int64_t, std::int64_t) { return 1.0F; });
  scene.labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 300, 400}, 0, ""}, {1, {300, 0, 100, 400}, 0, ""}},
      std::vector<LabelledRegion>{{"", {0, 0, 400, 400}}});
  return scene;
}

std::vector<std::uint8_t> all_labels(const TrainingScene& scene) {
  std::vector<std::uint8_t> labels;
  const Window whole = scene.source->info().window();
  scene.labels->read(whole, whole.cols, whole.rows, labels);
  return labels;
}

SplitOptions by_blocks() {
  SplitOptions options;
  options.by = SplitBy::Blocks;
  options.block_m = 50;
  options.gap_m = 10;
  options.share = 0.2;
  return options;
}

std::string refusal(const SplitOptions& options, std::vector<TrainingScene> scenes) {
  try {
    apply_split(options, scenes);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(Split, ByBlocksShowsEveryClassOnBothSidesInAboutItsShare) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(wide_scene());
  apply_split(by_blocks(), scenes);
  double held[2] = {};
  double trained[2] = {};
  for (const LabelledPiece& piece : scenes[0].labels->pieces())
    (is_held_out(scenes[0], piece) ? held : trained)[piece.class_index] += piece.area_px;
  EXPECT_NEAR(held[0], 0.2 * 120000, 2500 * 2);
  EXPECT_NEAR(held[1], 0.2 * 40000, 2500 * 1);
  EXPECT_GT(trained[0], 0);
  EXPECT_GT(trained[1], 0);
}

TEST(Split, ByBlocksLeavesAGapThatBelongsToNeitherSide) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(wide_scene());
  apply_split(by_blocks(), scenes);
  const TrainingScene& scene = scenes[0];
  ASSERT_THAT(scene.held_out, testing::Not(IsEmpty()));
  const auto labels = all_labels(scene);
  const auto distance = [&](std::int64_t col, std::int64_t row) {
    std::int64_t best = 1000;
    for (const LabelledRegion& region : scene.held_out) {
      const Window& w = region.window;
      const std::int64_t dx = std::max<std::int64_t>({w.col - col, col - w.right() + 1, 0});
      const std::int64_t dy = std::max<std::int64_t>({w.row - row, row - w.bottom() + 1, 0});
      best = std::min(best, std::max(dx, dy));
    }
    return best;
  };
  for (std::int64_t row = 0; row < 400; ++row) {
    for (std::int64_t col = 0; col < 400; ++col) {
      const std::int64_t d = distance(col, row);
      const bool ignored = labels[static_cast<std::size_t>(row * 400 + col)] == kIgnoreLabel;
      ASSERT_EQ(ignored, d > 0 && d <= 10) << col << ' ' << row << " is " << d << " px from what is held out";
    }
  }
}

TEST(Split, ByBlocksCutsPiecesSoThatEachLiesOnOneSide) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(wide_scene());
  apply_split(by_blocks(), scenes);
  EXPECT_THAT(scenes[0].labels->pieces(), SizeIs(testing::Le(64U)));
  for (const LabelledPiece& piece : scenes[0].labels->pieces()) {
    std::int64_t inside = 0;
    for (const LabelledRegion& region : scenes[0].held_out)
      inside += intersect(region.window, piece.bounds).pixels();
    EXPECT_EQ(inside, is_held_out(scenes[0], piece) ? piece.bounds.pixels() : 0);
  }
}

TEST(Split, ByBlocksIsDrawnByTheSeed) {
  std::set<std::string> drawn;
  for (const std::uint64_t seed : {1U, 1U, 2U, 3U}) {
    std::vector<TrainingScene> scenes;
    scenes.push_back(wide_scene());
    SplitOptions options = by_blocks();
    options.seed = seed;
    apply_split(options, scenes);
    std::string names;
    for (const LabelledRegion& region : scenes[0].held_out) names += region.name + ";";
    drawn.insert(names);
  }
  EXPECT_THAT(drawn, SizeIs(3));
}

TEST(Split, ByBlocksRefusesNamesUnknownGroundSizesAndBlocksThatAreTooLarge) {
  const auto scenes = [] {
    std::vector<TrainingScene> made;
    made.push_back(wide_scene());
    return made;
  };
  SplitOptions options = by_blocks();
  options.hold_out = {"x"};
  EXPECT_THAT(refusal(options, scenes()),
              HasSubstr("(hold_out): blocks have no names, 'x' can't be held out"));
  options = by_blocks();
  auto plain = scenes();
  plain[0].has_ground_size = false;
  EXPECT_THAT(refusal(options, std::move(plain)),
              HasSubstr("its ground size is unknown, so it can't be split"));
  options.block_m = 1000;
  EXPECT_THAT(refusal(options, scenes()), HasSubstr("of 1 blocks of 1000 m none can be held out"));
  auto roads = scenes();
  roads[0].labels =
      std::make_unique<test::MadeLabels>(std::vector<LabelledPiece>(100, {0, {0, 0, 400, 400}, 0, ""}),
                                         std::vector<LabelledRegion>{{"", {0, 0, 400, 400}}});
  options.block_m = 2;
  EXPECT_THAT(refusal(options, std::move(roads)), HasSubstr("into more than 2000000 pieces"));
  options.block_m = 50;
  options.gap_m = 500;
  EXPECT_THAT(refusal(options, scenes()), HasSubstr("nothing is left to train on"));
}

TEST(Split, BySceneHoldsOutNamedScenesWithAllTheirRegions) {
  auto scenes = scenes_of({{"a", "p"}, {"b", "p"}, {"c", "q"}});
  SplitOptions options;
  options.by = SplitBy::Scene;
  options.hold_out = {"b"};
  apply_split(options, scenes);
  EXPECT_THAT(scenes[0].held_out, IsEmpty());
  EXPECT_THAT(scenes[1].held_out, SizeIs(2));
  options.hold_out = {"d"};
  EXPECT_THAT(refusal(options, scenes_of({{"aa", "p"}, {"bb", "p"}})),
              HasSubstr("no scene is called 'd'; there are aa, bb"));
  options.hold_out = {"aa", "bb"};
  EXPECT_THAT(refusal(options, scenes_of({{"aa", "p"}, {"bb", "p"}})),
              HasSubstr("nothing is left to train on"));
}

TEST(Split, ByPlaceDrawsWholePlaces) {
  auto scenes = scenes_of({{"a", "p"}, {"b", "p"}, {"c", "q"}, {"d", "r"}});
  SplitOptions options;
  options.by = SplitBy::Place;
  options.share = 0.25;
  apply_split(options, scenes);
  EXPECT_EQ(scenes[0].held_out.empty(), scenes[1].held_out.empty()) << "one place, one side";
  const auto held = std::ranges::count_if(scenes, [](const auto& scene) { return !scene.held_out.empty(); });
  EXPECT_GE(held, 1);
  EXPECT_LT(held, 4);
  EXPECT_THAT(refusal(options, scenes_of({{"a", "p"}})),
              HasSubstr("a split by place needs at least two, there is only 'p'; split by blocks"));
}

TEST(Split, OfShareZeroHoldsNothingOut) {
  auto scenes = scenes_of({{"a", "p"}, {"b", "q"}});
  SplitOptions options;
  options.by = SplitBy::Place;
  options.share = 0;
  apply_split(options, scenes);
  EXPECT_THAT(scenes[0].held_out, IsEmpty());
  EXPECT_THAT(scenes[1].held_out, IsEmpty());
}

TEST(DrawHeldOut, KeepsAClassOfASinglePartInTraining) {
  // Class 1 is in part 0 alone, class 2 in parts 1 and 2.
  const std::vector<ClassAreas> parts = {{10, 5, 0}, {10, 0, 3}, {10, 0, 3}, {10, 0, 0}, {10, 0, 0}};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<bool> held = draw_held_out(parts, 0.2, seed);
    EXPECT_FALSE(held[0]);
    EXPECT_NE(held[1], held[2]) << "class 2 is on both sides";
    EXPECT_EQ(std::ranges::count(held, true), 1) << "which is the share of class 0 too";
  }
}

TEST(DrawHeldOut, CountsWhatIsLostToOtherPartsOnItsGround) {
  // Part 0 takes class 1 of part 1 from training, which no other part has but part 2.
  const std::vector<ClassAreas> parts = {{10, 0, 5}, {10, 3, 0}, {10, 3, 0}, {10, 0, 5}, {10, 0, 5}};
  const std::vector<SameGround> same_ground = {{{}, {{1, 1}}}, {}, {}, {}, {}};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<bool> held = draw_held_out(parts, 0.4, seed, same_ground);
    EXPECT_FALSE(held[0] && held[2]) << "class 1 would have no labels to train on";
    EXPECT_TRUE(held[1] || held[2]);
  }
}

TEST(FoldPlan, HoldsEachPlaceOutOnceAndNothingElse) {
  auto scenes = scenes_of({{"a", "kampala"}, {"b", "banepa"}, {"c", "kampala"}});
  const FoldPlan plan = FoldPlan::by_place(scenes);
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan.name(0), "banepa");
  plan.apply(0, scenes);
  EXPECT_THAT(scenes[0].held_out, IsEmpty());
  EXPECT_THAT(scenes[1].held_out, SizeIs(2));
  plan.apply(1, scenes);
  EXPECT_THAT(scenes[0].held_out, SizeIs(2));
  EXPECT_THAT(scenes[1].held_out, IsEmpty());
  EXPECT_THAT(scenes[2].held_out, SizeIs(2));
}

TEST(FoldPlan, LeavesScenesAloneThatAreThereForTrainingOnly) {
  auto scenes = scenes_of({{"a", "kampala"}, {"b", "banepa"}, {"c", "dubai"}});
  scenes[2].train_only = true;
  const FoldPlan plan = FoldPlan::by_place(scenes);
  ASSERT_EQ(plan.size(), 2U);
  for (std::size_t fold = 0; fold < 2; ++fold) {
    plan.apply(fold, scenes);
    EXPECT_THAT(scenes[2].held_out, IsEmpty());
  }
}

TEST(Split, NeverHoldsOutWhatIsThereForTrainingOnly) {
  for (const SplitBy by : {SplitBy::Region, SplitBy::Scene, SplitBy::Place, SplitBy::Blocks}) {
    SplitOptions options;
    options.by = by;
    options.share = 0.5;
    options.block_m = 64;
    options.gap_m = 4;
    for (options.seed = 1; options.seed < 5; ++options.seed) {
      auto scenes = scenes_of({{"a", "a"}, {"b", "b"}, {"c", "c"}});
      scenes[1].train_only = true;
      apply_split(options, scenes);
      EXPECT_THAT(scenes[1].held_out, IsEmpty());
      EXPECT_FALSE(scenes[0].held_out.empty() && scenes[2].held_out.empty());
    }
  }
}

TEST(FoldPlan, LeavesOutWhatIsForTrainingOnlyTogetherWithItsPlace) {
  auto scenes = scenes_of({{"a", "kampala"}, {"b", "banepa"}, {"more", "banepa"}});
  scenes[2].train_only = true;
  const FoldPlan plan = FoldPlan::by_place(scenes);
  plan.apply(0, scenes);
  EXPECT_THAT(scenes[2].held_out, IsEmpty()) << "nobody scores it";
  EXPECT_TRUE(std::ranges::all_of(scenes[2].labels->pieces(),
                                  [&](const LabelledPiece& piece) { return is_held_out(scenes[2], piece); }));
  plan.apply(1, scenes);
  EXPECT_THAT(unseen_windows(scenes[2]), IsEmpty());
}

TEST(Split, KeepsTrainOnlyLabelsOfTheSameFileFromGroundThatIsHeldOut) {
  for (const SplitBy by : {SplitBy::Region, SplitBy::Blocks}) {
    SplitOptions options;
    options.by = by;
    options.share = 0.5;
    options.block_m = 6;
    options.gap_m = 0.4;
    auto scenes = scenes_of({{"a", "a"}, {"a", "a"}, {"b", "a"}});
    scenes[1].train_only = scenes[2].train_only = true;
    apply_split(options, scenes);
    ASSERT_FALSE(scenes[0].held_out.empty());
    ASSERT_EQ(scenes[1].withheld.size(), scenes[0].held_out.size());
    const Window& held = scenes[0].held_out[0].window;
    EXPECT_EQ(intersect(scenes[1].withheld[0], held), held);
    EXPECT_EQ(scenes[1].withheld[0].cols, held.cols + (by == SplitBy::Blocks ? 8 : 0)) << "the gap";
    EXPECT_THAT(scenes[2].withheld, IsEmpty()) << "another file";
  }
}

TEST(Split, KeepsTrainOnlyLabelsOfTheSameFileFromHeldOutPlacesWhateverTheirOwn) {
  auto scenes = scenes_of({{"a", "here"}, {"b", "there"}, {"a", ""}});
  scenes[2].train_only = true;
  SplitOptions options;
  options.by = SplitBy::Place;
  options.hold_out = {"here"};
  apply_split(options, scenes);
  EXPECT_THAT(scenes[2].withheld, SizeIs(scenes[0].held_out.size()));
  const FoldPlan plan = FoldPlan::by_place(scenes);
  plan.apply(0, scenes);
  EXPECT_THAT(scenes[2].withheld, SizeIs(scenes[0].held_out.size()));
  plan.apply(1, scenes);
  EXPECT_THAT(scenes[2].withheld, IsEmpty());
}

TEST(Split, KeepsGroundFromTrainingThatAnotherSceneOfTheFileHoldsOut) {
  auto scenes = scenes_of({{"a", "here"}, {"a", "there"}, {"b", "there"}});
  FoldPlan::by_place(scenes).apply(0, scenes);
  ASSERT_FALSE(scenes[0].held_out.empty());
  EXPECT_THAT(scenes[0].withheld, IsEmpty());
  EXPECT_THAT(scenes[1].withheld, SizeIs(scenes[0].held_out.size()));
  scenes.pop_back();
  EXPECT_THROW(FoldPlan::by_place(scenes).apply(0, scenes), Error) << "nothing is left";
}

TEST(Split, KeepsAClassInTrainingWhoseOnlyGroundSeveralScenesShow) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    auto scenes = scenes_of({{"a", ""}, {"a", ""}});
    for (TrainingScene& scene : scenes)
      scene.labels = std::make_unique<test::MadeLabels>(
          std::vector<LabelledPiece>{
              {0, {0, 0, 256, 64}, 0, ""}, {1, {0, 64, 256, 64}, 0, ""}, {0, {0, 128, 256, 128}, 0, ""}},
          std::vector<LabelledRegion>{{"top", {0, 0, 256, 128}}, {"bottom", {0, 128, 256, 128}}});
    SplitOptions options;
    options.seed = seed;
    apply_split(options, scenes);
    for (const TrainingScene& scene : scenes) {
      ASSERT_THAT(scene.held_out, SizeIs(1)) << "seed " << seed;
      EXPECT_EQ(scene.held_out[0].name, "bottom") << "of both scenes: it is one ground";
      EXPECT_FALSE(is_held_out(scene, scene.labels->pieces()[1]));
    }
  }
}

TEST(FoldPlan, NeedsTwoPlaces) {
  try {
    FoldPlan::by_place(scenes_of({{"a", "p"}, {"b", "p"}}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("--cross-validate place: needs scenes of at least two places, there is only 'p'"));
  }
}

TEST(HoldOutWhole, TakesTheWholeSceneWhenLabelsLieOutsideItsRegions) {
  TrainingScene scene = test::two_halves();
  hold_out_whole(scene);
  EXPECT_THAT(scene.held_out, SizeIs(2));
  scene.labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 10, 10}, 0, ""}, {0, {200, 200, 10, 10}, 0, ""}},
      std::vector<LabelledRegion>{{"top", {0, 0, 256, 128}}});
  hold_out_whole(scene);
  ASSERT_THAT(scene.held_out, SizeIs(1));
  EXPECT_EQ(scene.held_out[0].window, (Window{0, 0, 256, 256}));
}

}  // namespace
}  // namespace orthocover
