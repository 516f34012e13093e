#include "core/training/patch_sampler.h"

#include <gtest/gtest.h>

#include <map>

#include "core/base/error.h"
#include "core/training/batch_queue.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

SamplingOptions options_for(int classes) {
  SamplingOptions options;
  options.classes = classes;
  options.ground_size_m = 0.1;
  options.patch_px = 64;
  return options;
}

TEST(PatchSampler, DrawsTheSamePatchForTheSameIndexAndAnotherForTheNext) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  const PatchSampler a(scenes, options_for(2));
  const PatchSampler b(scenes, options_for(2));
  EXPECT_EQ(a.request(5).window, b.request(5).window);
  EXPECT_EQ(a.request(5).seed, b.request(5).seed);
  EXPECT_NE(a.request(5).seed, a.request(6).seed);
}

TEST(PatchSampler, DrawsClassesByTheInverseRootOfTheirGround) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  // Class 1 has one hundredth of the ground of class 0: it should be drawn ten times as often.
  scenes[0].labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 200, 100}, 0, ""}, {1, {240, 200, 10, 20}, 0, ""}},
      std::vector<LabelledRegion>{{"", {0, 0, 256, 256}}});
  SamplingOptions options = options_for(2);
  options.levels = {1};
  options.level_shares = {1};
  options.jitter = 1;
  const PatchSampler sampler(scenes, options);
  int rare = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const Window window = sampler.request(i).window;
    rare += !intersect(window, {240, 200, 10, 20}).empty();
  }
  EXPECT_NEAR(rare / 4000.0, 10.0 / 11.0, 0.03);
  EXPECT_NEAR(sampler.class_area_m2()[0], 200 * 100 * 0.01, 1e-6);
}

TEST(PatchSampler, DrawsLevelsByTheirShareAndScenesByTheirGroundSize) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves("fine", 0.02));
  const PatchSampler sampler(scenes, options_for(2));
  std::map<int, int> levels;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const PatchRequest request = sampler.request(i);
    ++levels[request.level];
    EXPECT_GE(request.scale.x, request.level * 5 / 1.4 - 1e-9);
    EXPECT_LE(request.scale.x, request.level * 5 * 1.4 + 1e-9);
  }
  EXPECT_NEAR(levels[1] / 2000.0, 0.5, 0.05);
  EXPECT_NEAR(levels[4] / 2000.0, 0.2, 0.05);
}

TEST(PatchSampler, NeverDrawsHeldOutPiecesAndRefusesHavingNone) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  scenes[0].held_out = {{"top", {0, 0, 256, 128}}};
  SamplingOptions options = options_for(2);
  options.levels = {1};
  options.level_shares = {1};
  options.jitter = 1;
  const PatchSampler sampler(scenes, options);
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_GT(sampler.request(i).window.bottom(), 136);
  scenes[0].held_out.push_back({"bottom", {0, 128, 256, 128}});
  EXPECT_THROW(PatchSampler(scenes, options), Error);
}

TEST(PatchLoader, GivesNoLabelOfAHeldOutRegionAndNoneBeyondTheScene) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  scenes[0].held_out = {{"top", {0, 0, 256, 128}}};
  const std::vector<nn::ModelBand> bands(3, {"b", 0, 1});
  const PatchLoader loader(scenes, bands, 1.0 / 255, measure_bands(scenes, 1.0 / 255), std::nullopt);
  PatchRequest request;
  request.window = {96, 96, 64, 64};
  TrainingPatch patch = loader.load(request);
  EXPECT_EQ(patch.labelled, 24 * 64) << "rows 136..159";
  EXPECT_EQ(patch.labels[39][0].item<int>(), kIgnoreLabel);
  EXPECT_EQ(patch.labels[40][0].item<int>(), 0);
  EXPECT_EQ(patch.labels[63][63].item<int>(), 1);
  EXPECT_NEAR(patch.image[0][40][0].item<double>() * 255, 40 + (7 * 96 + 3 * 136) % 16, 1e-3);
  request.window = {240, 200, 64, 64};
  patch = loader.load(request);
  EXPECT_EQ(patch.labelled, 16 * 56);
  EXPECT_TRUE(patch.image.isfinite().all().item<bool>());
}

TEST(BatchQueue, GivesTheSameBatchesWhateverTheNumberOfThreads) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  const std::vector<nn::ModelBand> bands(3, {"b", 0.4, 0.2});
  const PatchSampler sampler(scenes, options_for(2));
  const PatchLoader loader(scenes, bands, 1.0 / 255, measure_bands(scenes, 1.0 / 255),
                           AugmentationPipeline::nadir_default());
  BatchQueue one(sampler, loader, 2, 0, 1);
  BatchQueue three(sampler, loader, 2, 0, 3);
  BatchQueue later(sampler, loader, 2, 4, 2);
  for (int i = 0; i < 5; ++i) {
    const TrainingBatch a = one.next();
    const TrainingBatch b = three.next();
    EXPECT_TRUE(a.images.equal(b.images)) << i;
    EXPECT_TRUE(a.labels.equal(b.labels)) << i;
    if (i >= 2) {
      EXPECT_TRUE(a.images.equal(later.next().images)) << "a resumed run goes on where it stopped";
    }
  }
}

TEST(PatchSampler, DrawsScenesOfAClassByTheirWeights) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves("a"));
  scenes.push_back(test::two_halves("b"));
  scenes[1].weight = 3;
  const PatchSampler sampler(scenes, options_for(2));
  int of_b = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) of_b += sampler.request(i).scene == 1 ? 1 : 0;
  EXPECT_NEAR(of_b / 4000.0, 0.75, 0.03);
}

TEST(PatchSampler, DoesNotTakeAClassForCommonBecauseOfDataOfLittleWeight) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves("a", 0.1));
  scenes.push_back(test::two_halves("of large pixels", 1));
  scenes[1].labels =
      std::make_unique<test::MadeLabels>(std::vector<LabelledPiece>{{1, {0, 0, 256, 240}, 0, ""}},
                                         std::vector<LabelledRegion>{{"", {0, 0, 256, 256}}});
  scenes[1].weight = 0.001;
  SamplingOptions options = options_for(2);
  options.ground_size_m = 0.1;
  const PatchSampler sampler(scenes, options);
  int left = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const PatchRequest request = sampler.request(i);
    left +=
        request.scene == 0 && request.window.col + request.window.cols / 2 < 128 / request.scale.x ? 1 : 0;
  }
  EXPECT_NEAR(left / 4000.0, 0.5, 0.1);
}

TEST(PatchSampler, DrawsGroupsOfClassesOnlyWhenItKnowsOfThem) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(test::two_halves());
  scenes[0].labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 100, 100}, 0, ""}, {2, {150, 150, 100, 100}, 0, ""}},
      std::vector<LabelledRegion>{{"", {0, 0, 256, 256}}});
  EXPECT_EQ(PatchSampler(scenes, options_for(2)).class_area_m2().size(), 2U);
  EXPECT_GT(PatchSampler(scenes, options_for(3)).class_area_m2()[2], 0);
}

}  // namespace
}  // namespace orthocover
