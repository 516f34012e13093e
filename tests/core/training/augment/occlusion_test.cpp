#include "core/training/augment/occlusion.h"

#include <gtest/gtest.h>

#include "made_sample.h"

namespace orthocover::augment {
namespace {

using test::made_sample;

TEST(CoarseDropout, EmptiesRectanglesAndIgnoresTheirLabels) {
  for (const int type : {CV_8UC3, CV_8UC(5), CV_32FC(6)}) {
    AugmentSample sample = made_sample(64, 64, type);
    const AugmentSample before = test::copy_of(sample);
    drop_rectangles(sample, {{10, 20, 6, 4}}, 9, true);
    const cv::Mat hole = sample.image(cv::Rect(10, 20, 6, 4)).clone().reshape(1);
    EXPECT_EQ(cv::countNonZero(hole != 9), 0);
    EXPECT_EQ(test::values_of(sample.labels(cv::Rect(10, 20, 6, 4)).clone()), std::set<int>{kIgnoreLabel});
    EXPECT_TRUE(test::equal(sample.image(cv::Rect(16, 0, 48, 64)), before.image(cv::Rect(16, 0, 48, 64))));
    EXPECT_TRUE(test::equal(sample.labels.rowRange(24, 64), before.labels.rowRange(24, 64)));
  }
}

TEST(CoarseDropout, MayKeepTheLabels) {
  AugmentSample sample = made_sample();
  drop_rectangles(sample, {{10, 20, 6, 4}}, 0, false);
  EXPECT_TRUE(test::equal(sample.labels, made_sample().labels));
}

TEST(CoarseDropout, DrawsAsManyHolesOfSuchSizesAsItIsTold) {
  Random random(6);
  CoarseDropout transform;
  transform.holes = {2, 4};
  std::set<std::size_t> counts;
  for (int i = 0; i < 200; ++i) {
    const CoarseDropout::Drawn drawn = transform.draw(random);
    counts.insert(drawn.holes.size());
    for (const cv::Rect2d& hole : drawn.holes) EXPECT_TRUE(hole.width >= 0.05 && hole.width < 0.15);
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{2, 3, 4}));
}

TEST(Shadow, DarkensTheInsideOfItsPolygon) {
  AugmentSample sample{
      cv::Mat(20, 20, CV_8UC3, cv::Scalar(101, 50, 200)), cv::Mat::zeros(20, 20, CV_8UC1), {0, 1, 2}};
  darken(sample, {{{5, 5}, {14, 5}, {14, 14}, {5, 14}}}, 0.5);
  EXPECT_EQ(sample.image.at<cv::Vec3b>(10, 10), cv::Vec3b(50, 25, 100));
  EXPECT_EQ(sample.image.at<cv::Vec3b>(2, 2), cv::Vec3b(101, 50, 200));
}

TEST(Fog, DrawsValuesTowardsItsLight) {
  AugmentSample sample{
      cv::Mat(8, 8, CV_8UC3, cv::Scalar(0, 100, 240)), cv::Mat::zeros(8, 8, CV_8UC1), {0, 1, 2}};
  Fog::apply(sample, {0.25, 200, 0, 1});
  EXPECT_EQ(test::first_pixel(sample), cv::Vec3b(50, 125, 230));
}

TEST(Fog, IsDenserInSomePlacesThanInOthers) {
  AugmentSample sample{cv::Mat::zeros(64, 64, CV_32FC1), cv::Mat::zeros(64, 64, CV_8UC1), {}};
  Fog::apply(sample, {0.4, 250, 0.5, 8});
  double low = 0;
  double high = 0;
  cv::minMaxLoc(sample.image, &low, &high);
  EXPECT_LT(low, 90);
  EXPECT_GT(high, 110);
  EXPECT_LE(high, 0.4 * 1.5 * 250);
}

}  // namespace
}  // namespace orthocover::augment
