#include "core/inference/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/base/error.h"

namespace orthocover {
namespace {

std::shared_ptr<nn::SegmentationNetwork> small_network() {
  torch::manual_seed(5);
  const auto network = nn::make_network("orthonet-small", {3, 4});
  network->eval();
  return network;
}

std::shared_ptr<PixelBlock> block(float seed) {
  auto pixels = std::make_shared<PixelBlock>();
  pixels->resize(3, 64, 64);
  for (std::size_t i = 0; i < pixels->values.size(); ++i)
    pixels->values[i] = std::fmod(seed + 13 * static_cast<float>(i % 977), 255.0F);
  return pixels;
}

std::vector<BandScaling> bytes() {
  return std::vector<BandScaling>(3, {.scale = 1 / 255.0, .mean = 0.5, .std = 0.25});
}

/// A network that has memory for so many patches; scores of each depend on it alone.
class GreedyNetwork final : public nn::SegmentationNetwork {
 public:
  GreedyNetwork(std::int64_t room, std::string words) : m_room(room), m_words(std::move(words)) {}
  torch::Tensor forward_scores(torch::Tensor image) override {
    batches.push_back(image.size(0));
    if (image.size(0) > m_room) {
      TORCH_CHECK_WITH(OutOfMemoryError, !m_words.empty(), "CUDA out of memory.");
      TORCH_CHECK(false, m_words);
    }
    return torch::cat({image.mean(1, true), image.amax(1, true)}, 1);
  }
  int size_multiple() const override { return 1; }
  std::vector<std::int64_t> batches;

 private:
  std::int64_t m_room;
  std::string m_words;
};

/// What allocators of both devices say.
const std::vector<std::string> kShortages = {
    "",
    "[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "8 bytes",
    "DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes", "CUDA error: out of memory",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"};

TEST(Predictor, GivesAPatchTheSameScoresAloneAndInABatch) {
  Predictor predictor(small_network(), torch::kCPU, bytes());
  const torch::Tensor first = predictor.prepare(block(1)), second = predictor.prepare(block(90));
  const torch::Tensor both = predictor.scores({first, second});
  EXPECT_TRUE(torch::allclose(both[0], predictor.scores({first})[0], 1e-5, 1e-5));
  EXPECT_TRUE(torch::allclose(both[1], predictor.scores({second})[0], 1e-5, 1e-5));
  EXPECT_FALSE(torch::allclose(both[0], both[1], 1e-2, 1e-2));
}

TEST(Predictor, TakesBytesForWhatTheyAre) {
  auto stretched = bytes();
  stretched[1] = {.gain = 1.7, .offset = -60, .limit = 255, .scale = 1 / 255.0, .mean = 0.4, .std = 0.2};
  for (const auto& scaling : {bytes(), stretched}) {
    Predictor predictor(small_network(), torch::kCPU, scaling);
    std::vector<torch::Tensor> as_floats, as_bytes;
    for (const float seed : {1.0F, 90.0F}) {
      const auto floats = block(seed);
      const auto stored = std::make_shared<ByteBlock>();
      stored->resize(3, 64, 64);
      std::ranges::transform(floats->values, stored->values.begin(),
                             [](float value) { return static_cast<std::uint8_t>(value); });
      as_bytes.push_back(predictor.prepare(stored));
      as_floats.push_back(predictor.prepare(floats));
      EXPECT_EQ(as_bytes.back().scalar_type(), torch::kByte);
      const torch::Tensor scaled = DeviceScaling(scaling, torch::kCPU)(as_bytes.back());
      EXPECT_TRUE(torch::allclose(scaled, as_floats.back(), 1e-6, 1e-6));
    }
    EXPECT_TRUE(torch::equal(predictor.scores(as_bytes), predictor.scores(as_floats)));
    EXPECT_TRUE(torch::equal(predictor.scores({as_bytes[1]}), predictor.scores({as_floats[1]})));
  }
}

TEST(Predictor, BacksOffToBatchesThatFitAndKeepsToThem) {
  for (const std::string& words : kShortages) {
    const auto network = std::make_shared<GreedyNetwork>(3, words);
    Predictor predictor(network, torch::kCPU, bytes());
    std::vector<torch::Tensor> inputs;
    for (int i = 0; i < 8; ++i) inputs.push_back(predictor.prepare(block(static_cast<float>(17 * i))));
    const torch::Tensor scores = predictor.scores(inputs);
    EXPECT_EQ(network->batches, (std::vector<std::int64_t>{8, 4, 2, 2, 2, 2})) << words;
    EXPECT_EQ(predictor.most_at_once(), 2U);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      EXPECT_TRUE(torch::equal(scores[static_cast<std::int64_t>(i)], predictor.scores({inputs[i]})[0]));
    network->batches.clear();
    EXPECT_TRUE(torch::equal(predictor.scores(inputs), scores));
    EXPECT_EQ(network->batches, (std::vector<std::int64_t>{2, 2, 2, 2})) << "none is tried again";
  }
}

TEST(Predictor, TriesFewerPatchesWhereConvolutionsFindNoPlan) {
  const std::string words = "GET was unable to find an engine to execute this computation";
  const auto network = std::make_shared<GreedyNetwork>(2, words);
  Predictor predictor(network, torch::kCPU, bytes());
  const std::vector<torch::Tensor> inputs(4, predictor.prepare(block(1)));
  EXPECT_EQ(predictor.scores(inputs).size(0), 4);
  EXPECT_EQ(network->batches, (std::vector<std::int64_t>{4, 2, 2}));
  Predictor without(std::make_shared<GreedyNetwork>(0, words), torch::kCPU, bytes());
  EXPECT_THAT([&] { without.scores(inputs); },
              testing::Throws<Error>(testing::Property(&Error::kind, ErrorKind::Internal)));
}

TEST(Predictor, CountsWhatFollowsAPassAsPartOfIt) {
  const auto network = std::make_shared<GreedyNetwork>(100, "");
  Predictor predictor(network, torch::kCPU, bytes());
  const std::vector<torch::Tensor> inputs(5, predictor.prepare(block(1)));
  const auto each = predictor.scores_of_each(inputs, [](const torch::Tensor& scores) {
    TORCH_CHECK_WITH(OutOfMemoryError, scores.size(0) == 1, "out of memory");
    return scores * 2;
  });
  ASSERT_EQ(each.size(), 5U);
  for (const torch::Tensor& scores : each)
    EXPECT_TRUE(torch::equal(scores, predictor.scores({inputs[0]})[0] * 2));
  EXPECT_EQ(predictor.most_at_once(), 1U);
}

TEST(Predictor, RefusesAPatchForWhichThereIsNoMemoryInOneClearLine) {
  for (const std::string& words : kShortages) {
    Predictor predictor(std::make_shared<GreedyNetwork>(0, words), torch::kCPU, bytes());
    const std::vector<torch::Tensor> inputs(4, predictor.prepare(block(1)));
    try {
      predictor.scores(inputs);
      ADD_FAILURE() << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 5);
      EXPECT_STREQ(error.what(),
                   "a patch of 64 x 64 px does not fit into the memory of cpu; use a smaller --patch-size");
    }
  }
}

TEST(Predictor, DoesNotTakeOtherFailuresForAShortage) {
  Predictor predictor(std::make_shared<GreedyNetwork>(1, "shapes differ"), torch::kCPU, bytes());
  const std::vector<torch::Tensor> inputs(4, predictor.prepare(block(1)));
  EXPECT_THAT([&] { predictor.scores(inputs); },
              testing::Throws<Error>(testing::Property(&Error::kind, ErrorKind::Internal)));
}

TEST(Predictor, SharesItsNetworkWithOthersInOtherThreadsWithoutChangingAScore) {
  constexpr int kThreads = 3, kRounds = 8;
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
