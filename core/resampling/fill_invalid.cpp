#include "core/resampling/fill_invalid.h"

#include <algorithm>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace orthocover {
namespace {

struct Place {
  std::int32_t col = 0;
  std::int32_t row = 0;
};

/// Place of every label that cv::distanceTransform gave to a valid pixel.
std::vector<Place> place_of_label(const PixelBlock& block, const cv::Mat& labels) {
  std::vector<Place> places;
  for (int row = 0; row < labels.rows; ++row) {
    const auto* label = labels.ptr<std::int32_t>(row);
    const std::uint8_t* valid = block.valid.data() + row * block.cols;
    for (int col = 0; col < labels.cols; ++col) {
      if (!valid[col]) continue;
      const auto l = static_cast<std::size_t>(label[col]);
      if (l >= places.size()) places.resize(std::max(l + 1, 2 * places.size()));
      places[l] = {col, row};
    }
  }
  return places;
}

}  // namespace

void fill_invalid(PixelBlock& block) {
  const bool all_valid = std::memchr(block.valid.data(), 0, block.valid.size()) == nullptr;
  const bool none_valid = std::memchr(block.valid.data(), 1, block.valid.size()) == nullptr;
  if (all_valid || none_valid) return;
  const auto cols = static_cast<int>(block.cols);
  const auto rows = static_cast<int>(block.rows);
  const cv::Mat valid(rows, cols, CV_8U, block.valid.data());
  cv::Mat distance;
  cv::Mat labels;
  cv::distanceTransform(valid == 0, distance, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  const std::vector<Place> places = place_of_label(block, labels);
  const auto index = [&](std::int64_t col, std::int64_t row) { return row * block.cols + col; };
  for (int row = 0; row < rows; ++row) {
    const auto* label = labels.ptr<std::int32_t>(row);
    for (int col = 0; col < cols; ++col) {
      const std::int64_t to = index(col, row);
      if (block.valid[static_cast<std::size_t>(to)]) continue;
      const Place& nearest = places[static_cast<std::size_t>(label[col])];
      const int mirror_col = 2 * nearest.col - col;
      const int mirror_row = 2 * nearest.row - row;
      const bool inside = mirror_col >= 0 && mirror_col < cols && mirror_row >= 0 && mirror_row < rows;
      const std::int64_t mirror = inside ? index(mirror_col, mirror_row) : 0;
      const std::int64_t from =
          inside && block.valid[static_cast<std::size_t>(mirror)] ? mirror : index(nearest.col, nearest.row);
      for (int band = 0; band < block.bands; ++band) block.band(band)[to] = block.band(band)[from];
    }
  }
}

}  // namespace orthocover
