#include "core/geometry/box_index.h"

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

/// Cells a side: about one box in each cell for many boxes, never more than 512 x 512.
std::int64_t cells_a_side(std::size_t boxes) {
  return std::clamp<std::int64_t>(std::llround(std::sqrt(static_cast<double>(boxes))), 1, 512);
}

/// A box over more cells is kept apart.
constexpr std::int64_t kMaxCells = 64;

}  // namespace

BoxIndex::BoxIndex(std::vector<Window> boxes) : m_boxes(std::move(boxes)) {
  for (const Window& box : m_boxes) m_extent = unite(m_extent, box);
  if (m_extent.empty()) return;
  const std::int64_t cells = cells_a_side(m_boxes.size());
  m_cell_px = std::max<std::int64_t>(1, (std::max(m_extent.cols, m_extent.rows) + cells - 1) / cells);
  m_cell_cols = (m_extent.cols + m_cell_px - 1) / m_cell_px;
  const std::int64_t cell_rows = (m_extent.rows + m_cell_px - 1) / m_cell_px;
  m_numbers = ItemsByOwner(static_cast<std::size_t>(m_cell_cols * cell_rows));
  const auto for_cells = [&](const auto& act) {
    for (std::size_t number = 0; number < m_boxes.size(); ++number) {
      const Window cells_under = cells_of(m_boxes[number]);
      if (cells_under.pixels() > kMaxCells) continue;
      for (std::int64_t row = cells_under.row; row < cells_under.bottom(); ++row) {
        for (std::int64_t col = cells_under.col; col < cells_under.right(); ++col)
          act(static_cast<std::size_t>(row * m_cell_cols + col), static_cast<std::uint32_t>(number));
      }
    }
  };
  for_cells([&](std::size_t cell, std::uint32_t) { m_numbers.count(cell); });
  m_numbers.end_of_counting();
  for_cells([&](std::size_t cell, std::uint32_t number) { m_numbers.put(cell, number); });
  for (std::size_t number = 0; number < m_boxes.size(); ++number) {
    if (cells_of(m_boxes[number]).pixels() > kMaxCells) m_large.push_back(static_cast<std::uint32_t>(number));
  }
}

Window BoxIndex::cells_of(const Window& window) const {
  const Window inside = intersect(window, m_extent);
  if (inside.empty()) return {};
  const std::int64_t col = (inside.col - m_extent.col) / m_cell_px;
  const std::int64_t row = (inside.row - m_extent.row) / m_cell_px;
  return {col, row, (inside.right() - 1 - m_extent.col) / m_cell_px - col + 1,
          (inside.bottom() - 1 - m_extent.row) / m_cell_px - row + 1};
}

std::vector<std::size_t> BoxIndex::meeting(const Window& window) const {
  std::vector<std::size_t> found;
  const auto add = [&](std::uint32_t number) {
    if (!intersect(m_boxes[number], window).empty()) found.push_back(number);
  };
  const Window cells = cells_of(window);
  for (std::int64_t row = cells.row; row < cells.bottom(); ++row) {
    for (std::int64_t col = cells.col; col < cells.right(); ++col) {
      std::ranges::for_each(m_numbers.of(static_cast<std::size_t>(row * m_cell_cols + col)), add);
    }
  }
  for (const std::uint32_t number : m_large) add(number);
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

Window centre_of(const Window& window) {
  return {window.col + window.cols / 2, window.row + window.rows / 2, 1, 1};
}

std::vector<Window> cut_out(const Window& window, const std::vector<Window>& holes) {
  std::vector<Window> left = {window};
  for (const Window& hole : holes) {
    std::vector<Window> next;
    for (const Window& part : left) {
      const Window common = intersect(part, hole);
      if (common.empty()) {
        next.push_back(part);
        continue;
      }
      const auto keep = [&](std::int64_t col, std::int64_t row, std::int64_t right, std::int64_t bottom) {
        if (right > col && bottom > row) next.push_back({col, row, right - col, bottom - row});
      };
      keep(part.col, part.row, part.right(), common.row);
      keep(part.col, common.bottom(), part.right(), part.bottom());
      keep(part.col, common.row, common.col, common.bottom());
      keep(common.right(), common.row, part.right(), common.bottom());
    }
    left = std::move(next);
  }
  return left;
}

}  // namespace orthocover
