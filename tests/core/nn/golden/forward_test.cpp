#include <gtest/gtest.h>

#include <iostream>

#include "core/nn/device.h"
#include "core/nn/networks/encoder_decoder.h"
#include "formula.h"
#include "golden_case.h"

namespace orthocover::golden {
namespace {

/// Of the largest logit.
constexpr double kTolerance = 2e-5;

void expect_features(nn::SegmentationNetwork& network, const torch::Tensor& input,
                     const nlohmann::json& reference) {
  const auto features = dynamic_cast<nn::EncoderDecoder&>(network).encoder().features(input);
  ASSERT_EQ(features.size(), reference.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    SCOPED_TRACE("feature " + std::to_string(i));
    expect_summary(features[i], reference[i], kTolerance);
  }
}

void expect_logits(const torch::Tensor& logits, const Case& golden) {
  expect_summary(logits, golden.json["logits"], kTolerance);
  const auto beside = golden.file.parent_path() / golden.json.value("logits_file", golden.name() + ".npy");
  if (!std::filesystem::exists(beside)) return;
  const auto reference = read_npy(beside, logits.sizes().vec());
  const auto difference = (logits - reference).abs().max().item<double>();
  const auto largest = reference.abs().max().item<double>();
  std::cout << golden.name() << ": " << difference / largest << " of the largest logit\n";
  EXPECT_LE(difference, kTolerance * largest);
}

void run(const Case& golden) {
  const auto& input = golden.json.at("input");
  ASSERT_EQ(input.value("formula", "image"), "image");
  const auto shape = input.at("shape").get<std::vector<std::int64_t>>();
  const auto picture = image(input.value("seed", "golden"), shape);
  expect_summary(picture, input, 1e-7);
  const int classes = golden.json.at("logits").at("shape").at(1);
  const auto network = build(golden.json.at("model"), static_cast<int>(shape.at(1)), classes);
  network->eval();
  const nn::InferenceScope inference;
  if (golden.json.contains("encoder_features"))
    expect_features(*network, picture, golden.json["encoder_features"]);
  expect_logits(network->forward(picture), golden);
  SCOPED_TRACE("prepared for inference");
  network->prepare_for_inference(nn::ConvLayout::ChannelsLast);
  expect_logits(network->forward(picture), golden);
}

TEST(Golden, LogitsEqualTheReferenceInEveryCase) {
  nn::set_threads(2);
  const auto cases = cases_with("logits");
  ASSERT_FALSE(cases.empty()) << "no case in " << cases_folder();
  for (const auto& golden : cases) {
    SCOPED_TRACE(golden.name());
    EXPECT_NO_THROW(run(golden));
  }
}

TEST(Golden, UnknownModelsAreNotSkipped) {
  EXPECT_THROW(build("deeplabv3plus_resnet35", 3, 8), std::invalid_argument);
  EXPECT_THROW(build("unet_resnet34_extra", 3, 8), std::invalid_argument);
}

}  // namespace
}  // namespace orthocover::golden
