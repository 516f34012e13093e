#include "core/resampling/fill_invalid.h"

#include <algorithm>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

namespace orthocover {
namespace {

struct Place {
  std::int32_t col = 0;
  std::int32_t row = 0;
};

/// Place of every label that cv::distanceTransform gave to a valid pixel.
std::vector<Place> place_of_label(const std::vector<std::uint8_t>& valid_pixels, const cv::Mat& labels) {
  std::vector<Place> places;
  for (int row = 0; row < labels.rows; ++row) {
    const auto* label = labels.ptr<std::int32_t>(row);
    const std::uint8_t* valid = valid_pixels.data() + static_cast<std::ptrdiff_t>(row) * labels.cols;
    for (int col = 0; col < labels.cols; ++col) {
      if (!valid[col]) continue;
      const auto l = static_cast<std::size_t>(label[col]);
      if (l >= places.size()) places.resize(std::max(l + 1, 2 * places.size()));
      places[l] = {col, row};
    }
  }
  return places;
}

/// The valid pixels, if they fill a rectangle, as those of a patch over the rim of a scene mostly do.
template <class Value>
std::optional<Window> valid_rectangle(const PixelBlockOf<Value>& block) {
  const std::uint8_t* begin = block.valid.data();
  const std::uint8_t* first = std::find(begin, begin + block.valid.size(), 1);
  const std::int64_t behind = block.valid.rend() - std::find(block.valid.rbegin(), block.valid.rend(), 1);
  const std::int64_t top = (first - begin) / block.cols;
  const std::int64_t rows = (behind - 1) / block.cols - top + 1;
  const std::uint8_t* line = begin + top * block.cols;
  const std::uint8_t* end = std::find(first, line + block.cols, 0);
  if (std::find(end, line + block.cols, 1) != line + block.cols) return std::nullopt;
  for (std::int64_t row = 1; row < rows; ++row)
    if (!std::equal(line, line + block.cols, line + row * block.cols)) return std::nullopt;
  return Window{first - line, top, end - first, rows};
}

/// The same as below: the nearest valid pixel is known.
template <class Value>
void fill_around(const Window& valid, PixelBlockOf<Value>& block) {
  const auto nearest = [](std::int64_t i, std::int64_t first, std::int64_t end) {
    return std::clamp(i, first, end - 1);
  };
  for (int band = 0; band < block.bands; ++band) {
    for (std::int64_t row = 0; row < block.rows; ++row) {
      const std::int64_t near_row = nearest(row, valid.row, valid.bottom());
      const std::int64_t mirror_row = 2 * near_row - row;
      const bool is_row_valid = mirror_row >= valid.row && mirror_row < valid.bottom();
      const Value* near = block.band(band) + near_row * block.cols;
      const Value* mirror = is_row_valid ? block.band(band) + mirror_row * block.cols : near;
      Value* to = block.band(band) + row * block.cols;
      const auto fill = [&](std::int64_t from, std::int64_t end) {
        for (std::int64_t col = from; col < end; ++col) {
          const std::int64_t near_col = nearest(col, valid.col, valid.right());
          const std::int64_t mirror_col = 2 * near_col - col;
          const bool is_valid = is_row_valid && mirror_col >= valid.col && mirror_col < valid.right();
          to[col] = is_valid ? mirror[mirror_col] : near[near_col];
        }
      };
      fill(0, valid.col);
      if (row != near_row) std::copy_n(mirror + valid.col, valid.cols, to + valid.col);
      fill(valid.right(), block.cols);
    }
  }
}

}  // namespace

template <class Value>
void fill_invalid(PixelBlockOf<Value>& block) {
  const bool all_valid = std::memchr(block.valid.data(), 0, block.valid.size()) == nullptr;
  const bool none_valid = std::memchr(block.valid.data(), 1, block.valid.size()) == nullptr;
  if (all_valid || none_valid) return;
  if (const auto rectangle = valid_rectangle(block)) return fill_around(*rectangle, block);
  const auto cols = static_cast<int>(block.cols);
  const auto rows = static_cast<int>(block.rows);
  const cv::Mat valid(rows, cols, CV_8U, block.valid.data());
  cv::Mat distance;
  cv::Mat labels;
  cv::distanceTransform(valid == 0, distance, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  const std::vector<Place> places = place_of_label(block.valid, labels);
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

template void fill_invalid(PixelBlock& block);
template void fill_invalid(ByteBlock& block);

}  // namespace orthocover
