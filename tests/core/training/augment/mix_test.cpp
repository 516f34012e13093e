#include "core/training/augment/mix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "made_sample.h"

namespace orthocover {
namespace {

using test::made_sample;

AugmentSample bright() {
  AugmentSample sample = made_sample();
  sample.image.setTo(cv::Scalar::all(250));
  for (auto& label : cv::Mat_<std::uint8_t>(sample.labels))
    label = label == kIgnoreLabel ? kIgnoreLabel : static_cast<std::uint8_t>(label + 10);
  return sample;
}

TEST(CutMix, PutsARectangleOfTheSecondIntoTheFirst) {
  AugmentSample a = made_sample();
  const AugmentSample b = bright();
  const cv::Rect rectangle(8, 16, 20, 10);
  cut_mix(a, b, rectangle);
  EXPECT_TRUE(test::equal(a.image(rectangle), b.image(rectangle)));
  EXPECT_TRUE(test::equal(a.labels(rectangle), b.labels(rectangle)));
  EXPECT_TRUE(test::equal(a.image.colRange(28, 64), made_sample().image.colRange(28, 64)));
  EXPECT_TRUE(test::equal(a.labels.rowRange(0, 16), made_sample().labels.rowRange(0, 16)));
}

TEST(CutMix, DrawsRectanglesOfItsArea) {
  Random random(2);
  augment::CutMix mix;
  mix.area = {0.25, 0.25};
  for (int i = 0; i < 100; ++i) {
    const cv::Rect rectangle = mix.draw(random, {100, 60});
    EXPECT_EQ(rectangle.size(), cv::Size(50, 30));
    EXPECT_EQ(rectangle & cv::Rect(0, 0, 100, 60), rectangle);
  }
}

TEST(ClassMix, PutsThePixelsOfSomeClassesIntoTheFirst) {
  const AugmentSample before = made_sample();
  AugmentSample a = before;
  const AugmentSample b = bright();
  class_mix(a, b, {11, 13, 255});
  for (int row = 0; row < 64; ++row) {
    for (int col = 0; col < 64; ++col) {
      const int label = b.labels.at<std::uint8_t>(row, col);
      const bool taken = label == 11 || label == 13;
      ASSERT_EQ(a.labels.at<std::uint8_t>(row, col),
                taken ? label : before.labels.at<std::uint8_t>(row, col));
      ASSERT_EQ(a.image.at<cv::Vec3b>(row, col) == cv::Vec3b(250, 250, 250), taken);
    }
  }
}

TEST(ClassMix, DrawsAShareOfTheClassesThatAreThere) {
  Random random(3);
  augment::ClassMix mix;
  std::set<int> seen;
  for (int i = 0; i < 100; ++i) {
    const std::set<int> classes = mix.draw(random, bright().labels);
    EXPECT_EQ(classes.size(), 2U);
    seen.insert(classes.begin(), classes.end());
  }
  EXPECT_EQ(seen, (std::set<int>{10, 11, 12, 13}));
  mix.share = 0;
  EXPECT_EQ(mix.draw(random, bright().labels).size(), 1U);
  EXPECT_TRUE(mix.draw(random, cv::Mat(4, 4, CV_8UC1, cv::Scalar(kIgnoreLabel))).empty());
}

TEST(Mixing, LeavesTheSecondSampleAndSharedPixelsAsTheyAre) {
  const AugmentSample original = made_sample();
  AugmentSample a = original;
  const AugmentSample b = bright();
  cut_mix(a, b, {0, 0, 64, 64});
  EXPECT_TRUE(test::equal(original, made_sample()));
  EXPECT_TRUE(test::equal(b, bright()));
}

TEST(Mixing, RefusesSamplesThatDiffer) {
  AugmentSample a = made_sample();
  const auto message = [&](const AugmentSample& b, const cv::Rect& rectangle) -> std::string {
    try {
      cut_mix(a, b, rectangle);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(made_sample(32, 64), {0, 0, 1, 1}),
            "samples of 64 x 64 px CV_8UC3 and 32 x 64 px CV_8UC3 can't be mixed");
  EXPECT_EQ(message(made_sample(), {60, 0, 8, 8}),
            "cut-mix: the rectangle at 60,0 of 8 x 8 px is outside the sample");
}

}  // namespace
}  // namespace orthocover
