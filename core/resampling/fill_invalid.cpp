#include "core/resampling/fill_invalid.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace orthocover {
namespace {

/// Position of every label that cv::distanceTransform gave to a valid pixel.
std::vector<std::int64_t> position_of_label(const PixelBlock& block, const cv::Mat& labels) {
  std::vector<std::int64_t> position;
  const auto* label = labels.ptr<std::int32_t>();
  for (std::int64_t i = 0; i < block.cols * block.rows; ++i) {
    if (!block.valid[static_cast<std::size_t>(i)]) continue;
    const auto l = static_cast<std::size_t>(label[i]);
    if (l >= position.size()) position.resize(std::max(l + 1, 2 * position.size()));
    position[l] = i;
  }
  return position;
}

}  // namespace

void fill_invalid(PixelBlock& block) {
  const bool all_valid = std::ranges::find(block.valid, 0) == block.valid.end();
  const bool none_valid = std::ranges::find(block.valid, 1) == block.valid.end();
  if (all_valid || none_valid) return;
  const auto cols = static_cast<int>(block.cols);
  const auto rows = static_cast<int>(block.rows);
  const cv::Mat valid(rows, cols, CV_8U, block.valid.data());
  cv::Mat distance;
  cv::Mat labels;
  cv::distanceTransform(valid == 0, distance, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  const auto position = position_of_label(block, labels);
  const auto* label = labels.ptr<std::int32_t>();
  for (std::int64_t i = 0; i < block.cols * block.rows; ++i) {
    if (block.valid[static_cast<std::size_t>(i)]) continue;
    const std::int64_t nearest = position[static_cast<std::size_t>(label[i])];
    const std::int64_t col = 2 * (nearest % block.cols) - i % block.cols;
    const std::int64_t row = 2 * (nearest / block.cols) - i / block.cols;
    const bool inside = col >= 0 && col < block.cols && row >= 0 && row < block.rows;
    const std::int64_t mirror = row * block.cols + col;
    const std::int64_t from = inside && block.valid[static_cast<std::size_t>(mirror)] ? mirror : nearest;
    for (int band = 0; band < block.bands; ++band) block.band(band)[i] = block.band(band)[from];
  }
}

}  // namespace orthocover
