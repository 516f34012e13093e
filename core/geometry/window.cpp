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
  return {window.col - margin_px, window.row - margin_px, window.cols + 2 * margin_px,
          window.rows + 2 * margin_px};
}

std::string to_string(const Window& window) {
  return fmt::format("{},{} {} x {}", window.col, window.row, window.cols, window.rows);
}

}  // namespace orthocover
