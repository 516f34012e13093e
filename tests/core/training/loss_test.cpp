#include "core/training/loss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/error.h"
#include "core/legend/legend.h"
#include "core/training/learning_rate.h"
#include "core/training/precision.h"
#include "core/training/weight_average.h"

namespace orthocover {
namespace {

constexpr int kIgnored = kIgnoreLabel;

double nll(double right, double wrong) {
  return std::log(1 + std::exp(wrong - right));
}

/// Two patches of three pixels with the scores (2, 0), (0, 0), (1, 3).
/// Patch 0: pixels 0 (class 0) and 2 (class 1) are labelled; patch 1: pixel 1 (class 0) alone.
struct ThreePixels {
  torch::Tensor logits =
      torch::tensor({2.0F, 0.0F, 1.0F, 0.0F, 0.0F, 3.0F}).reshape({1, 2, 1, 3}).expand({2, 2, 1, 3});
  torch::Tensor labels =
      torch::tensor({0, kIgnored, 1, kIgnored, 0, kIgnored}).reshape({2, 1, 3}).to(torch::kUInt8);

  double of(const LossOptions& options) const {
    const SegmentationLoss loss(options, 2);
    return loss(logits, labels, loss.totals(labels)).item<double>();
  }
};

LossOptions loss_of(LossKind kind) {
  LossOptions options;
  options.terms = {{kind, 1}};
  return options;
}

TEST(Loss, IsTheMeanOverLabelledPixelsOrOverPatches) {
  const ThreePixels pixels;
  LossOptions options;
  EXPECT_NEAR(pixels.of(options), (nll(2, 0) + nll(3, 1) + nll(0, 0)) / 3, 1e-6);
  options.mean_over_patches = true;
  EXPECT_NEAR(pixels.of(options), ((nll(2, 0) + nll(3, 1)) / 2 + nll(0, 0)) / 2, 1e-6);
}

TEST(Loss, WeighsClassesAndSmoothsLabels) {
  const ThreePixels pixels;
  LossOptions options;
  options.class_weights = {1, 3};
  EXPECT_NEAR(pixels.of(options), (nll(2, 0) + 3 * nll(3, 1) + nll(0, 0)) / 5, 1e-6);
  options.class_weights = {};
  options.label_smoothing = 0.2;
  const auto smooth = [](double right, double wrong) {
    return 0.9 * nll(right, wrong) + 0.1 * nll(wrong, right);
  };
  EXPECT_NEAR(pixels.of(options), (smooth(2, 0) + smooth(3, 1) + smooth(0, 0)) / 3, 1e-6);
}

TEST(Loss, OfFocalKindHasASlopeWherePixelsAreCertain) {
  torch::manual_seed(2);
  LossOptions options = loss_of(LossKind::Focal);
  options.groups = {{0, 1}};
  for (const double gamma : {0.0, 0.5, 1.5, 2.0}) {
    options.focal_gamma = gamma;
    const SegmentationLoss loss(options, 3);
    const torch::Tensor labels =
        torch::randint(2, {1, 64, 64}, torch::kByte).mul(3);  // the first class, the group
    torch::Tensor logits = torch::randn({1, 3, 64, 64});
    logits.select(1, 0).add_(30);
    logits.requires_grad_();
    const torch::Tensor value = loss(logits, labels, loss.totals(labels));
    value.backward();
    EXPECT_TRUE(std::isfinite(value.item<double>())) << gamma;
    EXPECT_TRUE(logits.grad().isfinite().all().item<bool>()) << gamma;
  }
}

TEST(Loss, OfFocalKindCountsEasyPixelsLess) {
  const ThreePixels pixels;
  const auto focal = [](double right, double wrong) {
    const double probability = std::exp(-nll(right, wrong));
    return (1 - probability) * (1 - probability) * nll(right, wrong);
  };
  EXPECT_NEAR(pixels.of(loss_of(LossKind::Focal)), (focal(2, 0) + focal(3, 1) + focal(0, 0)) / 3, 1e-6);
}

TEST(Loss, OfDiceKindIsTheMeanOverOccurringClasses) {
  const ThreePixels pixels;
  const double p0 = 1 / (1 + std::exp(-2.0));  // of class 0 at both labelled pixels: p0 and 1 - p0
  const double dice0 = 1 - (2 * p0 + 1) / (p0 + (1 - p0) + 1 + 1);
  const double patch0 = dice0;  // class 1 mirrors class 0
  const double patch1 = 1 - (2 * 0.5 + 1) / (0.5 + 1 + 1);
  EXPECT_NEAR(pixels.of(loss_of(LossKind::Dice)), (patch0 + patch1) / 2, 1e-6);
}

TEST(Loss, OfLovaszKindIsTheJaccardIndexOfHardScores) {
  // Certain scores: of four pixels of class 0 one is called 1; class 1 is found whole in two pixels.
  const torch::Tensor labels =
      torch::tensor({0, 0, 0, 0, 1, 1, kIgnored}).reshape({1, 1, 7}).to(torch::kUInt8);
  const torch::Tensor called = torch::tensor({0, 0, 0, 1, 1, 1, 0}).reshape({1, 1, 7});
  const torch::Tensor logits = torch::one_hot(called, 2).permute({0, 3, 1, 2}).to(torch::kFloat) * 50;
  const SegmentationLoss loss(loss_of(LossKind::Lovasz), 2);
  EXPECT_NEAR(loss(logits, labels, loss.totals(labels)).item<double>(), ((1 - 3.0 / 4) + (1 - 2.0 / 3)) / 2,
              1e-5);
}

TEST(Loss, KeepsTheHardestPixelsOfEachPatch) {
  const ThreePixels pixels;
  LossOptions options;
  options.hardest_share = 0.5;
  // Patch 0 keeps one of two pixels, patch 1 its only one, which counts half: they stand for half of three.
  const double hardest = std::max(nll(2, 0), nll(3, 1));
  EXPECT_NEAR(pixels.of(options), (hardest + nll(0, 0) / 2) / 1.5, 1e-6);
  options.mean_over_patches = true;
  EXPECT_NEAR(pixels.of(options), (hardest + nll(0, 0)) / 2, 1e-6) << "patches count alike";
}

TEST(Loss, WeighsPixelsCloseToAnotherClass) {
  LossOptions options;
  options.boundary_weight = 1;
  options.boundary_px = 1;
  const SegmentationLoss loss(options, 2);
  const torch::Tensor labels = torch::tensor({0, 0, 1, 1, kIgnored, 0}).reshape({1, 1, 6}).to(torch::kUInt8);
  EXPECT_EQ(loss.totals(labels).pixel_weight, 5 + 2) << "the two pixels where 0 meets 1";
}

TEST(Loss, TakesTheSummedProbabilityOfGroups) {
  LossOptions options;
  options.groups = {{0, 2}};
  const SegmentationLoss loss(options, 3);
  const torch::Tensor logits = torch::tensor({1.0F, 0.0F, 2.0F}).reshape({1, 3, 1, 1});
  const torch::Tensor labels = torch::full({1, 1, 1}, 3, torch::kUInt8);
  const double share = (std::exp(1.0) + std::exp(2.0)) / (std::exp(1.0) + 1 + std::exp(2.0));
  EXPECT_NEAR(loss(logits, labels, loss.totals(labels)).item<double>(), -std::log(share), 1e-6);
  options.class_weights = {1, 7, 4};
  EXPECT_EQ(SegmentationLoss(options, 3).totals(labels).pixel_weight, 2.5) << "the mean of its classes";
  options.class_weights.clear();
  options.terms = {{LossKind::Lovasz, 1}};
  const SegmentationLoss set_loss(options, 3);
  EXPECT_EQ(set_loss(logits, labels, set_loss.totals(labels)).item<double>(), 0) << "left out there";
  const torch::Tensor one = torch::zeros({1, 1, 1}, torch::kUInt8);
  const torch::Tensor both = torch::cat({one, labels});
  EXPECT_NEAR(set_loss(torch::cat({logits, logits}), both, set_loss.totals(both)).item<double>(),
              set_loss(logits, one, set_loss.totals(one)).item<double>(), 1e-6)
      << "of as many patches as it has";
}

class LossInParts : public testing::TestWithParam<std::string> {};

TEST_P(LossInParts, AddsUpToTheLossOfTheWholeBatch) {
  torch::manual_seed(1);
  const torch::Tensor logits = torch::randn({4, 3, 8, 8});
  torch::Tensor labels = torch::randint(0, 3, {4, 8, 8}).to(torch::kUInt8);
  labels[1].narrow(0, 0, 6).fill_(kIgnoreLabel);
  labels[3].fill_(kIgnoreLabel);
  LossOptions options;
  options.terms = parse_loss(GetParam(), "--loss");
  options.label_smoothing = 0.1;
  options.boundary_weight = 2;
  for (const bool by_patch : {false, true}) {
    options.mean_over_patches = by_patch;
    const SegmentationLoss loss(options, 3);
    LossTotals totals = loss.totals(labels.narrow(0, 0, 1));
    totals += loss.totals(labels.narrow(0, 1, 3));
    const double whole = loss(logits, labels, loss.totals(labels)).item<double>();
    const double parts = loss(logits.narrow(0, 0, 1), labels.narrow(0, 0, 1), totals).item<double>() +
                         loss(logits.narrow(0, 1, 3), labels.narrow(0, 1, 3), totals).item<double>();
    EXPECT_GT(whole, 0);
    EXPECT_NEAR(whole, parts, 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, LossInParts,
                         testing::Values("cross-entropy", "focal", "dice", "lovasz",
                                         "cross-entropy+0.5*lovasz+0.25*dice"));

TEST(Loss, OfNothingIsZeroAndHasAGradient) {
  for (const LossKind kind : {LossKind::CrossEntropy, LossKind::Dice, LossKind::Lovasz}) {
    const SegmentationLoss loss(loss_of(kind), 2);
    const torch::Tensor labels = torch::full({1, 2, 2}, kIgnored, torch::kUInt8);
    const torch::Tensor logits = torch::randn({1, 2, 2, 2}).requires_grad_();
    const torch::Tensor nothing = loss(logits, labels, loss.totals(labels));
    EXPECT_EQ(nothing.item<double>(), 0);
    nothing.backward();
    ASSERT_TRUE(logits.grad().defined());
    EXPECT_EQ(logits.grad().abs().sum().item<double>(), 0);
  }
}

std::string refusal_of(const std::string& text) {
  try {
    parse_loss(text, "--loss");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Loss, IsReadFromTextAndRefusedWithACure) {
  const std::vector<LossTerm> terms = parse_loss("focal+0.5*dice", "--loss");
  ASSERT_EQ(terms.size(), 2U);
  EXPECT_EQ(terms[1].kind, LossKind::Dice);
  EXPECT_EQ(terms[1].weight, 0.5);
  EXPECT_THAT(refusal_of("focl"), testing::HasSubstr("no loss is called 'focl' (did you mean 'focal'?)"));
  EXPECT_THAT(refusal_of("-1*dice"), testing::HasSubstr("'-1' is no weight"));
  EXPECT_THAT(refusal_of("x*dice"), testing::HasSubstr("'x' is no weight"));
  EXPECT_THAT(refusal_of(""), testing::HasSubstr("is empty"));
  LossOptions options;
  options.class_weights = {1, 2};
  EXPECT_THROW(SegmentationLoss(options, 3), Error);
}

TEST(LearningRate, WarmsUpThenFallsToZero) {
  const auto share = [](double progress, std::int64_t step, std::int64_t warmup) {
    return learning_rate_share(LearningRateSchedule::Cosine, progress, step, warmup);
  };
  EXPECT_DOUBLE_EQ(share(0, 0, 10), 0.1);
  EXPECT_DOUBLE_EQ(share(0, 9, 10), 1);
  EXPECT_NEAR(share(0.5, 100, 10), 0.5, 1e-12);
  EXPECT_NEAR(share(1, 1000, 10), 0, 1e-12);
  EXPECT_NEAR(share(1.3, 1000, 0), 0, 1e-12) << "past the end it stays there";
  // A run of 30 steps that ends by the clock, of 20,000 that were allowed.
  EXPECT_GT(share(3.0 / 30, 3, 200), 0.97);
  EXPECT_DOUBLE_EQ(learning_rate_share(LearningRateSchedule::Constant, 0.05, 1, 200), 0.5);
}

TEST(LearningRate, FollowsItsSchedule) {
  EXPECT_NEAR(learning_rate_share(LearningRateSchedule::Poly, 0.5, 100, 0), std::pow(0.5, 0.9), 1e-12);
  EXPECT_DOUBLE_EQ(learning_rate_share(LearningRateSchedule::Constant, 0.9, 100, 10), 1);
  EXPECT_NEAR(learning_rate_share(LearningRateSchedule::OneCycle, 0, 0, 10), 0.04, 1e-12);
  EXPECT_NEAR(learning_rate_share(LearningRateSchedule::OneCycle, 0.3, 300, 10), 1, 1e-12);
  EXPECT_NEAR(learning_rate_share(LearningRateSchedule::OneCycle, 1, 1000, 10), 1e-4, 1e-12);
}

TEST(WeightAverage, FollowsTheWeightsWithItsDecay) {
  torch::nn::Linear module(1, 1);
  const torch::NoGradGuard no_gradients;
  module->weight.fill_(0);
  WeightAverage average(*module, 0.9);
  module->weight.fill_(1);
  average.update(*module, 0);
  EXPECT_NEAR(average.state()[0].second.item<double>(), 0.9, 1e-6) << "the first step counts nine tenths";
  for (int i = 0; i < 3; ++i) module->weight.fill_(2), average.update(*module, 1000);
  EXPECT_NEAR(average.state()[0].second.item<double>(), 2 - 1.1 * 0.9 * 0.9 * 0.9, 1e-6);
}

TEST(GradientScaler, LeavesTheScaleOfOtherPrecisionsAlone) {
  GradientScaler scaler(Precision::Float16);
  const double first = scaler.scale();
  scaler.restore(1, 0);
  EXPECT_EQ(scaler.scale(), first) << "a run in float32 has none";
  scaler.restore(512, 7);
  EXPECT_EQ(scaler.scale(), 512);
  EXPECT_EQ(scaler.good_steps(), 7);
  GradientScaler whole(Precision::Float32);
  whole.restore(512, 7);
  EXPECT_EQ(whole.scale(), 1);
}

TEST(GradientScaler, FallsOnOverflowAndRisesSlowly) {
  GradientScaler scaler(Precision::Float16);
  const double first = scaler.scale();
  EXPECT_TRUE(scaler.update(false));
  EXPECT_EQ(scaler.scale(), first / 2);
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(scaler.update(true));
  EXPECT_EQ(scaler.scale(), first);
  torch::Tensor weight = torch::ones({2}, torch::requires_grad());
  (weight.sum() * scaler.scale()).backward();
  scaler.unscale({weight});
  EXPECT_TRUE(weight.grad().equal(torch::ones({2})));
  while (scaler.update(false)) {
  }
  EXPECT_EQ(scaler.scale(), 1) << "then leaving out steps does not help any more";
  EXPECT_FALSE(GradientScaler(Precision::Float32).update(false));
}

}  // namespace
}  // namespace orthocover
