#include "core/training/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/legend/legend.h"
#include "core/training/learning_rate.h"
#include "core/training/weight_average.h"

namespace orthocover {
namespace {

TEST(Loss, IsTheMeanOverTheLabelledPixelsOfEachPatchSummedOverPatches) {
  const torch::Tensor logits =
      torch::tensor({2.0F, 0.0F, 1.0F, 0.0F, 0.0F, 3.0F}).reshape({1, 2, 1, 3}).expand({2, 2, 1, 3});
  // Patch 0: pixels 0 (class 0) and 2 (class 1), one ignored; patch 1: pixel 1 (class 0) alone.
  const auto ignored = static_cast<int>(kIgnoreLabel);
  const torch::Tensor labels =
      torch::tensor({0, ignored, 1, ignored, 0, ignored}).reshape({2, 1, 3}).to(torch::kUInt8);
  const auto nll = [](double right, double wrong) { return std::log(1 + std::exp(wrong - right)); };
  const double expected = (nll(2, 0) + nll(3, 1)) / 2 + nll(0, 0);
  EXPECT_NEAR(summed_cross_entropy(logits, labels, 0).item<double>(), expected, 1e-6);
}

TEST(Loss, AddsUpOverPartsOfABatchExactly) {
  torch::manual_seed(1);
  const torch::Tensor logits = torch::randn({4, 3, 8, 8});
  torch::Tensor labels = torch::randint(0, 3, {4, 8, 8}).to(torch::kUInt8);
  labels[1].narrow(0, 0, 6).fill_(kIgnoreLabel);
  const double whole = summed_cross_entropy(logits, labels, 0.1).item<double>();
  const double parts =
      summed_cross_entropy(logits.narrow(0, 0, 1), labels.narrow(0, 0, 1), 0.1).item<double>() +
      summed_cross_entropy(logits.narrow(0, 1, 3), labels.narrow(0, 1, 3), 0.1).item<double>();
  EXPECT_NEAR(whole, parts, 1e-4);
}

TEST(LearningRate, WarmsUpThenFallsToZero) {
  EXPECT_DOUBLE_EQ(learning_rate_share(0, 0, 10), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_share(0, 9, 10), 1);
  EXPECT_NEAR(learning_rate_share(0.5, 100, 10), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate_share(1, 1000, 10), 0, 1e-12);
  EXPECT_NEAR(learning_rate_share(1.3, 1000, 0), 0, 1e-12) << "past the end it stays there";
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

}  // namespace
}  // namespace orthocover
