#include "core/inference/scores/score_rows.h"

#include <algorithm>

#include "core/base/rows.h"
#include "core/inference/scores/fusion.h"

namespace orthocover {

RowInterpolator::RowInterpolator(LinearTaps rows, LinearTaps cols, std::int64_t plane_cols, int planes)
    : m_rows(std::move(rows)),
      m_cols(std::move(cols)),
      m_plane_cols(plane_cols),
      m_copies_cols(is_copy(m_cols)),
      m_planes(static_cast<std::size_t>(planes)) {
  if (m_copies_cols) return;
  for (Plane& plane : m_planes)
    for (auto& targets : plane.targets) targets.resize(m_cols.low.size());
}

void RowInterpolator::set_plane(int number, const float* cells) {
  Plane& plane = m_planes[static_cast<std::size_t>(number)];
  plane.cells = cells;
  plane.stretched = {-1, -1};
}

const float* RowInterpolator::row(int plane, std::int64_t row, float* out) {
  const auto at = static_cast<std::size_t>(row);
  Plane& from = m_planes[static_cast<std::size_t>(plane)];
  const float* low = stretched(from, m_rows.low[at]);
  if (m_rows.share[at] == 0) return low;
  rows::blend(low, stretched(from, m_rows.high[at]), m_rows.share[at],
              static_cast<std::int64_t>(m_cols.low.size()), out);
  return out;
}

const float* RowInterpolator::stretched(Plane& plane, std::int64_t cell_row) {
  const float* cells = plane.cells + cell_row * m_plane_cols;
  if (m_copies_cols) return cells + m_cols.low.front();
  const auto slot = static_cast<std::size_t>(cell_row % 2);
  std::vector<float>& targets = plane.targets[slot];
  if (plane.stretched[slot] == cell_row) return targets.data();
  plane.stretched[slot] = cell_row;
  rows::blend_at(cells, m_cols.low.data(), m_cols.high.data(), m_cols.share.data(),
                 static_cast<std::int64_t>(targets.size()), targets.data());
  return targets.data();
}

void RowMaximum::resize(std::int64_t cols) {
  m_best.resize(static_cast<std::size_t>(cols));
  m_index.resize(m_best.size());
}

void RowMaximum::add(int class_index, const float* scores) {
  if (class_index == 0) {
    std::copy_n(scores, m_best.size(), m_best.begin());
    std::ranges::fill(m_index, 0);
    return;
  }
  rows::raise(scores, class_index, static_cast<std::int64_t>(m_best.size()), m_best.data(), m_index.data());
}

void RowMaximum::write(std::uint8_t* to) const {
  for (std::size_t i = 0; i < m_index.size(); ++i)
    to[i] = m_best[i] == m_best[i] ? static_cast<std::uint8_t>(m_index[i]) : kNoNumbers;
}

CellMaximum::CellMaximum(const float* scores, std::int64_t rows, std::int64_t cols, int classes)
    : m_scores(scores),
      m_rows(rows),
      m_cols(cols),
      m_classes(classes),
      m_class_of_cell(static_cast<std::size_t>(rows * cols)),
      m_common(static_cast<std::size_t>(cols)) {
  RowMaximum maximum(cols);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (int c = 0; c < classes; ++c) maximum.add(c, scores + (c * rows + row) * cols);
    maximum.write(m_class_of_cell.data() + row * cols);
  }
}

std::vector<CellMaximum::Run> CellMaximum::runs_of(const LinearTaps& cols) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < cols.low.size(); ++i) {
    if (runs.empty() || runs.back().left != cols.low[i] || runs.back().right != cols.high[i])
      runs.push_back({i, i, cols.low[i], cols.high[i]});
    runs.back().end = i + 1;
  }
  return runs;
}

void CellMaximum::write(const LinearTaps& rows, const LinearTaps& cols, std::uint8_t* to) {
  const std::vector<Run> runs = runs_of(cols);
  for (std::size_t begin = 0; begin < rows.low.size();) {
    Strip strip{begin, begin + 1, rows.low[begin], rows.high[begin]};
    while (strip.end < rows.low.size() && rows.low[strip.end] == strip.upper &&
           rows.high[strip.end] == strip.lower)
      ++strip.end;
    fill_between_equals(strip, runs, to);
    if (!m_others.empty()) interpolate_others(strip, rows, cols, to);
    begin = strip.end;
  }
}

void CellMaximum::fill_between_equals(const Strip& strip, const std::vector<Run>& runs, std::uint8_t* to) {
  const std::uint8_t* upper = m_class_of_cell.data() + strip.upper * m_cols;
  const std::uint8_t* lower = m_class_of_cell.data() + strip.lower * m_cols;
  for (std::size_t col = 0; col < m_common.size(); ++col)
    m_common[col] = upper[col] == lower[col] ? upper[col] : kNoNumbers;
  m_others.clear();
  const std::size_t count = runs.back().end;
  std::uint8_t* const first_row = to + strip.begin * count;
  for (const Run& run : runs) {
    const std::uint8_t left = m_common[static_cast<std::size_t>(run.left)];
    const std::uint8_t right = m_common[static_cast<std::size_t>(run.right)];
    if (left == right && left != kNoNumbers)
      std::fill(first_row + run.begin, first_row + run.end, left);
    else
      for (std::size_t i = run.begin; i < run.end; ++i) m_others.push_back(i);
  }
  for (std::size_t row = strip.begin + 1; row < strip.end; ++row)
    std::copy_n(first_row, count, to + row * count);
}

void CellMaximum::interpolate_others(const Strip& strip, const LinearTaps& rows, const LinearTaps& cols,
                                     std::uint8_t* to) {
  const std::size_t columns = m_others.size();
  const auto width = static_cast<std::int64_t>(columns);
  const std::size_t count = (strip.end - strip.begin) * columns;
  m_taps.low.resize(columns);
  m_taps.high.resize(columns);
  m_taps.share.resize(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    m_taps.low[i] = cols.low[m_others[i]];
    m_taps.high[i] = cols.high[m_others[i]];
    m_taps.share[i] = cols.share[m_others[i]];
  }
  stretch(strip.upper, m_taps, m_upper);
  stretch(strip.lower, m_taps, m_lower);
  m_between.resize(count);
  m_maximum.resize(static_cast<std::int64_t>(count));
  for (int c = 0; c < m_classes; ++c) {
    const float* const upper = m_upper.data() + c * width;
    float* between = m_between.data();
    for (std::size_t row = strip.begin; row < strip.end; ++row, between += columns) {
      if (rows.share[row] == 0)
        std::copy_n(upper, columns, between);
      else
        rows::blend(upper, m_lower.data() + c * width, rows.share[row], width, between);
    }
    m_maximum.add(c, m_between.data());
  }
  m_classes_between.resize(count);
  m_maximum.write(m_classes_between.data());
  const std::uint8_t* found = m_classes_between.data();
  for (std::size_t row = strip.begin; row < strip.end; ++row)
    for (const std::size_t column : m_others) to[row * cols.low.size() + column] = *found++;
}

/// The scores of all classes in a row of cells, interpolated along it.
void CellMaximum::stretch(std::int64_t cell_row, const LinearTaps& cols, Buffer<float>& out) const {
  const std::size_t columns = cols.low.size();
  out.resize(columns * static_cast<std::size_t>(m_classes));
  for (int c = 0; c < m_classes; ++c)
    rows::blend_at(m_scores + (c * m_rows + cell_row) * m_cols, cols.low.data(), cols.high.data(),
                   cols.share.data(), static_cast<std::int64_t>(columns),
                   out.data() + c * static_cast<std::int64_t>(columns));
}

}  // namespace orthocover
