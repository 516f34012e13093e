#pragma once

#include <set>
#include <string>

#include "core/base/random.h"
#include "core/legend/legend.h"
#include "core/training/augment/pipeline.h"

namespace orthocover::test {

/// A picture with structure at all scales and classes 0..3 in bands, some pixels ignored.
/// @param type CV_8UC(n) or CV_32FC(n)
inline AugmentSample made_sample(int cols = 64, int rows = 64, int type = CV_8UC3) {
  AugmentSample sample;
  cv::Mat bytes(rows, cols, CV_8UC(CV_MAT_CN(type)));
  sample.labels.create(rows, cols, CV_8UC1);
  Random random(7);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      for (int band = 0; band < bytes.channels(); ++band) {
        const int value = 40 + 30 * band + 2 * col + row + static_cast<int>(random.index(20));
        bytes.ptr(row, col)[band] = static_cast<std::uint8_t>(value % 256);
      }
      sample.labels.at<std::uint8_t>(row, col) =
          static_cast<std::uint8_t>(random.chance(0.05) ? kIgnoreLabel : (col + row / 2) / 9 % 4);
    }
  }
  bytes.convertTo(sample.image, CV_MAT_DEPTH(type));
  if (bytes.channels() >= 3) sample.rgb = {0, 1, 2};
  return sample;
}

inline bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

inline bool equal(const AugmentSample& a, const AugmentSample& b) {
  return equal(a.image, b.image) && equal(a.labels, b.labels);
}

inline AugmentSample copy_of(const AugmentSample& sample) {
  return {sample.image.clone(), sample.labels.clone(), sample.rgb};
}

inline std::set<int> values_of(const cv::Mat& labels) {
  std::set<int> values;
  for (const std::uint8_t value : cv::Mat_<std::uint8_t>(labels)) values.insert(value);
  return values;
}

/// A pipeline of one transform that is always applied.
inline AugmentationPipeline only(const std::string& name, nlohmann::json keys = nlohmann::json::object()) {
  keys["name"] = name;
  keys["p"] = 1;
  return AugmentationPipeline::from_json({{"transforms", {keys}}}, "test");
}

/// One pixel, bytes.
inline AugmentSample pixel(int red, int green, int blue) {
  return {cv::Mat(1, 1, CV_8UC3, cv::Scalar(red, green, blue)), cv::Mat::zeros(1, 1, CV_8UC1), {0, 1, 2}};
}

inline cv::Vec3b first_pixel(const AugmentSample& sample) {
  return sample.image.at<cv::Vec3b>(0, 0);
}

}  // namespace orthocover::test
