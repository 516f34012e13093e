#include "core/nn/weights/encoder_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "refusal.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;

/// The encoder's tensors of a network as a classifier's file would have them: other values, renamed.
template <class Rename = std::identity>
TensorMap classifier(const SegmentationNetwork& network, Rename rename = {}) {
  const std::string prefix = "encoder.";
  TensorMap tensors;
  float value = 0;
  for (const auto& [name, tensor] : state_of(network)) {
    if (!name.starts_with(prefix)) continue;
    tensors.emplace_back(rename(name.substr(prefix.size())), torch::full_like(tensor.detach(), value));
    value += 1;
  }
  return tensors;
}

std::map<std::string, torch::Tensor> by_name(const TensorMap& tensors) {
  return {tensors.begin(), tensors.end()};
}

auto state_by_name(const SegmentationNetwork& network) {
  return by_name(state_of(network));
}

TEST(AdaptStem, OneBandGetsTheSum) {
  const auto kernels = torch::arange(2 * 3 * 2 * 2, torch::kFloat).view({2, 3, 2, 2});
  const auto adapted = adapt_stem(kernels, 1);
  ASSERT_EQ(adapted.sizes(), (std::vector<std::int64_t>{2, 1, 2, 2}));
  EXPECT_TRUE(torch::allclose(adapted, kernels.sum(1, true)));
}

TEST(AdaptStem, MoreBandsRepeatTheOldOnesAndKeepTheResponseToGrey) {
  const auto kernels = torch::rand({4, 3, 3, 3});
  const auto adapted = adapt_stem(kernels, 5);
  EXPECT_TRUE(torch::allclose(adapted.select(1, 3), kernels.select(1, 0) * 0.6));
  EXPECT_TRUE(torch::allclose(adapted.select(1, 4), kernels.select(1, 1) * 0.6));
  const auto grey = adapt_stem(torch::ones({1, 3, 1, 1}), 6);
  EXPECT_FLOAT_EQ(grey.sum().item<float>(), 3);
  EXPECT_TRUE(torch::equal(adapt_stem(kernels, 3), kernels));
}

TEST(EncoderWeights, FillTheEncoderAndNothingElse) {
  const auto network = make_network("deeplabv3plus-resnet34", {3, 4});
  const auto before = state_by_name(*network);
  const auto decoder = before.at("decoder.block2.0.1.weight"), copy = decoder.detach().clone();
  TensorMap file = classifier(*network);
  file.emplace_back("fc.weight", torch::zeros({1000, 512}));
  EXPECT_THAT(load_encoder_weights(*network, file, "r34.pth"), HasSubstr("ResNet; 216 tensors"));
  for (const auto& [name, tensor] : file) {
    if (name == "fc.weight") continue;
    EXPECT_TRUE(torch::equal(before.at("encoder." + name), tensor)) << name;
  }
  EXPECT_TRUE(torch::equal(decoder, copy));
  EXPECT_TRUE(before.at("encoder.conv1.weight").requires_grad());
}

TEST(EncoderWeights, OfThreeBandsFitOtherNumbersOfBands) {
  const auto three = make_network("unet-resnet34", {3, 2});
  const auto five = make_network("unet-resnet34", {5, 2});
  TensorMap file = classifier(*three);
  file.front().second = torch::rand({64, 3, 7, 7});
  ASSERT_EQ(file.front().first, "conv1.weight");
  EXPECT_THAT(load_encoder_weights(*five, file, "r34.pth"), HasSubstr("adapted from 3 to 5 bands"));
  EXPECT_TRUE(
      torch::equal(state_by_name(*five).at("encoder.conv1.weight"), adapt_stem(file.front().second, 5)));
}

/// torchvision's name of a tensor of EfficientNet-PyTorch, from the published table of both.
std::string torchvision_name(const std::string& native) {
  static const std::map<std::string, std::string> kFrame = {{"_conv_stem", "features.0.0"},
                                                            {"_bn0", "features.0.1"},
                                                            {"_conv_head", "features.8.0"},
                                                            {"_bn1", "features.8.1"}};
  static const std::map<std::string, std::string> kParts = {
      {"_expand_conv", "0.0"}, {"_bn0", "0.1"},         {"_depthwise_conv", "1.0"}, {"_bn1", "1.1"},
      {"_se_reduce", "2.fc1"}, {"_se_expand", "2.fc2"}, {"_project_conv", "3.0"},   {"_bn2", "3.1"}};
  const auto dot = native.rfind('.');
  const std::string module = native.substr(0, dot);
  const std::string leaf = native.substr(dot);
  if (!module.starts_with("_blocks.")) return kFrame.at(module) + leaf;
  int stage = 0, repeat = std::stoi(module.substr(8));
  for (const int blocks : {3, 5, 5, 7, 7, 9}) {
    if (repeat < blocks) break;
    repeat -= blocks;
    ++stage;
  }
  std::string part = kParts.at(module.substr(module.rfind('.') + 1));
  if (stage == 0) --part[0];  // no expansion
  return "features." + std::to_string(stage + 1) + "." + std::to_string(repeat) + ".block." + part + leaf;
}

TEST(EncoderWeights, OfTorchvisionFindTheirPlace) {
  const auto network = make_network("deeplabv3plus-efficientnet-b5", {3, 2});
  const TensorMap file = classifier(*network, torchvision_name);
  EXPECT_THAT(load_encoder_weights(*network, file, "b5.pth"), HasSubstr("layout of torchvision"));
  const auto renamed = by_name(file);
  EXPECT_TRUE(renamed.contains("features.2.4.block.0.0.weight"));
  int checked = 0;
  for (const auto& [name, tensor] : state_by_name(*network)) {
    if (!name.starts_with("encoder.")) continue;
    EXPECT_TRUE(torch::equal(tensor, renamed.at(torchvision_name(name.substr(8))))) << name;
    ++checked;
  }
  EXPECT_EQ(checked, 852);
}

TEST(EncoderWeights, OfTimmFindTheirPlace) {
  NetworkOptions options{3, 2};
  options.options = {{"encoder_variant", "timm-efficientnet-b5"}};
  const auto timm = make_network("deeplabv3plus-efficientnet-b5", options);
  const TensorMap file = classifier(*timm);
  const auto network = make_network("deeplabv3plus-efficientnet-b5", {3, 2});
  EXPECT_THAT(load_encoder_weights(*network, file, "b5.safetensors"), HasSubstr("layout of timm"));
  const auto state = state_by_name(*network);
  const auto renamed = by_name(file);
  const std::map<std::string, std::string> pairs = {
      {"_conv_stem.weight", "conv_stem.weight"},
      {"_bn0.running_var", "bn1.running_var"},
      {"_blocks.0._depthwise_conv.weight", "blocks.0.0.conv_dw.weight"},
      {"_blocks.1._se_reduce.bias", "blocks.0.1.se.conv_reduce.bias"},
      {"_blocks.2._project_conv.weight", "blocks.0.2.conv_pw.weight"},
      {"_blocks.7._expand_conv.weight", "blocks.1.4.conv_pw.weight"},
      {"_blocks.8._bn1.bias", "blocks.2.0.bn2.bias"},
      {"_blocks.27._se_expand.weight", "blocks.5.0.se.conv_expand.weight"},
      {"_blocks.38._bn2.weight", "blocks.6.2.bn3.weight"},
      {"_conv_head.weight", "conv_head.weight"}};
  for (const auto& [own, other] : pairs)
    EXPECT_TRUE(torch::equal(state.at("encoder." + own), renamed.at(other))) << own;
}

TEST(EncoderWeights, OfASegmentationCheckpointServeToo) {
  const auto from = make_network("unet-resnet34", {3, 2});
  const auto to = make_network("deeplabv3plus-resnet34", {3, 7});
  EXPECT_THAT(load_encoder_weights(*to, state_of(*from), "unet.pth"), HasSubstr("of a segmentation network"));
  const char* name = "encoder.layer4.2.conv2.weight";
  EXPECT_TRUE(torch::equal(state_by_name(*to).at(name), state_by_name(*from).at(name)));
}

TEST(EncoderWeights, ThatDoNotFitAreRefusedAndChangeNothing) {
  const auto network = make_network("unet-resnet34", {3, 2});
  const auto bn1 = state_by_name(*network).at("encoder.bn1.weight"), copy = bn1.detach().clone();
  const auto load = [&](const TensorMap& file) {
    return refusal([&] { load_encoder_weights(*network, file, "file.pth"); });
  };
  EXPECT_THAT(load({{"weight", torch::zeros({1})}}), HasSubstr("holds no encoder that is known"));
  EXPECT_THAT(load({{"conv_stem.weight", torch::zeros({48, 3, 3, 3})}}),
              HasSubstr("holds an EfficientNet, the network's encoder is a ResNet34"));
  TensorMap file = classifier(*network);
  file.back().second = torch::zeros({3});
  EXPECT_THAT(load(file), HasSubstr("'" + file.back().first + "' has shape [3], the encoder wants []"));
  file.pop_back();
  std::erase_if(file, [](const auto& entry) { return entry.first == "layer4.2.bn2.running_var"; });
  EXPECT_THAT(load(file), HasSubstr("tensor 'layer4.2.bn2.running_var' [512] is missing"));
  EXPECT_TRUE(torch::equal(bn1, copy));

  const auto own = make_network("orthonet-small", {3, 2});
  EXPECT_THAT(refusal([&] { load_encoder_weights(*own, file, "file.pth"); }), HasSubstr("has no encoder"));
}

}  // namespace
}  // namespace orthocover::nn
