#include "core/training/augment/sample_pixels.h"

#include <gtest/gtest.h>

#include "core/legend/legend.h"

namespace orthocover {
namespace {

PixelBlock block(float factor) {
  PixelBlock pixels;
  pixels.resize(4, 3, 2);
  for (std::size_t i = 0; i < pixels.values.size(); ++i) pixels.values[i] = factor * static_cast<float>(i);
  pixels.valid.assign(6, 1);
  pixels.valid[4] = 0;
  return pixels;
}

GrayScale scale_of(const std::string& type) {
  return gray_scale_of(type, {3, 9, 15, 21}, {2, 2, 0, 2});
}

const std::vector<std::uint8_t> kLabels = {0, 1, 2, 3, 4, 5};

TEST(SamplePixels, AreBandsOfOnePixelSideBySide) {
  const AugmentSample sample = sample_of(block(1), kLabels, scale_of("Byte"), {0, 1, 2});
  EXPECT_EQ(sample.image.type(), CV_8UC4);
  EXPECT_EQ(sample.image.at<cv::Vec4b>(1, 2), cv::Vec4b(5, 11, 17, 23));
  EXPECT_EQ(sample.labels.at<std::uint8_t>(1, 2), 5);
  EXPECT_EQ(sample.labels.at<std::uint8_t>(1, 1), kIgnoreLabel);
}

/// Three deviations around the mean become 0..255, whatever range the type has: reflectances, decibels.
TEST(SamplePixels, OfOtherTypesHaveTheRangeOfTheirValues) {
  for (const char* type : {"UInt16", "Int16", "Float32"}) {
    const GrayScale scale = gray_scale_of(type, {8, -100, 0, 20}, {1, 50, 0, 10});
    const AugmentSample sample = sample_of(block(1), kLabels, scale, {});
    EXPECT_EQ(sample.image.type(), CV_32FC4);
    EXPECT_NEAR(sample.image.at<cv::Vec4f>(1, 2)[0], 0, 1e-3);
    EXPECT_NEAR(sample.image.at<cv::Vec4f>(1, 2)[1], 255.0 * 261 / 300, 1e-3);
    EXPECT_NEAR(sample.image.at<cv::Vec4f>(1, 2)[3], 255.0 * 33 / 60, 1e-3);
  }
}

TEST(SamplePixels, OfRareHighClassesStayWithinTheRange) {
  const GrayScale scale = gray_scale_of("Float32", {10, 10, 10}, {1, 1, 1}, {8, 9, -90}, {18, 900, 11});
  const double low[] = {7, 7, 0}, high[] = {18, 20, 13};
  for (std::size_t band = 0; band < 3; ++band) {
    EXPECT_DOUBLE_EQ(scale.low[band], low[band]);
    EXPECT_DOUBLE_EQ(scale.factor[band], 255 / (high[band] - low[band]));
  }
}

}  // namespace
}  // namespace orthocover
