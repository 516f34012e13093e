#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/vectorize/class_rows.h"
#include "core/vectorize/disjoint_sets.h"

namespace orthocover::vectorize {

/// A set of pixels of equal code inside a strip that are joined by edges.
struct Component {
  std::uint16_t code = 0;
  bool from_above = false;     ///< holds a pixel of the context row
  bool at_bottom = false;      ///< holds a pixel of the strip's last row
  std::int32_t first_row = 0;  ///< first pixel in reading order, context row left out
  std::int32_t first_col = 0;
  std::int32_t last_row = 0;
  std::int64_t pixels = 0;  ///< context row left out
};

/// Which component every run of a strip belongs to. A strip is some rows of the raster, preceded by one
/// context row: the last one of the strip above.
class StripLabels {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  /// @param rows context row first; where the strip is the raster's first, that row is empty
  /// @param diagonals also lists the components of equal code that touch at a corner
  StripLabels(const ClassRows& rows, bool diagonals);

  /// Component of each run of a row: one per change (the run to its left) and one for what follows the last;
  /// kNone for runs of code 0.
  std::span<const std::uint32_t> row(std::int64_t row) const {
    const auto i = static_cast<std::size_t>(row - m_first_row);
    return {m_labels.data() + m_begin[i], m_begin[i + 1] - m_begin[i]};
  }
  /// In reading order of their first pixel, context row included.
  const std::vector<Component>& components() const { return m_components; }
  /// Pairs of components that touch at a corner, some more than once.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>>& diagonals() const { return m_diagonals; }

 private:
  std::uint32_t* labels_from(std::int64_t row) {
    return m_labels.data() + m_begin[static_cast<std::size_t>(row - m_first_row)];
  }
  void number_components(DisjointSets& sets);
  void measure_row(std::int64_t y, std::span<const std::int32_t> changes,
                   std::span<const std::uint16_t> codes, bool is_last);

  std::int64_t m_first_row;
  std::vector<std::size_t> m_begin = {0};
  std::vector<std::uint32_t> m_labels;
  std::vector<Component> m_components;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> m_diagonals;
};

}  // namespace orthocover::vectorize
