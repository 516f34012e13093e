#include "core/nn/weights/weight_fit.h"

#include <algorithm>

#include "tests/core/nn/weights/refusal.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;

constexpr const char* kNetwork = "orthonet-small";

TensorMap state(int bands, int classes) {
  return state_of(*make_network(kNetwork, {bands, classes}));
}

TEST(WeightFit, KnowsTheNumberOfClassesFromTheWeights) {
  EXPECT_EQ(classes_of_weights(kNetwork, {3, 1}, state(3, 5), "w.pth"), 5);
  EXPECT_THAT(
      refusal([] {
        classes_of_weights(kNetwork, {3, 1}, {{"other", torch::ones({2})}}, "w.pth");
      }),
      HasSubstr(
          "is missing, by which the number of classes is known; is 'orthonet-small' the architecture?"));
}

TEST(WeightFit, FillsTheNetworkBitByBit) {
  const TensorMap weights = state(4, 2);
  const auto network = fit_weights(kNetwork, {4, 2}, weights, "w.pth");
  EXPECT_FALSE(network->is_training());
  const TensorMap filled = state_of(*network);
  for (std::size_t i = 0; i < weights.size(); ++i)
    EXPECT_TRUE(torch::equal(filled[i].second, weights[i].second));
}

TEST(WeightFit, NamesTheTensorAndBothNumbersOfClassesOrBands) {
  EXPECT_THAT(refusal([] {
                fit_weights(kNetwork, {3, 5}, state(3, 8), "w.pth");
              }),
              testing::MatchesRegex("w.pth: '.+' scores 8 classes, 5 are wanted"));
  EXPECT_THAT(refusal([] {
                fit_weights(kNetwork, {3, 5}, state(4, 5), "w.pth");
              }),
              testing::MatchesRegex("w.pth: '.+' takes 4 bands, 3 are wanted"));
}

TEST(WeightFit, OtherClassesKeepWhatTheyHave) {
  const TensorMap start = state(3, 3);
  const NetworkOptions four = {3, 4};
  const TensorMap fitted = with_classes(kNetwork, four, start, {2, {}, 0, {}});
  const TensorMap filled = state_of(*fit_weights(kNetwork, four, fitted, "w"));
  int heads = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const auto& [name, before] = start[i];
    const torch::Tensor& now = filled[i].second;
    const bool same = before.sizes() == now.sizes();
    EXPECT_TRUE(torch::equal(same ? now : now[0], same ? before : before[2]));
    EXPECT_TRUE(same || torch::equal(now[2], before[0]));
    heads += !same;
  }
  EXPECT_GE(heads, 1);
}

TEST(WeightFit, NamesMissingUnknownAndMisshapenTensors) {
  TensorMap weights = state(3, 2);
  const std::string name = weights[0].first;
  weights[0].second = torch::ones({1});
  const auto fault = [&] { return refusal([&] { fit_weights(kNetwork, {3, 2}, weights, "w"); }); };
  EXPECT_THAT(fault(), HasSubstr(name));
  weights[0].first = "foreign";
  EXPECT_THAT(fault(), HasSubstr(name));
  weights = state(3, 2);
  weights.emplace_back("foreign", torch::ones({1}));
  EXPECT_THAT(fault(), HasSubstr("foreign"));
}

/// Beyond float32, and variances below 0.
TEST(WeightFit, RefusesWhatBecomesNoNumberInTheNetwork) {
  const auto fault_of = [](const std::string& ending, double value) {
    TensorMap weights = state_of(*make_network(kNetwork, {3, 2}));
    const auto found =
        std::ranges::find_if(weights, [&](const auto& entry) { return entry.first.ends_with(ending); });
    found->second = found->second.to(torch::kDouble).fill_(value);
    return refusal([&] { fit_weights(kNetwork, {3, 2}, weights, "w.pth"); });
  };
  EXPECT_THAT(fault_of("conv.weight", 1e300), HasSubstr("infinite"));
  EXPECT_THAT(fault_of("running_var", -5), HasSubstr("variances below 0"));
}

TEST(WeightFit, RefusesWeightsOfAnEncoderAloneWithAHint) {
  for (const char* sign :
       {"layer1.0.conv1.weight", "conv_stem.weight", "features.0.0.weight", "_conv_stem.weight"}) {
    const TensorMap weights{{sign, torch::ones({1})}};
    EXPECT_THAT(refusal([&] {
                  fit_weights(kNetwork, {3, 2}, weights, "w.pth");
                }),
                HasSubstr("classifier without a decoder, no segmentation network"));
    EXPECT_THAT(refusal([&] {
                  classes_of_weights(kNetwork, {3, 2}, weights, "w.pth");
                }),
                HasSubstr("train --encoder-weights"));
  }
}

}  // namespace
}  // namespace orthocover::nn
