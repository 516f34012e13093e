#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {
namespace {

std::shared_ptr<SegmentationNetwork> make(int bands = 3, int classes = 6, int score_stride = 2) {
  torch::manual_seed(3);
  return make_network("orthonet-small", {bands, classes, {{"dropout", 0.0}, {"score_stride", score_stride}}});
}

/// Running statistics of a trained network, so that evaluation does not see nothing but zeros.
void settle(SegmentationNetwork& network, int bands) {
  network.train();
  const torch::NoGradGuard no_gradients;
  for (int i = 0; i < 3; ++i) network.forward(torch::randn({2, bands, 128, 128}));
  network.eval();
}

TEST(OrthoNet, ScoresHalfTheSizeForAnyBandsAndClasses) {
  for (const auto& [bands, classes] : {std::pair{1, 2}, {3, 6}, {5, 11}}) {
    const auto network = make(bands, classes);
    network->eval();
    const InferenceScope scope;
    const torch::Tensor image = torch::randn({2, bands, 64, 96});
    EXPECT_EQ(network->forward_scores(image).sizes(), (std::vector<std::int64_t>{2, classes, 32, 48}));
    EXPECT_EQ(network->forward(image).sizes(), (std::vector<std::int64_t>{2, classes, 64, 96}));
  }
}

TEST(OrthoNet, ScoresAQuarterOfTheSizeWithoutItsLastStage) {
  const auto network = make(3, 6, 4);
  network->eval();
  EXPECT_EQ(network->score_stride(), 4);
  const InferenceScope scope;
  const torch::Tensor image = torch::randn({2, 3, 64, 96});
  EXPECT_EQ(network->forward_scores(image).sizes(), (std::vector<std::int64_t>{2, 6, 16, 24}));
  EXPECT_EQ(network->forward(image).sizes(), (std::vector<std::int64_t>{2, 6, 64, 96}));
  for (const auto& [name, tensor] : state_of(*network)) EXPECT_FALSE(name.starts_with("decoder.2")) << name;
}

TEST(OrthoNet, HasFewerThanFourMillionParameters) {
  std::int64_t count = 0;
  for (const auto& parameter : make()->parameters()) count += parameter.numel();
  EXPECT_LT(count, 4'000'000);
  EXPECT_GT(count, 2'000'000);
}

TEST(OrthoNet, SendsGradientsToEveryParameter) {
  const auto network = make();
  network->train();
  // Residual blocks start as the identity, behind which there is no gradient yet.
  for (const auto& item : network->named_parameters()) {
    if (item.key().find("bn2.weight") != std::string::npos) item.value().data().fill_(0.5);
  }
  const torch::Tensor image = torch::randn({2, 3, 64, 64});
  const torch::Tensor target = torch::randint(0, 6, {2, 64, 64});
  torch::nn::functional::cross_entropy(network->forward(image), target).backward();
  for (const auto& item : network->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0) << item.key();
  }
}

TEST(OrthoNet, MirrorsItsScoresWhenItsInputAndKernelsAreMirrored) {
  for (const int score_stride : {2, 4}) {
    const auto network = make(3, 6, score_stride);
    settle(*network, 3);
    const InferenceScope scope;
    const torch::Tensor image = torch::randn({1, 3, 96, 128});
    const torch::Tensor scores = network->forward_scores(image);
    for (auto& [name, tensor] : state_of(*network)) {
      if (tensor.dim() == 4) torch::Tensor(tensor).copy_(tensor.flip({3}).clone());
    }
    const torch::Tensor mirrored = network->forward_scores(image.flip({3})).flip({3});
    EXPECT_LT((scores - mirrored).abs().max().item<double>(), 1e-3 * scores.abs().max().item<double>());
  }
}

TEST(OrthoNet, DoesNotLookAtWhatLiesFarAway) {
  const auto network = make();
  settle(*network, 3);
  const InferenceScope scope;
  torch::Tensor image = torch::randn({1, 3, 96, 1600});
  const torch::Tensor before = network->forward_scores(image).narrow(3, 0, 16);
  image.narrow(3, 1500, 100).fill_(9);
  const torch::Tensor after = network->forward_scores(image).narrow(3, 0, 16);
  EXPECT_TRUE(before.allclose(after, 1e-5, 1e-6));
}

TEST(OrthoNet, LearnsOneBatchByHeart) {
  const auto network = make(3, 3);
  network->train();
  const torch::Tensor image = torch::randn({2, 3, 64, 64});
  torch::Tensor target = torch::zeros({2, 64, 64}, torch::kLong);
  target.narrow(1, 20, 24).fill_(1);
  target.narrow(2, 40, 24).fill_(2);
  torch::optim::Adam optimiser(network->parameters(), torch::optim::AdamOptions(5e-3));
  double first = 0;
  double last = 0;
  for (int i = 0; i < 40; ++i) {
    optimiser.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(network->forward(image), target);
    loss.backward();
    optimiser.step();
    last = loss.item<double>();
    if (i == 0) first = last;
  }
  EXPECT_LT(last, 0.2 * first);
}

TEST(OrthoNet, RefusesSizesAndBandsThatDoNotFit) {
  const auto network = make();
  network->eval();
  const InferenceScope scope;
  EXPECT_THROW(network->forward(torch::zeros({1, 3, 33, 64})), Error);
  EXPECT_THROW(network->forward(torch::zeros({1, 4, 64, 64})), Error);
  EXPECT_THROW(make_network("orthonet-small", {3, 6, {{"dropout", 2.0}}}), Error);
  EXPECT_THROW(make_network("orthonet-small", {3, 6, {{"width", 2}}}), Error);
  EXPECT_THROW(make_network("orthonet-small", {3, 6, {{"score_stride", 8}}}), Error);
}

}  // namespace
}  // namespace orthocover::nn
