#include <gtest/gtest.h>

#include <cmath>

#include "core/training/augment/affine.h"
#include "core/training/augment/crops.h"
#include "core/training/augment/distortion.h"
#include "core/training/augment/symmetry.h"
#include "made_sample.h"

namespace orthocover::augment {
namespace {

using test::equal;
using test::made_sample;

const std::vector<std::string> kMovers = {
    "horizontal-flip",    "vertical-flip", "transpose",   "rot90",           "d4",      "shift-scale-rotate",
    "random-crop",        "affine",        "perspective", "grid-distortion", "elastic", "optical-distortion",
    "random-resized-crop"};

AugmentSample moved(AugmentSample sample, const Symmetry& symmetry) {
  apply_symmetry(sample, symmetry);
  return sample;
}

TEST(Symmetry, FlippingTwiceChangesNothing) {
  const AugmentSample sample = made_sample(48, 32);
  for (const Symmetry flip :
       {Symmetry{false, true, false}, Symmetry{false, false, true}, Symmetry{true, false, false}})
    EXPECT_TRUE(equal(moved(moved(sample, flip), flip), sample));
}

TEST(Symmetry, FourQuarterTurnsChangeNothingAndOneIsCounterClockwise) {
  AugmentSample sample = made_sample(48, 32);
  sample.image.at<cv::Vec3b>(0, 47) = {1, 2, 3};
  const AugmentSample once = moved(sample, Symmetry::quarter_turns(1));
  EXPECT_EQ(once.image.size(), cv::Size(32, 48));
  EXPECT_EQ(once.image.at<cv::Vec3b>(0, 0), cv::Vec3b(1, 2, 3));
  EXPECT_TRUE(equal(moved(once, Symmetry::quarter_turns(3)), sample));
  EXPECT_TRUE(equal(moved(moved(sample, Symmetry::quarter_turns(2)), Symmetry::quarter_turns(-2)), sample));
  EXPECT_EQ(Symmetry::quarter_turns(4), Symmetry{});
}

TEST(Symmetry, AllEightElementsComeAboutEquallyOften) {
  Random random(1);
  std::vector<int> counts(8);
  for (int i = 0; i < 8000; ++i) {
    const Symmetry s = D4{}.draw(random).symmetry;
    ++counts[static_cast<std::size_t>(4 * s.transposed + 2 * s.mirrored + s.flipped)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 120);
}

TEST(Symmetry, ASampleThatIsNotSquareKeepsItsSize) {
  AugmentSample sample = made_sample(48, 32);
  Transpose::apply(sample, {{true, false, false}});
  EXPECT_TRUE(equal(sample, made_sample(48, 32)));
  Rot90::apply(sample, {Symmetry::quarter_turns(1)});
  EXPECT_TRUE(equal(sample, moved(made_sample(48, 32), {false, false, true})));
}

TEST(Geometry, ImageAndLabelsMoveTogether) {
  // Labels written into the image: wherever the moved image has a label's exact value, the moved label is it.
  for (const std::string& name : kMovers) {
    SCOPED_TRACE(name);
    AugmentSample sample = made_sample(64, 64, CV_8UC1);
    for (int row = 0; row < 64; ++row) {
      for (int col = 0; col < 64; ++col) {
        sample.labels.at<std::uint8_t>(row, col) = static_cast<std::uint8_t>(row / 16 * 4 + col / 16);
        sample.image.at<std::uint8_t>(row, col) = static_cast<std::uint8_t>(10 * (row / 16 * 4 + col / 16));
      }
    }
    Random random(5);
    test::only(name).apply(sample, random);
    int agree = 0;
    int known = 0;
    for (int row = 0; row < 64; ++row) {
      for (int col = 0; col < 64; ++col) {
        const int label = sample.labels.at<std::uint8_t>(row, col);
        if (label == kIgnoreLabel) continue;
        ++known;
        agree += std::abs(sample.image.at<std::uint8_t>(row, col) - 10 * label) <= 1;
      }
    }
    EXPECT_GT(known, 1500);
    EXPECT_GT(agree, 0.8 * known);  // all but the bilinear rims of the squares
  }
}

TEST(Geometry, LabelsNeverGetANewClass) {
  for (const std::string& name : kMovers) {
    SCOPED_TRACE(name);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      AugmentSample sample = made_sample();
      Random random(seed);
      test::only(name).apply(sample, random);
      for (const int label : test::values_of(sample.labels)) EXPECT_TRUE(label <= 3 || label == kIgnoreLabel);
      EXPECT_EQ(sample.image.size(), cv::Size(64, 64));
    }
  }
}

TEST(Geometry, FourBandsAndMoreMoveLikeThree) {
  for (const std::string& name : kMovers) {
    SCOPED_TRACE(name);
    for (const int bands : {2, 5, 7}) {
      AugmentSample many = made_sample(64, 64, CV_8UC(bands));
      AugmentSample one = many;
      cv::extractChannel(many.image, one.image, bands - 1);
      one.rgb.clear();
      for (AugmentSample* sample : {&many, &one}) {
        Random random(3);
        test::only(name).apply(*sample, random);
      }
      cv::Mat last;
      cv::extractChannel(many.image, last, bands - 1);
      EXPECT_TRUE(equal(last, one.image));
      EXPECT_TRUE(equal(many.labels, one.labels));
    }
  }
}

TEST(Geometry, BeyondTheRimTheImageIsReflectedOrFilledAndLabelsAreIgnored) {
  const ShiftScaleRotate::Drawn half_out{0, 1, 0.5, 0, {BorderMode::Constant, 77}};
  AugmentSample filled = made_sample();
  ShiftScaleRotate::apply(filled, half_out);
  EXPECT_EQ(filled.image.at<cv::Vec3b>(10, 5), cv::Vec3b(77, 77, 77));
  EXPECT_EQ(filled.labels.at<std::uint8_t>(10, 5), kIgnoreLabel);
  EXPECT_TRUE(equal(filled.image.colRange(32, 64), made_sample().image.colRange(0, 32)));
  EXPECT_TRUE(equal(filled.labels.colRange(32, 64), made_sample().labels.colRange(0, 32)));

  AugmentSample reflected = made_sample();
  ShiftScaleRotate::Drawn drawn = half_out;
  drawn.border = {BorderMode::Reflect, 0};
  ShiftScaleRotate::apply(reflected, drawn);
  EXPECT_EQ(reflected.image.at<cv::Vec3b>(10, 31), made_sample().image.at<cv::Vec3b>(10, 1));
  EXPECT_EQ(reflected.labels.at<std::uint8_t>(10, 31), kIgnoreLabel);

  AugmentSample both = made_sample();
  drawn.border = {BorderMode::ReflectLabels, 0};
  ShiftScaleRotate::apply(both, drawn);
  EXPECT_EQ(both.labels.at<std::uint8_t>(10, 31), made_sample().labels.at<std::uint8_t>(10, 1));
}

TEST(ShiftScaleRotate, TurnsCounterClockwiseForPositiveAngles) {
  AugmentSample sample = made_sample(65, 65);
  const AugmentSample turned = moved(sample, Symmetry::quarter_turns(1));
  ShiftScaleRotate::apply(sample, {90, 1, 0, 0, {}});
  EXPECT_LE(cv::norm(sample.image, turned.image, cv::NORM_INF), 1);
}

TEST(ShiftScaleRotate, DrawsEvenlyFromItsRanges) {
  Random random(2);
  ShiftScaleRotate transform;
  transform.rotate = {-10, 30};
  transform.scale = {0.5, 0.7};
  double sum = 0;
  for (int i = 0; i < 4000; ++i) {
    const ShiftScaleRotate::Drawn drawn = transform.draw(random);
    ASSERT_TRUE(drawn.angle_deg >= -10 && drawn.angle_deg < 30);
    ASSERT_TRUE(drawn.scale >= 0.5 && drawn.scale < 0.7);
    ASSERT_LE(std::abs(drawn.across), 0.0625);
    sum += drawn.angle_deg;
  }
  EXPECT_NEAR(sum / 4000, 10, 0.6);
}

TEST(Affine, WithoutChangesIsTheIdentityAndShearLeansTheRightWay) {
  const cv::Matx23d still = Affine::matrix({}, {64, 48});
  EXPECT_LT(cv::norm(still - cv::Matx23d(1, 0, 0, 0, 1, 0)), 1e-12);
  Affine::Drawn drawn;
  drawn.shear_x_deg = 45;
  const cv::Matx23d sheared = Affine::matrix(drawn, {64, 48});
  EXPECT_NEAR(sheared(0, 1), -1, 1e-12);
  EXPECT_NEAR(sheared(1, 1), 1, 1e-12);
}

TEST(Affine, OneScaleForBothAxesUnlessToldOtherwise) {
  Random random(1);
  Affine transform;
  const Affine::Drawn one = transform.draw(random);
  EXPECT_EQ(one.scale_x, one.scale_y);
  transform.keep_ratio = false;
  const Affine::Drawn two = transform.draw(random);
  EXPECT_NE(two.scale_x, two.scale_y);
}

TEST(Crops, LieInsideAndHaveTheDrawnAreaAndShape) {
  Random random(4);
  RandomResizedCrop transform;
  transform.scale = {0.25, 0.5};
  for (int i = 0; i < 500; ++i) {
    const cv::Rect window = crop_window(transform.draw(random), {100, 80});
    EXPECT_EQ(window & cv::Rect(0, 0, 100, 80), window);
    const double area = window.area() / 8000.0;
    EXPECT_TRUE(area > 0.23 && area < 0.53) << area;
  }
}

TEST(Crops, TakeTheLargestAllowedPartWhereNoneFits) {
  Random random(4);
  RandomResizedCrop transform;
  transform.scale = {1, 1};
  transform.ratio = {2, 3};
  const DrawnCrop drawn = transform.draw(random);
  EXPECT_EQ(drawn.width, 1);
  EXPECT_EQ(drawn.height, 0.5);
}

TEST(Crops, AWholePartChangesNothing) {
  AugmentSample sample = made_sample();
  RandomCrop::apply(sample, {1, 1, 0.7, 0.3});
  EXPECT_TRUE(equal(sample, made_sample()));
}

TEST(Distortions, OfStrengthZeroChangeNothing) {
  AugmentSample sample = made_sample();
  Elastic::apply(sample, {0, 6, 1, {}});
  EXPECT_TRUE(equal(sample, made_sample()));
}

TEST(GridDistortion, StretchesItsCells) {
  AugmentSample sample{cv::Mat(4, 100, CV_32FC1), cv::Mat::zeros(4, 100, CV_8UC1), {}};
  for (int col = 0; col < 100; ++col) sample.image.col(col).setTo(col);
  GridDistortion::apply(sample, {{1.5, 1, 0}, {1, 1, 1}, {}});
  // The first half of the result shows the first three quarters.
  EXPECT_NEAR(sample.image.at<float>(2, 25), 38, 1);
  EXPECT_NEAR(sample.image.at<float>(2, 49), 75, 1);
}

TEST(GridDistortion, NeverGoesBackWhateverTheRestBehindTheLastCell) {
  for (const int steps : {1, 14, 20, 27, 32}) {
    AugmentSample sample{cv::Mat(4, 96, CV_32FC1), cv::Mat::zeros(4, 96, CV_8UC1), {}};
    for (int col = 0; col < 96; ++col) sample.image.col(col).setTo(col);
    const std::vector<double> even(static_cast<std::size_t>(steps) + 1, 1);
    GridDistortion::apply(sample, {even, even, {}});
    for (int col = 0; col < 96; ++col) EXPECT_NEAR(sample.image.at<float>(2, col), col, 1.01) << steps;
  }
}

TEST(OpticalDistortion, DrawsTheRimInwardsForPositiveCoefficients) {
  AugmentSample sample{cv::Mat(101, 101, CV_32FC1), cv::Mat::zeros(101, 101, CV_8UC1), {}};
  for (int col = 0; col < 101; ++col) sample.image.col(col).setTo(col);
  OpticalDistortion::apply(sample, {0.5, 0, 0, {}});
  EXPECT_NEAR(sample.image.at<float>(50, 50), 50.5, 0.1);
  // x = 0.2, stretch 1 + 0.5 * (0.04 + 0.0016)
  EXPECT_NEAR(sample.image.at<float>(50, 70), 50.5 + 101 * 20.0 / 101 * 1.0208, 0.2);
}

TEST(Distortions, SmallSamplesAreNoError) {
  for (const std::string& name : kMovers) {
    AugmentSample sample = made_sample(3, 2);
    Random random(1);
    EXPECT_NO_THROW(test::only(name).apply(sample, random)) << name;
    EXPECT_EQ(sample.image.size(), cv::Size(3, 2));
  }
}

TEST(Perspective, KeepsTheCornersInOrder) {
  Random random(9);
  Perspective transform;
  transform.scale = {0.3, 0.3};
  for (int i = 0; i < 500; ++i) {
    const auto corners = transform.draw(random).corners;
    EXPECT_LT(corners[0].x, corners[1].x);
    EXPECT_LT(corners[3].x, corners[2].x);
    EXPECT_LT(corners[0].y, corners[3].y);
    EXPECT_LT(corners[1].y, corners[2].y);
  }
}

}  // namespace
}  // namespace orthocover::augment
