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

/// From a pixel to the next on the way to the nearest valid one, at most: a knight's move.
constexpr std::int64_t kStepPx = 2;

/// A part of a block with all its invalid pixels and the valid ones that are nearest to them.
Window part_with_invalid(const std::vector<std::uint8_t>& valid, const Window& block) {
  Window found;
  for (std::int64_t row = 0; row < block.rows; ++row) {
    const std::uint8_t* const line = valid.data() + row * block.cols;
    const void* const first = std::memchr(line, 0, static_cast<std::size_t>(block.cols));
    if (first == nullptr) continue;
    std::int64_t end = block.cols;
    while (line[end - 1] != 0) --end;
    const std::int64_t col = static_cast<const std::uint8_t*>(first) - line;
    found = unite(found, {col, row, end - col, 1});
  }
  return intersect(expand(found, kStepPx), block);
}

/// Place in the block of every label that cv::distanceTransform gave to a valid pixel of a part of it.
std::vector<Place> place_of_label(const cv::Mat& valid, const cv::Mat& labels, const Place& corner) {
  std::vector<Place> places;
  for (int row = 0; row < labels.rows; ++row) {
    const auto* label = labels.ptr<std::int32_t>(row);
    const auto* is_valid = valid.ptr<std::uint8_t>(row);
    for (int col = 0; col < labels.cols; ++col) {
      if (!is_valid[col]) continue;
      const auto l = static_cast<std::size_t>(label[col]);
      if (l >= places.size()) places.resize(std::max(l + 1, 2 * places.size()));
      places[l] = {corner.col + col, corner.row + row};
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
  const Window all{0, 0, block.cols, block.rows};
  const Window part = part_with_invalid(block.valid, all);
  const Place corner{static_cast<std::int32_t>(part.col), static_cast<std::int32_t>(part.row)};
  const cv::Mat whole(static_cast<int>(block.rows), static_cast<int>(block.cols), CV_8U, block.valid.data());
  const cv::Mat valid =
      whole(cv::Rect(corner.col, corner.row, static_cast<int>(part.cols), static_cast<int>(part.rows)));
  cv::Mat distance;
  cv::Mat labels;
  cv::distanceTransform(valid == 0, distance, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  const std::vector<Place> places = place_of_label(valid, labels, corner);
  const auto index = [&](const Place& at) { return static_cast<std::size_t>(at.row * block.cols + at.col); };
  for (int row = 0; row < valid.rows; ++row) {
    const auto* label = labels.ptr<std::int32_t>(row);
    const auto* is_valid = valid.ptr<std::uint8_t>(row);
    for (int col = 0; col < valid.cols; ++col) {
      if (is_valid[col]) continue;
      const Place at{corner.col + col, corner.row + row};
      const Place& nearest = places[static_cast<std::size_t>(label[col])];
      const Place mirror{2 * nearest.col - at.col, 2 * nearest.row - at.row};
      const bool is_mirrored =
          all.contains({mirror.col, mirror.row, 1, 1}) && block.valid[index(mirror)] != 0;
      const std::size_t from = index(is_mirrored ? mirror : nearest);
      for (int band = 0; band < block.bands; ++band) block.band(band)[index(at)] = block.band(band)[from];
    }
  }
}

template void fill_invalid(PixelBlock& block);
template void fill_invalid(ByteBlock& block);

}  // namespace orthocover
