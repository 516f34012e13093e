#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <vector>

#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// One image from another; the argument's pixels stay as they are.
using ImageOperation = std::function<cv::Mat(const cv::Mat&)>;

/// An OpenCV operation on an image of any number of bands: at once for one, three and four, else in groups of
/// such numbers, as not every function of OpenCV takes others.
cv::Mat by_groups(const cv::Mat& image, const ImageOperation& operation);

/// Replaces the bands that are colours: those of `rgb` in the order red, green, blue, or all bands where the
/// sample names none.
void change_colours(AugmentSample& sample, const ImageOperation& operation);

/// Replaces red, green and blue; does nothing to a sample that has none.
void change_rgb(AugmentSample& sample, const ImageOperation& operation);

/// Value to value.
using Curve = std::function<double(double)>;

/// Every value through a curve, clipped to 0..255; bytes are truncated, not rounded.
cv::Mat map_values(const cv::Mat& image, const Curve& curve);
/// @param curves one a band
cv::Mat map_values(const cv::Mat& image, const std::vector<Curve>& curves);

/// value * gain + offset, calculated in 32-bit floats.
struct Line {
  float gain = 1;
  float offset = 0;
};

/// As map_values(), faster.
/// @param lines one a band, or one for all
cv::Mat map_linear(const cv::Mat& image, const std::vector<Line>& lines);

/// Floats clipped to 0..255; bytes as they are.
cv::Mat clipped(const cv::Mat& image);

/// Clipped to 0..255 and truncated: what becomes of a calculated value in an image of bytes.
inline std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(value <= 0 ? 0 : value >= 255 ? 255 : value);
}

}  // namespace orthocover::augment
