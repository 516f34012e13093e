#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace orthocover::vectorize {

/// Where the runs of a row begin and end; the last one goes on beyond the raster.
struct RowRuns {
  std::span<const std::int32_t> changes;

  std::size_t runs() const { return changes.size() + 1; }
  std::int32_t start(std::size_t run) const { return run == 0 ? 0 : changes[run - 1]; }
  std::int32_t end(std::size_t run) const { return run < changes.size() ? changes[run] : INT32_MAX; }
};

/// Pixel rows of a class raster as runs. Left and right of the raster, and below rows that are not there,
/// lies code 0.
class ClassRows {
 public:
  explicit ClassRows(std::int64_t first_row = 0) : m_first_row(first_row) {}

  std::int64_t first_row() const { return m_first_row; }
  std::int64_t end_row() const { return m_first_row + rows(); }
  std::int64_t rows() const { return static_cast<std::int64_t>(m_begin.size()) - 1; }

  /// Columns at which the code changes, ascending, from 0 to the raster's width.
  std::span<const std::int32_t> changes(std::int64_t row) const {
    const std::size_t i = index(row);
    return {m_changes.data() + m_begin[i], m_begin[i + 1] - m_begin[i]};
  }
  /// For each change the code to its left; right of the last one is 0.
  std::span<const std::uint16_t> codes(std::int64_t row) const {
    const std::size_t i = index(row);
    return {m_codes.data() + m_begin[i], m_begin[i + 1] - m_begin[i]};
  }
  /// Changes in all rows together, a measure of how much there is to do.
  std::size_t change_count() const { return m_changes.size(); }

  /// Adds the next row.
  void append(std::span<const std::uint16_t> pixels);
  /// Adds the next row as runs; neighbours of equal code are joined.
  /// @param ends one past the last column of each run, ascending
  void append_runs(std::span<const std::int32_t> ends, std::span<const std::uint16_t> codes);
  /// Adds the next row as a copy of another's.
  void append_row_of(const ClassRows& other, std::int64_t row);

 private:
  std::size_t index(std::int64_t row) const { return static_cast<std::size_t>(row - m_first_row); }

  std::int64_t m_first_row;
  std::vector<std::size_t> m_begin = {0};
  std::vector<std::int32_t> m_changes;
  std::vector<std::uint16_t> m_codes;
};

}  // namespace orthocover::vectorize
