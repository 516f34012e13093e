#include "core/inference/predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace orthocover {
namespace {

std::shared_ptr<nn::SegmentationNetwork> small_network() {
  torch::manual_seed(5);
  const auto network = nn::make_network("orthonet-small", {3, 4});
  network->eval();
  return network;
}

PixelBlock block(float seed) {
  PixelBlock pixels;
  pixels.resize(3, 64, 64);
  for (std::size_t i = 0; i < pixels.values.size(); ++i)
    pixels.values[i] = std::fmod(seed + 13 * static_cast<float>(i % 977), 255.0F);
  return pixels;
}

std::vector<BandScaling> bytes() {
  return std::vector<BandScaling>(3, {.scale = 1 / 255.0, .mean = 0.5, .std = 0.25});
}

TEST(Predictor, SharesItsNetworkWithOthersInOtherThreadsWithoutChangingAScore) {
  constexpr int kThreads = 3;
  constexpr int kRounds = 8;
  const auto network = small_network();
  std::vector<torch::Tensor> alone;
  {
    Predictor predictor(network, torch::kCPU, bytes());
    for (int i = 0; i < kThreads; ++i)
      alone.push_back(predictor.scores({predictor.prepare(block(static_cast<float>(i)))}));
  }
  std::vector<int> differences(kThreads, 0);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < kRounds; ++round) {
          Predictor predictor(network, torch::kCPU, bytes());
          const auto index = static_cast<std::size_t>(i);
          const torch::Tensor scores = predictor.scores({predictor.prepare(block(static_cast<float>(i)))});
          if (!torch::equal(scores, alone[index])) ++differences[index];
        }
      });
    }
  }
  EXPECT_EQ(differences, std::vector<int>(kThreads, 0));
}

TEST(Predictor, PutsANetworkThatIsStillTrainingIntoItsOtherMode) {
  const auto network = small_network();
  network->train();
  const Predictor predictor(network, torch::kCPU, bytes());
  EXPECT_FALSE(network->is_training());
}

}  // namespace
}  // namespace orthocover
