#include "core/training/augment/sharpness.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "core/training/augment/noise_source.h"
#include "core/training/augment/quality.h"
#include "made_sample.h"

namespace orthocover::augment {
namespace {

using test::made_sample;

AugmentSample spot() {
  AugmentSample sample{cv::Mat::zeros(9, 9, CV_8UC1), cv::Mat::zeros(9, 9, CV_8UC1), {}};
  sample.image.at<std::uint8_t>(4, 4) = 180;
  return sample;
}

AugmentSample even(int value, int side, int type = CV_8UC3) {
  return {cv::Mat(side, side, type, cv::Scalar::all(value)), cv::Mat::zeros(side, side, CV_8UC1), {0, 1, 2}};
}

double deviation_of(const cv::Mat& image) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(image.reshape(1), mean, deviation);
  return deviation[0];
}

TEST(Blur, IsTheMeanOfASquare) {
  AugmentSample sample = spot();
  Blur::apply(sample, {3});
  EXPECT_EQ(sample.image.at<std::uint8_t>(3, 5), 20);
  EXPECT_EQ(sample.image.at<std::uint8_t>(2, 4), 0);
}

TEST(Blur, DrawsOddSizesOnly) {
  Random random(1);
  Blur transform;
  transform.size = {3, 7};
  std::set<int> sizes;
  for (int i = 0; i < 200; ++i) sizes.insert(transform.draw(random).size);
  EXPECT_EQ(sizes, (std::set<int>{3, 5, 7}));
}

TEST(MedianBlur, RemovesASpot) {
  AugmentSample sample = spot();
  MedianBlur::apply(sample, {3});
  EXPECT_EQ(cv::countNonZero(sample.image), 0);
}

TEST(GaussianBlur, SpreadsByItsSigma) {
  AugmentSample sample = spot();
  sample.image.convertTo(sample.image, CV_32F);
  GaussianBlur::apply(sample, {1, 0});
  const double total = cv::sum(sample.image)[0];
  EXPECT_NEAR(total, 180, 0.01);
  double spread = 0;
  for (int col = 0; col < 9; ++col)
    spread += cv::sum(sample.image.col(col))[0] * (col - 4) * (col - 4) / total;
  EXPECT_NEAR(spread, 1, 0.02);
}

TEST(MotionBlur, SmearsAlongItsLineOnly) {
  AugmentSample sample = spot();
  MotionBlur::apply(sample, {3, {0, 1}, {2, 1}});
  EXPECT_EQ(sample.image.at<std::uint8_t>(4, 3), 60);
  EXPECT_EQ(sample.image.at<std::uint8_t>(4, 5), 60);
  EXPECT_EQ(sample.image.at<std::uint8_t>(3, 4), 0);
}

TEST(MotionBlur, NeverDrawsALineWithoutLength) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const MotionBlur::Drawn drawn = MotionBlur{}.draw(random);
    EXPECT_NE(drawn.from, drawn.to);
    EXPECT_LT(std::max({drawn.from.x, drawn.from.y, drawn.to.x, drawn.to.y}), drawn.size);
    EXPECT_GE(std::min({drawn.from.x, drawn.from.y, drawn.to.x, drawn.to.y}), 0);
    const cv::Point beside = drawn.from + drawn.to - cv::Point(drawn.size - 1, drawn.size - 1);
    EXPECT_LE(std::max(std::abs(beside.x), std::abs(beside.y)), 1) << "the image would move";
  }
}

TEST(Sharpen, KeepsEvenGroundAtLightnessOneAndRaisesContrast) {
  AugmentSample ground = even(90, 8);
  Sharpen::apply(ground, {0.4, 1});
  EXPECT_EQ(test::values_of(ground.image.reshape(1)), std::set<int>{90});
  AugmentSample sample = made_sample();
  const double before = deviation_of(sample.image);
  Sharpen::apply(sample, {0.4, 1});
  EXPECT_GT(deviation_of(sample.image), before);
}

TEST(Downscale, RepeatsPixelsWhereTheyLieWhenNearest) {
  cv::Mat ramp(64, 64, CV_32FC1);
  for (int row = 0; row < 64; ++row)
    for (int col = 0; col < 64; ++col) ramp.at<float>(row, col) = static_cast<float>(col + 2 * row);
  for (const double scale : {0.9, 0.7, 0.4}) {
    AugmentSample sample{ramp.clone(), cv::Mat::zeros(64, 64, CV_8UC1), {}};
    Downscale::apply(sample, {scale, false});
    int repeated = 0;
    for (int col = 1; col < 64; ++col)
      repeated += sample.image.at<float>(0, col) == sample.image.at<float>(0, col - 1) ? 1 : 0;
    EXPECT_EQ(repeated, 64 - static_cast<int>(64 * scale)) << scale;
    EXPECT_NEAR(cv::mean(sample.image - ramp)[0], 0, 0.3) << scale;
  }
}

TEST(GaussianNoise, HasTheDrawnDeviationAndKeepsTheMean) {
  for (const int type : {CV_8UC3, CV_32FC3}) {
    AugmentSample sample = even(120, 256, type);
    GaussianNoise::apply(sample, {6, 17});
    EXPECT_NEAR(cv::mean(sample.image)[1], 120, 0.1);
    EXPECT_NEAR(deviation_of(sample.image), 6, 0.1);
  }
}

TEST(GaussianNoise, IsIndependentBetweenPixelsAndColours) {
  AugmentSample sample = even(120, 128, CV_32FC3);
  GaussianNoise::apply(sample, {6, 17});
  const cv::Mat values = (sample.image.reshape(1) - 120.0) / 6.0;
  for (const int step : {1, 3}) {
    const cv::Mat a = values.colRange(0, values.cols - step);
    const cv::Mat b = values.colRange(step, values.cols);
    EXPECT_NEAR(a.dot(b) / static_cast<double>(a.total()), 0, 0.02) << step;
  }
}

TEST(QuantileTable, HasTheMomentsOfItsDistribution) {
  NoiseSource noise(3);
  for (const double mean : {0.0, 0.7, 11.0, 38.0}) {
    const QuantileTable table = QuantileTable::poisson(mean);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 40000; ++i) {
      const double value = table.draw(noise);
      sum += value;
      squares += value * value;
    }
    sum /= 40000;
    EXPECT_NEAR(sum, mean, 0.02 * mean + 0.001);
    EXPECT_NEAR(squares / 40000 - sum * sum, mean, 0.05 * mean + 0.001);
  }
}

TEST(IsoNoise, IsOfHueAndLightness) {
  AugmentSample sample = made_sample(128, 128);
  IsoNoise::apply(sample, {0.05, 0.5, 4});
  const double change = cv::norm(sample.image, made_sample(128, 128).image, cv::NORM_L1) / (128 * 128 * 3);
  EXPECT_TRUE(change > 1 && change < 30) << change;
}

TEST(JpegCompression, ChangesMoreTheLowerTheQuality) {
  double last = 0;
  for (const int quality : {95, 60, 20}) {
    AugmentSample sample = made_sample();
    JpegCompression::apply(sample, {quality});
    const double change = cv::norm(sample.image, made_sample().image, cv::NORM_L1);
    EXPECT_GT(change, last) << quality;
    last = change;
  }
}

TEST(JpegCompression, KeepsTheColoursInTheirOrder) {
  AugmentSample sample = even(0, 32);
  sample.image.setTo(cv::Scalar(200, 100, 40));
  JpegCompression::apply(sample, {95});
  EXPECT_LE(cv::norm(test::first_pixel(sample) - cv::Vec3b(200, 100, 40), cv::NORM_INF), 4);
  EXPECT_NEAR(test::first_pixel(sample)[0], 200, 4);
}

}  // namespace
}  // namespace orthocover::augment
