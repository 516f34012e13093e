#include "formula.h"

#include <gtest/gtest.h>

namespace orthocover::golden {
namespace {

TEST(Formula, GivesTheIntegersOfTheReference) {
  EXPECT_EQ(fnv1a64(""), 0xcbf29ce484222325);
  EXPECT_EQ(fnv1a64("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(fnv1a64("encoder.conv1.weight"), 0x18af8f52a40ee846);
  EXPECT_EQ(splitmix64(0, 0), 0xe220a8397b1dcdaf);
  EXPECT_EQ(splitmix64(0, 2), 0x06c45d188009454f);
}

TEST(Formula, GivesTheWeightsOfTheReference) {
  const auto conv = weight("encoder.conv1.weight", {64, 3, 7, 7});
  EXPECT_EQ(conv.flatten()[0].item<float>(), 0.149138704F);
  EXPECT_EQ(conv.flatten()[3].item<float>(), -0.051895801F);
  EXPECT_NEAR(conv.to(torch::kDouble).sum().item<double>(), -8.38141362, 1e-7);
  const auto depthwise = weight("decoder.aspp.0.convs.1.0.0.weight", {512, 1, 3, 3});
  EXPECT_EQ(depthwise.flatten()[1].item<float>(), -0.879332781F);
  const auto variance = weight("encoder._blocks.7._bn1.running_var", {240});
  EXPECT_EQ(variance[3].item<float>(), 0.996461213F);
  EXPECT_NEAR(variance.to(torch::kDouble).sum().item<double>(), 239.266912, 1e-5);
  EXPECT_EQ(weight("segmentation_head.0.bias", {8})[1].item<float>(), 0.0654125437F);
}

TEST(Formula, GivesTheImagesAndLabelsOfTheReference) {
  const auto picture = image("golden", {2, 3, 128, 192});
  EXPECT_EQ(picture.flatten()[0].item<float>(), 0.147652596F);
  EXPECT_EQ(picture.flatten()[-1].item<float>(), 0.417937249F);
  EXPECT_NEAR(picture.to(torch::kDouble).sum().item<double>(), 9402.63451284, 1e-6);
  const auto truth = labels("train", 4, 128, 192, 8);
  EXPECT_EQ(truth.sum().item<std::int64_t>(), 2405376);
  EXPECT_EQ((truth == 255).sum().item<std::int64_t>(), 8192);
}

}  // namespace
}  // namespace orthocover::golden
