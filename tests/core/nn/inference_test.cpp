#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/nn/model_package.h"
#include "core/nn/multiply_adds.h"
#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"
#include "tests/core/nn/weights/temporary_folder.h"

namespace orthocover::nn {
namespace {

constexpr int kBands = 3;
constexpr int kClasses = 5;

/// Batch norm as training leaves it: statistics and affine parameters of its own in every channel.
void randomise_batch_norm(SegmentationNetwork& network) {
  const torch::NoGradGuard no_gradient;
  for (const auto& module : network.modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->running_mean.uniform_(-0.3, 0.3);
      norm->running_var.uniform_(0.5, 1.5);
      norm->weight.uniform_(0.5, 1.5);
      norm->bias.uniform_(-0.3, 0.3);
    }
  }
}

std::shared_ptr<SegmentationNetwork> make_random(const std::string& name,
                                                 const nlohmann::json& options = {}) {
  torch::manual_seed(3);
  auto network =
      make_network(name, {kBands, kClasses, options.is_null() ? nlohmann::json::object() : options});
  randomise_batch_norm(*network);
  network->eval();
  return network;
}

std::shared_ptr<SegmentationNetwork> copy_of(const SegmentationNetwork& network, const std::string& name,
                                             const nlohmann::json& options = {}) {
  auto copy = make_random(name, options);
  load_state(*copy, state_of(network), name);
  return copy;
}

torch::Tensor scores_of(SegmentationNetwork& network, const torch::Tensor& image) {
  const InferenceScope scope;
  return network.forward(image).contiguous().clone();
}

void expect_equal_scores(const torch::Tensor& scores, const torch::Tensor& reference) {
  ASSERT_EQ(scores.sizes(), reference.sizes());
  const double largest = reference.abs().max().item<double>();
  ASSERT_GT(largest, 0);
  // Sums in another order; random batch norm makes the scores of U-Net differ by up to 1.2e-5.
  EXPECT_LE((scores - reference).abs().max().item<double>(), 1e-4 * largest);
}

constexpr std::array kLayouts{ConvLayout::Contiguous, ConvLayout::ChannelsLast};

void expect_prepared_equals(const std::string& name, const nlohmann::json& options) {
  SCOPED_TRACE(name + options.dump());
  const auto plain = make_random(name, options);
  // Two images, none of them square.
  const torch::Tensor image = torch::randn({2, kBands, 64, 96});
  const torch::Tensor reference = scores_of(*plain, image);
  for (const ConvLayout layout : kLayouts) {
    SCOPED_TRACE(static_cast<int>(layout));
    const auto prepared = copy_of(*plain, name, options);
    prepared->prepare_for_inference(layout);
    expect_equal_scores(scores_of(*prepared, image), reference);
  }
}

TEST(PreparedForInference, EveryNetworkGivesTheSameScores) {
  for (const NetworkEntry& entry : networks()) expect_prepared_equals(entry.name, {});
}

TEST(PreparedForInference, EveryVariantOfAnEncoderGivesTheSameScores) {
  for (const char* variant : {"tu-resnet34"})
    expect_prepared_equals("deeplabv3plus-resnet34", {{"encoder_variant", variant}, {"output_stride", 8}});
  for (const char* variant : {"tu-efficientnet_b5", "tu-tf_efficientnet_b5", "timm-efficientnet-b5"})
    expect_prepared_equals("deeplabv3plus-efficientnet-b5", {{"encoder_variant", variant}});
}

TEST(PreparedForInference, ScoresWithGradientsAreTheSameToo) {
  const auto network = make_random("orthonet-small");
  const torch::Tensor image = torch::randn({1, kBands, 64, 64});
  const torch::Tensor reference = scores_of(*network, image);
  network->prepare_for_inference();
  expect_equal_scores(network->forward(image).detach(), reference);
}

TEST(PreparedForInference, MultiplyAddsStayWhatTheyWere) {
  for (const char* name : {"orthonet-small", "deeplabv3plus-efficientnet-b5"}) {
    const auto network = make_random(name);
    const auto before = count_multiply_adds(*network, kBands, 64);
    network->prepare_for_inference();
    EXPECT_EQ(count_multiply_adds(*network, kBands, 64), before) << name;
  }
}

TEST(PreparedForInference, PreparingTwiceChangesNothing) {
  const auto network = make_random("orthonet-small");
  const torch::Tensor image = torch::randn({1, kBands, 64, 64});
  network->prepare_for_inference();
  const torch::Tensor once = scores_of(*network, image);
  network->prepare_for_inference();
  EXPECT_TRUE(torch::equal(scores_of(*network, image), once));
}

TEST(PreparedForInference, NetworksInTrainingAreRefused) {
  const auto network = make_random("orthonet-small");
  network->train();
  EXPECT_THROW(network->prepare_for_inference(), Error);
  EXPECT_FALSE(network->is_prepared());
}

TEST(PreparedForInference, WeightsCannotBeSavedOrReplacedAnyMore) {
  const auto network = make_random("orthonet-small");
  const TensorMap state = state_of(*make_random("orthonet-small"));
  network->prepare_for_inference();
  EXPECT_THROW(state_of(*network), Error);
  EXPECT_THROW(load_state(*network, state, "test"), Error);
}

TEST(LoadForInference, PreparesWhatItLoadsAndLeavesLoadNetworkAlone) {
  const TemporaryFolder folder;
  ModelManifest manifest;
  manifest.name = "meadow";
  manifest.architecture = "orthonet-small";
  manifest.bands = {{"red", 0.5, 0.25}, {"green", 0.5, 0.25}, {"blue", 0.5, 0.25}};
  manifest.ground_size_m = 0.1;
  manifest.levels = {{1, 1.0, 1.0}};
  manifest.legend = Legend({{1, "grass", {0, 128, 0}, ""}, {2, "wood", {1, 2, 3}, ""}});
  manifest.licence = "CC-BY-4.0";
  torch::manual_seed(7);
  const auto trained = make_network(manifest.architecture, manifest.network());
  randomise_batch_norm(*trained);
  const TensorMap state = state_of(*trained);
  save_model_package(folder / "package", manifest, state, false, false);
  const ModelPackage package = open_model_package(folder / "package");

  const auto fast = load_for_inference(package, torch::kCPU);
  const auto plain = load_network(package);
  EXPECT_TRUE(fast->is_prepared());
  EXPECT_FALSE(plain->is_prepared());
  const torch::Tensor image = torch::randn({1, kBands, 64, 64});
  expect_equal_scores(scores_of(*fast, image), scores_of(*plain, image));
  // What training would begin with and save again is bit for bit what was saved.
  const TensorMap loaded = state_of(*plain);
  ASSERT_EQ(loaded.size(), state.size());
  for (std::size_t i = 0; i < state.size(); ++i)
    EXPECT_TRUE(torch::equal(loaded[i].second, state[i].second)) << state[i].first;
}

}  // namespace
}  // namespace orthocover::nn
