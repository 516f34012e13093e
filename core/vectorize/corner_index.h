#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "core/vectorize/corner_rows.h"

namespace orthocover::vectorize {

/// Finds corners of boundaries by place, over several strips.
class CornerIndex {
 public:
  /// @param strip_rows grid rows of every strip; the last one may have more or fewer
  explicit CornerIndex(std::int64_t strip_rows) : m_strip_rows(strip_rows) {}

  /// Adds the strip below the last one.
  void add(std::shared_ptr<const CornerRows> strip) { m_strips.push_back(std::move(strip)); }
  /// Forgets strips that end above a row.
  void drop_before(std::int64_t row) {
    while (!m_strips.empty() && m_strips.front()->end_row() <= row) m_strips.pop_front();
  }

  bool has_row(std::int64_t row) const {
    return !m_strips.empty() && row >= m_strips.front()->first_row() && row < m_strips.back()->end_row();
  }
  /// Columns of the corners in a row that has_row(), ascending.
  std::span<const std::int32_t> columns(std::int64_t row) const { return strip(row).columns(row); }

  /// Columns of the vertical edges that lead down from a row that has_row(), where strips keep them.
  std::span<const std::int32_t> vertical_edges(std::int64_t row) const {
    return strip(row).vertical_edges(row);
  }

  /// Bits of the edges that leave a corner; nothing where there is none.
  std::optional<std::uint8_t> edges_at(const GridPoint& point) const;
  /// The corner at the other end of an edge, nothing when it lies outside `first_row`..`last_row` or is not
  /// known.
  std::optional<GridPoint> follow(const GridPoint& corner, Direction direction, std::int64_t first_row,
                                  std::int64_t last_row) const;

 private:
  const CornerRows& strip(std::int64_t row) const {
    const std::int64_t i = (row - m_strips.front()->first_row()) / m_strip_rows;
    return *m_strips[std::min(static_cast<std::size_t>(i), m_strips.size() - 1)];
  }

  std::int64_t m_strip_rows;
  std::deque<std::shared_ptr<const CornerRows>> m_strips;
};

}  // namespace orthocover::vectorize
