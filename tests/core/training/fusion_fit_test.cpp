#include "core/training/fusion_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/random.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::size_t kClasses = 3;

/// Points whose labels are drawn from the softmax of the levels' logits times `factors`.
LevelSamples drawn_points(const std::vector<double>& factors, std::size_t count) {
  LevelSamples samples{factors.size(), kClasses, {}, {}};
  Random random(7);
  for (std::size_t point = 0; point < count; ++point) {
    std::vector<double> scores(kClasses);
    for (const double factor : factors) {
      for (double& score : scores) {
        samples.logits.push_back(static_cast<float>(2 * random.normal()));
        score += factor * samples.logits.back();
      }
    }
    double sum = 0;
    for (double& score : scores) sum += score = std::exp(score);
    double left = random.uniform() * sum;
    std::uint8_t label = 0;
    while (label + 1U < kClasses && left > scores[label]) left -= scores[label++];
    samples.labels.push_back(label);
  }
  return samples;
}

TEST(FusionFit, FindsTheFactorsThatTheLabelsWereDrawnWith) {
  const FusionFit fit = fit_fusion(drawn_points({1.2, 0.6, 0.2}, 20000));
  EXPECT_THAT(fit.weights,
              ElementsAre(DoubleNear(0.6, 0.015), DoubleNear(0.3, 0.015), DoubleNear(0.1, 0.015)));
  EXPECT_NEAR(fit.temperature, 0.5, 0.02);
  EXPECT_LT(fit.loss, fit.loss_equal);
  EXPECT_GT(fit.accuracy, fit.equal_accuracy);
  EXPECT_GT(fit.level_accuracy[0], fit.level_accuracy[1]);
  EXPECT_GT(fit.level_accuracy[1], fit.level_accuracy[2]);
  EXPECT_GT(fit.oracle_accuracy, fit.accuracy);
}

TEST(FusionFit, LeavesALevelOutThatSpeaksAgainstTheTruth) {
  const FusionFit fit = fit_fusion(drawn_points({1.0, -0.5}, 5000));
  EXPECT_THAT(fit.weights, ElementsAre(DoubleNear(1, 1e-9), DoubleNear(0, 1e-9)));
}

TEST(FusionFit, CoolsAModelThatIsTooSureOfItself) {
  EXPECT_NEAR(fit_fusion(drawn_points({0.25}, 20000)).temperature, 4, 0.25);
}

TEST(FusionFit, OfTheTemperatureAloneKeepsTheWeightsAndChangesItLittle) {
  const FusionFit fit = fit_temperature(drawn_points({0.56, 0.14}, 20000), {0.8, 0.2});
  EXPECT_THAT(fit.weights, ElementsAre(DoubleNear(0.8, 1e-9), DoubleNear(0.2, 1e-9)));
  EXPECT_NEAR(fit.temperature, 1 / 0.7, 0.05);
  EXPECT_LT(fit.loss, fit.loss_equal);
  LevelSamples right = drawn_points({1}, 30);
  for (std::size_t point = 0; point < right.size(); ++point) {
    const float* logits = right.at(point, 0);
    right.labels[point] = static_cast<std::uint8_t>(std::max_element(logits, logits + kClasses) - logits);
  }
  EXPECT_NEAR(fit_temperature(right, {1}).temperature, 0.5, 1e-9) << "all right, as few points may be";
  EXPECT_NEAR(fit_temperature(drawn_points({-1}, 100), {1}).temperature, 2, 1e-9) << "none";
}

TEST(FusionFit, StaysAtEqualWeightsWhenNoLevelIsOfUse) {
  LevelSamples samples = drawn_points({-1.0, -1.0}, 2000);
  const FusionFit fit = fit_fusion(samples);
  EXPECT_THAT(fit.weights, ElementsAre(0.5, 0.5));
  EXPECT_EQ(fit.temperature, 1);
}

/// Says about each pixel what its value is.
class Echo final : public nn::SegmentationNetwork {
 public:
  torch::Tensor forward_scores(torch::Tensor image) override { return image; }
  int size_multiple() const override { return 32; }
};

TEST(LevelSamples, AreOfTheSamePointsOnEveryLevel) {
  std::vector<TrainingScene> scenes(1);
  TrainingScene& scene = scenes.front();
  scene.ground_size_m = 0.1;
  // Bands are linear in the position, so that every zoom must say the same.
  scene.source = std::make_unique<MemoryRasterSource>(
      memory_raster_info(640, 640, 2, 0.1, "Float32"), [](int band, std::int64_t col, std::int64_t row) {
        return static_cast<float>((band == 0 ? col : row) + 0.5);
      });
  scene.labels = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {160, 150, 150, 300}, 0, ""}, {1, {310, 150, 150, 300}, 0, ""}},
      std::vector<LabelledRegion>{{"", {150, 150, 321, 307}}});
  scene.held_out = scene.labels->regions();
  Echo echo;
  RunContext context;
  const LevelSamples samples = sample_levels(
      echo, torch::kCPU, scenes, {{{"x", 0, 1}, {"y", 0, 1}}, 1, 0.1, 2, 128}, {1, 2, 4}, 1, context);
  ASSERT_THAT(samples.labels, SizeIs(800));
  for (std::size_t point = 0; point < samples.size(); ++point) {
    EXPECT_EQ(samples.labels[point], samples.at(point, 0)[0] < 310 ? 0 : 1);
    for (const std::size_t level : {1U, 2U}) {
      EXPECT_NEAR(samples.at(point, level)[0], samples.at(point, 0)[0], 1e-3);
      EXPECT_NEAR(samples.at(point, level)[1], samples.at(point, 0)[1], 1e-3);
    }
  }
}

}  // namespace
}  // namespace orthocover
