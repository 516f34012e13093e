#pragma once

#include <cstdint>
#include <string>

namespace orthocover {

/// A rectangle of raster pixels: [col, col + cols) x [row, row + rows).
struct Window {
  std::int64_t col = 0;
  std::int64_t row = 0;
  std::int64_t cols = 0;
  std::int64_t rows = 0;

  std::int64_t right() const { return col + cols; }
  std::int64_t bottom() const { return row + rows; }
  std::int64_t pixels() const { return cols * rows; }
  bool empty() const { return cols <= 0 || rows <= 0; }
  bool contains(const Window& inner) const {
    return inner.col >= col && inner.row >= row && inner.right() <= right() && inner.bottom() <= bottom();
  }

  friend bool operator==(const Window&, const Window&) = default;
};

/// The common part of two windows; empty (cols or rows 0) where they do not meet.
Window intersect(const Window& a, const Window& b);

/// The smallest window around both; an empty one counts for nothing.
Window unite(const Window& a, const Window& b);

/// `window` grown by `margin_px` on every side.
Window expand(const Window& window, std::int64_t margin_px);

/// `col,row cols x rows`, for messages.
std::string to_string(const Window& window);

}  // namespace orthocover
