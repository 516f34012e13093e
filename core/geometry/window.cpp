#include "core/geometry/window.h"

#include <fmt/format.h>

#include <algorithm>

namespace orthocover {

Window intersect(const Window& a, const Window& b) {
  const std::int64_t col = std::max(a.col, b.col);
  const std::int64_t row = std::max(a.row, b.row);
  return {col, row, std::max<std::int64_t>(0, std::min(a.right(), b.right()) - col),
          std::max<std::int64_t>(0, std::min(a.bottom(), b.bottom()) - row)};
}

Window unite(const Window& a, const Window& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  const std::int64_t col = std::min(a.col, b.col);
  const std::int64_t row = std::min(a.row, b.row);
  return {col, row, std::max(a.right(), b.right()) - col, std::max(a.bottom(), b.bottom()) - row};
}

Window expand(const Window& window, std::int64_t margin_px) {
  return expand(window, margin_px, margin_px);
}

Window expand(const Window& window, std::int64_t margin_cols, std::int64_t margin_rows) {
  return {window.col - margin_cols, window.row - margin_rows, window.cols + 2 * margin_cols,
          window.rows + 2 * margin_rows};
}

Window pixels_under(const Window& window, const PixelScale& scale) {
  const auto from = [](std::int64_t at, double by) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(at) * by));
  };
  const auto end = [](std::int64_t at, double by) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(at) * by));
  };
  const std::int64_t col = from(window.col, scale.x);
  const std::int64_t row = from(window.row, scale.y);
  return {col, row, end(window.right(), scale.x) - col, end(window.bottom(), scale.y) - row};
}

std::string to_string(const Window& window) {
  return fmt::format("{},{} {} x {}", window.col, window.row, window.cols, window.rows);
}

}  // namespace orthocover
