#include "core/training/augment/colour.h"

#include <gtest/gtest.h>

#include "core/training/augment/tone.h"
#include "made_sample.h"

namespace orthocover::augment {
namespace {

using test::equal;
using test::first_pixel;
using test::made_sample;
using test::pixel;

const std::vector<std::string> kColours = {"brightness-contrast",
                                           "gamma",
                                           "white-balance",
                                           "rgb-shift",
                                           "hue-saturation-value",
                                           "colour-jitter",
                                           "clahe",
                                           "to-gray",
                                           "channel-shuffle",
                                           "channel-dropout",
                                           "sharpen",
                                           "blur",
                                           "median-blur",
                                           "gaussian-blur",
                                           "motion-blur",
                                           "downscale",
                                           "gaussian-noise",
                                           "iso-noise",
                                           "jpeg-compression",
                                           "shadow",
                                           "fog"};

TEST(BrightnessContrast, IsGainTimesValuePlusOffsetTruncated) {
  AugmentSample sample = pixel(100, 3, 250);
  BrightnessContrast::apply(sample, {1.25, 0.1, true});
  // 125 + 25.5 = 150.5; 3.75 + 25.5 = 29.25; 312.5 + 25.5 is beyond the scale
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(150, 29, 255));
}

TEST(BrightnessContrast, MayRelateTheBrightnessToTheMean) {
  AugmentSample sample = pixel(30, 60, 90);
  BrightnessContrast::apply(sample, {0.5, 0.2, false});
  // offset 0.2 * 0.5 * 60 = 6
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(21, 36, 51));
}

TEST(Gamma, IsAPowerOfTheFullScale) {
  AugmentSample sample = pixel(128, 0, 255);
  Gamma::apply(sample, {2});
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(64, 0, 255));  // 128^2 / 255 = 64.25
  sample = made_sample();
  Gamma::apply(sample, {1});
  EXPECT_TRUE(equal(sample, made_sample()));
}

TEST(Gamma, DrawsDarkerAsOftenAsBrighter) {
  Random random(1);
  Gamma transform;
  transform.gamma = {0.5, 2};
  int darker = 0;
  for (int i = 0; i < 2000; ++i) darker += transform.draw(random).gamma > 1;
  EXPECT_NEAR(darker, 1000, 100);
}

TEST(HueSaturationValue, TurnsRedIntoGreenByAThirdOfTheCircle) {
  AugmentSample sample = pixel(200, 0, 0);
  HueSaturationValue::apply(sample, {60, 0, 0, true});
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(0, 200, 0));
  HueSaturationValue::apply(sample, {-60, 0, 0, true});
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(200, 0, 0));
}

TEST(HueSaturationValue, LeavesGrayWithoutColourUnlessToldOtherwise) {
  AugmentSample gray = pixel(120, 120, 120);
  HueSaturationValue::apply(gray, {0, 100, 10, true});
  EXPECT_EQ(first_pixel(gray), cv::Vec3b(130, 130, 130));
  gray = pixel(120, 120, 120);
  HueSaturationValue::apply(gray, {0, 100, 0, false});
  EXPECT_EQ(first_pixel(gray)[0], 120);
  EXPECT_NEAR(first_pixel(gray)[1], 120 * (1 - 100.0 / 255), 1);
}

TEST(RgbShift, ShiftsEachColourByItsOwnAmount) {
  AugmentSample sample = pixel(100, 10, 250);
  RgbShift::apply(sample, {10.9, -20, 3});
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(110, 0, 253));
}

TEST(WhiteBalance, MultipliesEachColourByItsOwnGain) {
  AugmentSample sample = pixel(100, 100, 100);
  WhiteBalance::apply(sample, {0.8, 1.2, 5});
  const cv::Vec3b changed = first_pixel(sample);
  for (int band = 0; band < 3; ++band) EXPECT_TRUE(changed[band] >= 79 && changed[band] <= 120);
  EXPECT_NE(changed[0], changed[1]);
}

TEST(ColourJitter, MixesWithTheGrayOfTheImage) {
  AugmentSample sample = pixel(200, 100, 50);
  ColourJitter::Drawn drawn;
  drawn.saturation = 0;
  ColourJitter::apply(sample, drawn);
  // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(124, 124, 124));
}

TEST(ColourJitter, DrawsEveryOrder) {
  Random random(3);
  std::set<std::array<int, 4>> orders;
  for (int i = 0; i < 500; ++i) orders.insert(ColourJitter{}.draw(random).order);
  EXPECT_EQ(orders.size(), 24U);
}

TEST(ToGray, PutsLumaIntoAllThreeColours) {
  AugmentSample sample = pixel(200, 100, 50);
  ToGray::apply(sample, {});
  EXPECT_EQ(first_pixel(sample), cv::Vec3b(124, 124, 124));
}

TEST(ChannelDropout, LeavesAtLeastOneColour) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    AugmentSample sample = pixel(100, 110, 120);
    ChannelDropout::apply(sample, {9, 7, seed});
    const cv::Vec3b left = first_pixel(sample);
    EXPECT_EQ((left[0] != 7) + (left[1] != 7) + (left[2] != 7), 1);
  }
}

TEST(ColourTransforms, KeepLabelsAndBandsThatAreNoColours) {
  for (const std::string& name : kColours) {
    SCOPED_TRACE(name);
    // Blue, height, green, red, near infrared.
    AugmentSample sample = made_sample(64, 64, CV_8UC(5));
    sample.rgb = {3, 2, 0};
    const AugmentSample before = test::copy_of(sample);
    Random random(11);
    test::only(name).apply(sample, random);
    EXPECT_TRUE(equal(sample.labels, before.labels));
    for (const int band : {1, 4}) {
      cv::Mat a, b;
      cv::extractChannel(sample.image, a, band);
      cv::extractChannel(before.image, b, band);
      EXPECT_TRUE(equal(a, b)) << band;
    }
    EXPECT_FALSE(equal(sample.image, before.image));
  }
}

TEST(ColourTransforms, FindRedGreenAndBlueWhereverTheyAre) {
  for (const std::string& name : kColours) {
    SCOPED_TRACE(name);
    AugmentSample rgb = made_sample();
    AugmentSample bgr = test::copy_of(rgb);
    bgr.rgb = {2, 1, 0};
    std::vector<cv::Mat> planes;
    cv::split(rgb.image, planes);
    std::swap(planes[0], planes[2]);
    cv::merge(planes, bgr.image);
    for (AugmentSample* sample : {&rgb, &bgr}) {
      Random random(12);
      test::only(name).apply(*sample, random);
    }
    cv::split(bgr.image, planes);
    std::swap(planes[0], planes[2]);
    cv::merge(planes, bgr.image);
    EXPECT_TRUE(equal(rgb.image, bgr.image));
  }
}

TEST(ColourTransforms, ThatNeedThreeColoursSkipASampleWithoutThem) {
  for (const std::string& name : kColours) {
    SCOPED_TRACE(name);
    AugmentSample gray = made_sample(64, 64, CV_8UC1);
    Random random(13);
    test::only(name).apply(gray, random);
    static const std::set<std::string> kThree = {
        "rgb-shift", "hue-saturation-value", "colour-jitter", "clahe",
        "to-gray",   "channel-shuffle",      "iso-noise",     "channel-dropout"};
    EXPECT_EQ(equal(gray, made_sample(64, 64, CV_8UC1)), kThree.count(name) > 0);
  }
}

TEST(ColourTransforms, TreatFloatsLikeBytesButDoNotTruncate) {
  for (const std::string& name : kColours) {
    SCOPED_TRACE(name);
    AugmentSample bytes = made_sample();
    AugmentSample floats = made_sample(64, 64, CV_32FC3);
    for (AugmentSample* sample : {&bytes, &floats}) {
      Random random(21);
      test::only(name).apply(*sample, random);
    }
    EXPECT_EQ(floats.image.type(), CV_32FC3);
    EXPECT_TRUE(cv::checkRange(floats.image, true, nullptr, -0.001, 255.001));
    cv::Mat as_floats;
    bytes.image.convertTo(as_floats, CV_32F);
    const double difference = cv::norm(as_floats, floats.image, cv::NORM_L1) / (64 * 64 * 3);
    EXPECT_LT(difference, name == "clahe" ? 4 : 2);
  }
}

TEST(ColourTransforms, ClipFloatsToTheScale) {
  AugmentSample sample{
      cv::Mat(1, 1, CV_32FC3, cv::Scalar(-5, 100.25, 300)), cv::Mat::zeros(1, 1, CV_8UC1), {0, 1, 2}};
  BrightnessContrast::apply(sample, {1, 0.1, true});
  EXPECT_EQ(sample.image.at<cv::Vec3f>(0, 0), cv::Vec3f(20.5F, 125.75F, 255));
}

}  // namespace
}  // namespace orthocover::augment
