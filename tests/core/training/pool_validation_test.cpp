#include "core/training/pool_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

using testing::SizeIs;

/// Says about each pixel what its value is.
class Echo final : public nn::SegmentationNetwork {
 public:
  torch::Tensor forward_scores(torch::Tensor image) override { return image; }
  int size_multiple() const override { return 32; }
};

/// Counts what it is shown.
class Counting final : public nn::SegmentationNetwork {
 public:
  torch::Tensor forward_scores(torch::Tensor image) override { return ++m_seen, image; }
  int size_multiple() const override { return 32; }
  int seen() const { return m_seen; }

 private:
  int m_seen = 0;
};

/// Two bands that are the scores of two classes; class 1 lies right of a column.
TrainingScene scored_scene(std::int64_t cols, std::int64_t rows, std::int64_t boundary, const Window& region,
                           std::function<float(int, std::int64_t, std::int64_t)> value) {
  TrainingScene scene;
  scene.name = "made";
  scene.ground_size_m = 0.1;
  scene.source = std::make_unique<MemoryRasterSource>(memory_raster_info(cols, rows, 2, 0.1, "Float32"),
                                                      std::move(value));
  scene.labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, boundary, rows}, 0, ""},
                                 {1, {boundary, 0, cols - boundary, rows}, 0, ""}},
      std::vector<LabelledRegion>{{"", region}});
  scene.held_out = scene.labels->regions();
  return scene;
}

std::vector<std::vector<ConfusionMatrix>> judge(TrainingScene scene, const std::vector<int>& levels,
                                                const std::vector<LevelFactors>& pools) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(std::move(scene));
  Echo echo;
  RunContext context;
  return validate_pools(echo, torch::kCPU, scenes, {{{"x", 0, 1}, {"y", 0, 1}}, 1, 0.1, 2, 128}, levels,
                        pools, context);
}

TEST(PoolValidation, JudgesLevelsAndTheirFusionOnTheSamePixels) {
  // Level 1 sees a chequered pattern that is stronger than the difference of the classes; level 2 averages it
  // away. In the sum the pattern counts half.
  const Window region{32, 32, 192, 96};
  TrainingScene scene = scored_scene(256, 160, 128, region, [](int band, std::int64_t col, std::int64_t row) {
    const float chequer = band == 0 ? 0.0F : (col + row) % 2 == 0 ? 1.4F : -1.4F;
    return chequer + (band == (col < 128 ? 0 : 1) ? 1.0F : 0.0F);
  });
  const auto scores = judge(std::move(scene), {1, 2}, {{1, 0}, {0, 1}, {0.5, 0.5}, {0.9, 0.1}});
  ASSERT_THAT(scores, SizeIs(4));
  for (const auto& windows : scores) {
    ASSERT_THAT(windows, SizeIs(1));
    EXPECT_EQ(windows[0].total(), static_cast<std::uint64_t>(region.pixels()));
  }
  EXPECT_DOUBLE_EQ(*scores[0][0].accuracy(), 0.5) << "one pixel in two";
  EXPECT_DOUBLE_EQ(*scores[1][0].accuracy(), 1);
  EXPECT_DOUBLE_EQ(*scores[2][0].accuracy(), 1);
  EXPECT_DOUBLE_EQ(*scores[3][0].accuracy(), 0.5) << "factors count";
}

TEST(PoolValidation, SingleLevelsScoreAsValidationDoes) {
  const Window region{7, 11, 200, 140};
  const auto value = [](int band, std::int64_t col, std::int64_t row) {
    return static_cast<float>((col * (band + 3) + row * (7 - band)) % 11);
  };
  const auto scores = judge(scored_scene(256, 160, 128, region, value), {1}, {{1}});
  std::vector<TrainingScene> scenes;
  scenes.push_back(scored_scene(256, 160, 128, region, value));
  Echo echo;
  RunContext context;
  const ConfusionMatrix alone =
      validate(echo, torch::kCPU, scenes, {{{"x", 0, 1}, {"y", 0, 1}}, 1, 0.1, 2, 128}, context);
  for (int truth = 0; truth < 2; ++truth) {
    for (int called = 0; called < 2; ++called)
      EXPECT_EQ(scores[0][0].count(truth, called), alone.count(truth, called));
  }
}

TEST(PoolValidation, BringsCoarseLevelsToThePixelsWithoutAShiftOrSeams) {
  // A ramp crosses the other class's score between two pixels, where two blocks of 1024 meet: every level's
  // interpolation must cross at the same place.
  for (const std::int64_t boundary : {1124L, 1131L}) {
    const auto value = [boundary](int band, std::int64_t col, std::int64_t) {
      return band == 0 ? static_cast<float>(boundary) : static_cast<float>(col) + 0.5F;
    };
    const auto scores = judge(scored_scene(2200, 260, boundary, {100, 99, 2000, 61}, value), {1, 2, 4},
                              {{0, 1, 0}, {0, 0, 1}, {0.2, 0.3, 0.5}});
    for (const auto& windows : scores) {
      EXPECT_EQ(windows[0].total(), 2000U * 61);
      EXPECT_DOUBLE_EQ(*windows[0].accuracy(), 1) << boundary;
    }
  }
}

TEST(PoolValidation, GivesEachRegionAMatrixOfItsOwnAndStopsWhenItIsTold) {
  TrainingScene scene = test::two_halves();
  scene.held_out = scene.labels->regions();
  scene.held_out.push_back({"beyond", {0, 124, 64, 8}});
  Echo echo;
  std::vector<TrainingScene> scenes;
  scenes.push_back(std::move(scene));
  const ValidationOptions options{{{"r", 0, 1}, {"g", 0, 1}, {"b", 0, 1}}, 1, 0.1, 3, 128};
  RunContext context;
  const auto scores = validate_pools(echo, torch::kCPU, scenes, options, {1, 2}, {{0.5, 0.5}}, context);
  ASSERT_THAT(scores[0], SizeIs(3));
  EXPECT_EQ(scores[0][0].total(), 256U * 120);
  EXPECT_EQ(scores[0][2].total(), 0U) << "nothing is labelled between the pieces";
  class Stopped final : public RunContext {
    bool cancelled() const override { return true; }
  } stopped;
  EXPECT_THROW(validate_pools(echo, torch::kCPU, scenes, options, {1, 2}, {{0.5, 0.5}}, stopped), Error);
}

TEST(PoolValidation, ShowsNetworksOnlyTilesWithLabels) {
  std::vector<TrainingScene> scenes;
  scenes.push_back(scored_scene(960, 96, 480, {0, 0, 960, 96},
                                [](int band, auto, auto) { return band == 0 ? 1.0F : 0.0F; }));
  scenes[0].labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {90, 20, 40, 30}, 0, ""}, {1, {500, 0, 40, 40}, 0, ""}},
      std::vector<LabelledRegion>{});
  Counting network;
  RunContext context;
  const ConfusionMatrix matrix =
      validate(network, torch::kCPU, scenes, {{{"x", 0, 1}, {"y", 0, 1}}, 1, 0.1, 1, 128}, context);
  EXPECT_EQ(matrix.total(), 40U * 30) << "what stands for several classes isn't judged";
  EXPECT_EQ(network.seen(), 2) << "of ten tiles of 96 px";
}

}  // namespace
}  // namespace orthocover
