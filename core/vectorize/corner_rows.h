#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/vectorize/class_rows.h"
#include "core/vectorize/grid_point.h"

namespace orthocover::vectorize {

/// The corners of all boundaries in some rows of the pixel grid: where a boundary turns, ends or branches.
/// Grid row y lies between pixel rows y - 1 and y.
class CornerRows {
 public:
  explicit CornerRows(std::int64_t first_row = 0) : m_first_row(first_row) {}

  std::int64_t first_row() const { return m_first_row; }
  std::int64_t end_row() const { return m_first_row + static_cast<std::int64_t>(m_begin.size()) - 1; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(m_columns.size()); }

  /// Columns of a row's corners, ascending.
  std::span<const std::int32_t> columns(std::int64_t row) const {
    return {m_columns.data() + begin(row), begin(row + 1) - begin(row)};
  }
  /// Position of a row's first corner among all.
  std::uint32_t begin(std::int64_t row) const { return m_begin[static_cast<std::size_t>(row - m_first_row)]; }
  std::int32_t column(std::uint32_t corner) const { return m_columns[corner]; }
  /// Bits of the directions in which edges leave a corner.
  std::uint8_t edges(std::uint32_t corner) const { return m_edges[corner]; }
  /// Whether three or four edges meet here: a point that no simplification moves.
  bool is_node(std::uint32_t corner) const { return std::popcount(m_edges[corner]) > 2; }

  /// Columns of the vertical edges that lead down from a grid row; only after keep_pixel_rows().
  std::span<const std::int32_t> vertical_edges(std::int64_t row) const {
    if (!m_pixel_rows || row >= m_pixel_rows->end_row()) return {};
    return m_pixel_rows->changes(row);
  }
  /// For those who ask for vertical_edges().
  void keep_pixel_rows(std::shared_ptr<const ClassRows> rows) { m_pixel_rows = std::move(rows); }

  /// Adds a corner to the row that is being filled.
  void add(std::int32_t column, std::uint8_t edges) {
    m_columns.push_back(column);
    m_edges.push_back(edges);
  }
  void end_of_row() { m_begin.push_back(size()); }

 private:
  std::int64_t m_first_row;
  std::vector<std::uint32_t> m_begin = {0};
  std::vector<std::int32_t> m_columns;
  std::vector<std::uint8_t> m_edges;
  std::shared_ptr<const ClassRows> m_pixel_rows;
};

}  // namespace orthocover::vectorize
