#pragma once

#include <cmath>
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

/// Pixels of a raster per pixel of a grid over it, along each axis: two numbers where pixels aren't square.
struct PixelScale {
  double x = 1;
  double y = 1;

  PixelScale(double both = 1) : x(both), y(both) {}  // NOLINT(google-explicit-constructor): mostly one number
  PixelScale(double along_x, double along_y) : x(along_x), y(along_y) {}

  /// Of a grid whose pixels are square on the ground.
  /// @param mean of both axes
  /// @param aspect width of the raster's pixels by their height
  static PixelScale of_square(double mean, double aspect) {
    const double root = std::sqrt(aspect);
    return {mean / root, mean * root};
  }

  double mean() const { return x == y ? x : std::sqrt(x * y); }
  PixelScale inverse() const { return {1 / x, 1 / y}; }

  friend PixelScale operator*(const PixelScale& scale, double by) { return {scale.x * by, scale.y * by}; }
  friend bool operator==(const PixelScale&, const PixelScale&) = default;
};

/// The common part of two windows; empty (cols or rows 0) where they do not meet.
Window intersect(const Window& a, const Window& b);

/// The smallest window around both; an empty one counts for nothing.
Window unite(const Window& a, const Window& b);

/// `window` grown by `margin_px` on every side.
Window expand(const Window& window, std::int64_t margin_px);
Window expand(const Window& window, std::int64_t margin_cols, std::int64_t margin_rows);

/// The whole pixels that a window of another grid has a part in.
/// @param scale of these pixels per pixel of that grid
Window pixels_under(const Window& window, const PixelScale& scale);

/// A window of a part of a scene in pixels of the scene.
/// @param part the part, in those pixels
inline Window in_scene(const Window& part, const Window& window) {
  return {part.col + window.col, part.row + window.row, window.cols, window.rows};
}

/// `col,row cols x rows`, for messages.
std::string to_string(const Window& window);

}  // namespace orthocover
