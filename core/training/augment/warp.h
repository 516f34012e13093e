#pragma once

#include <opencv2/core.hpp>

#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// What stands where a moved image has no pixels. Labels are ignored there, unless they are reflected too.
enum class BorderMode { Reflect, Constant, ReflectLabels };

struct Border {
  BorderMode mode = BorderMode::Reflect;
  double fill = 0;  ///< of Constant
};

/// Moves pixels; bilinear for the image, nearest for the labels. The size stays.
/// @param matrix source to destination pixels
void warp_affine(AugmentSample& sample, const cv::Matx23d& matrix, const Border& border);

/// @param size of the result
void warp_perspective(AugmentSample& sample, const cv::Matx33d& matrix, cv::Size size, const Border& border);

/// @param cols, rows CV_32FC1: where each pixel of the result is taken from
void warp_by_maps(AugmentSample& sample, const cv::Mat& cols, const cv::Mat& rows, const Border& border);

/// The part of a sample in a rectangle inside it.
void crop(AugmentSample& sample, const cv::Rect& window);

/// Rectangle of `size` inside `whole`, at a place given by two numbers in 0..1.
cv::Rect placed(cv::Size whole, cv::Size size, double across, double down);

struct Margins {
  int top = 0;
  int bottom = 0;
  int left = 0;
  int right = 0;
};
void pad(AugmentSample& sample, const Margins& margins, const Border& border);

/// @param interpolation of the image, OpenCV's; labels by nearest
void resize(AugmentSample& sample, cv::Size size, int interpolation);

}  // namespace orthocover::augment
