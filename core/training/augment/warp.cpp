#include "core/training/augment/warp.h"

#include <functional>
#include <opencv2/imgproc.hpp>

#include "core/legend/legend.h"
#include "core/training/augment/bands.h"

namespace orthocover::augment {
namespace {

/// (from, interpolation, border mode, border value) -> to
using Warp = std::function<cv::Mat(const cv::Mat&, int, int, const cv::Scalar&)>;

void apply_warp(AugmentSample& sample, const Border& border, const Warp& warp) {
  const int image_mode = border.mode == BorderMode::Constant ? cv::BORDER_CONSTANT : cv::BORDER_REFLECT_101;
  const int label_mode =
      border.mode == BorderMode::ReflectLabels ? cv::BORDER_REFLECT_101 : cv::BORDER_CONSTANT;
  sample.image = by_groups(sample.image, [&](const cv::Mat& image) {
    return warp(image, cv::INTER_LINEAR, image_mode, cv::Scalar::all(border.fill));
  });
  sample.labels = warp(sample.labels, cv::INTER_NEAREST, label_mode, cv::Scalar::all(kIgnoreLabel));
}

}  // namespace

void warp_affine(AugmentSample& sample, const cv::Matx23d& matrix, const Border& border) {
  apply_warp(sample, border, [&](const cv::Mat& from, int interpolation, int mode, const cv::Scalar& value) {
    cv::Mat to;
    cv::warpAffine(from, to, matrix, from.size(), interpolation, mode, value);
    return to;
  });
}

void warp_perspective(AugmentSample& sample, const cv::Matx33d& matrix, cv::Size size, const Border& border) {
  apply_warp(sample, border, [&](const cv::Mat& from, int interpolation, int mode, const cv::Scalar& value) {
    cv::Mat to;
    cv::warpPerspective(from, to, matrix, size, interpolation, mode, value);
    return to;
  });
}

void warp_by_maps(AugmentSample& sample, const cv::Mat& cols, const cv::Mat& rows, const Border& border) {
  apply_warp(sample, border, [&](const cv::Mat& from, int interpolation, int mode, const cv::Scalar& value) {
    cv::Mat to;
    cv::remap(from, to, cols, rows, interpolation, mode, value);
    return to;
  });
}

void crop(AugmentSample& sample, const cv::Rect& window) {
  // A copy: filters would look beyond the rim of a view.
  sample.image = sample.image(window).clone();
  sample.labels = sample.labels(window).clone();
}

cv::Rect placed(cv::Size whole, cv::Size size, double across, double down) {
  return {static_cast<int>((whole.width - size.width + 1) * across),
          static_cast<int>((whole.height - size.height + 1) * down), size.width, size.height};
}

void pad(AugmentSample& sample, const Margins& margins, const Border& border) {
  apply_warp(sample, border, [&](const cv::Mat& from, int, int mode, const cv::Scalar& value) {
    cv::Mat to;
    cv::copyMakeBorder(from, to, margins.top, margins.bottom, margins.left, margins.right,
                       mode | cv::BORDER_ISOLATED, value);
    return to;
  });
}

void resize(AugmentSample& sample, cv::Size size, int interpolation) {
  const auto resized = [&](const cv::Mat& from, int how) {
    cv::Mat to;
    cv::resize(from, to, size, 0, 0, how);
    return to;
  };
  sample.image = by_groups(sample.image, [&](const cv::Mat& image) { return resized(image, interpolation); });
  sample.labels = resized(sample.labels, cv::INTER_NEAREST_EXACT);
}

}  // namespace orthocover::augment
