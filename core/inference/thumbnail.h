#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// A small copy of a map: every step-th pixel of every step-th row.
struct Thumbnail {
  std::int64_t step = 1;  ///< map pixels per thumbnail pixel
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::vector<std::uint8_t> values;  ///< @shape [rows, cols]

  Thumbnail() = default;
  /// Of a map of map_cols x map_rows pixels.
  /// @param longest_px upper limit of the longer side
  Thumbnail(std::int64_t map_cols, std::int64_t map_rows, std::int64_t longest_px)
      : step((std::max(map_cols, map_rows) + longest_px - 1) / longest_px),
        cols((map_cols + step - 1) / step),
        rows((map_rows + step - 1) / step),
        values(static_cast<std::size_t>(cols * rows)) {}

  /// Takes what it needs of a block of the map. Different blocks may come from several threads at once.
  /// @param pixels @shape [window.rows, window.cols]
  void add(const Window& window, std::span<const std::uint8_t> pixels) {
    const auto first = [this](std::int64_t at) { return (at + step - 1) / step * step; };
    for (std::int64_t row = first(window.row); row < window.bottom(); row += step) {
      for (std::int64_t col = first(window.col); col < window.right(); col += step) {
        values[static_cast<std::size_t>(row / step * cols + col / step)] =
            pixels[static_cast<std::size_t>((row - window.row) * window.cols + col - window.col)];
      }
    }
  }
};

}  // namespace orthocover
