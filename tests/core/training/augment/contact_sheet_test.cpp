#include "core/training/augment/contact_sheet.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "core/base/error.h"
#include "made_sample.h"

namespace orthocover {
namespace {

using test::made_sample;

ContactSheet sheet_of(const AugmentSample& sample, std::size_t rows = 2, std::size_t columns = 3) {
  ContactSheet sheet{"a title", {}, {}};
  sheet.rows.assign(rows, std::vector<SheetCell>(columns, SheetCell{sample, "one, two"}));
  return sheet;
}

cv::Mat drawn(const ContactSheet& sheet) {
  return cv::imdecode(draw_contact_sheet(sheet), cv::IMREAD_COLOR);
}

/// Pixels of exactly this colour.
int count(const cv::Mat& page, const cv::Scalar& bgr) {
  cv::Mat mask;
  cv::inRange(page, bgr, bgr, mask);
  return cv::countNonZero(mask);
}

AugmentSample flat(int type, const cv::Scalar& value) {
  AugmentSample sample{
      cv::Mat(200, 200, type, value), cv::Mat(200, 200, CV_8UC1, cv::Scalar(kIgnoreLabel)), {}};
  if (sample.image.channels() >= 3) sample.rgb = {0, 1, 2};
  return sample;
}

TEST(ContactSheet, ShowsEveryPatchInItsColours) {
  const cv::Mat page = drawn(sheet_of(flat(CV_8UC3, cv::Scalar(200, 120, 10))));
  EXPECT_EQ(count(page, cv::Scalar(10, 120, 200)), 6 * 200 * 200);
}

TEST(ContactSheet, TakesColoursFromWhereTheyAre) {
  AugmentSample sample = flat(CV_8UC(5), cv::Scalar(0));
  std::vector<cv::Mat> planes;
  for (const int value : {9, 10, 120, 200, 7}) planes.emplace_back(200, 200, CV_8UC1, cv::Scalar(value));
  cv::merge(planes, sample.image);
  sample.rgb = {3, 2, 1};
  EXPECT_EQ(count(drawn(sheet_of(sample, 1, 1)), cv::Scalar(10, 120, 200)), 200 * 200);
}

TEST(ContactSheet, StretchesValuesThatAreNoBytesByTheOriginals) {
  AugmentSample original = flat(CV_32FC1, cv::Scalar(2));
  original.image.colRange(100, 200).setTo(4);
  ContactSheet sheet = sheet_of(original, 1, 2);
  sheet.rows[0][1].sample = flat(CV_32FC1, cv::Scalar(3));
  const cv::Mat page = drawn(sheet);
  EXPECT_EQ(count(page, cv::Scalar::all(0)), 100 * 200);
  EXPECT_GE(count(page, cv::Scalar::all(128)), 200 * 200);
}

TEST(ContactSheet, EnlargesSmallPatchesByWholeNumbers) {
  AugmentSample sample = flat(CV_8UC3, cv::Scalar(200, 120, 10));
  sample.image = sample.image(cv::Rect(0, 0, 64, 64)).clone();
  sample.labels = sample.labels(cv::Rect(0, 0, 64, 64)).clone();
  EXPECT_EQ(count(drawn(sheet_of(sample, 1, 1)), cv::Scalar(10, 120, 200)), 192 * 192);
}

TEST(ContactSheet, OutlinesLabelsAndNamesTheClassesThatOccur) {
  ContactSheet sheet = sheet_of(flat(CV_8UC3, cv::Scalar(100, 100, 100)), 1, 1);
  sheet.rows[0][0].sample.labels(cv::Rect(50, 50, 40, 40)).setTo(1);
  sheet.legend = Legend({{1, "grass", {10, 200, 30}, ""}, {2, "roof", {250, 40, 60}, ""}});
  const cv::Mat page = drawn(sheet);
  // The outline is two pixels wide, the swatch in the legend has 18 a side.
  EXPECT_EQ(count(page, cv::Scalar(60, 40, 250)), 40 * 40 - 36 * 36 + 18 * 18);
  EXPECT_EQ(count(page, cv::Scalar(30, 200, 10)), 0);
  EXPECT_GE(count(page, cv::Scalar(94, 92, 121)), 36 * 36);  // 0.86 * 100 + 0.14 * the class's colour
}

TEST(ContactSheet, RefusesToBeEmpty) {
  EXPECT_THROW(draw_contact_sheet({}), Error);
}

}  // namespace
}  // namespace orthocover
