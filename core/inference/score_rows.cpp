#include "core/inference/score_rows.h"

#include <algorithm>

#include "core/base/rows.h"
#include "core/inference/fusion.h"

namespace orthocover {
namespace {

/// Whether every target is the source of the next position, so that there is nothing to interpolate.
bool is_copy(const LinearTaps& taps) {
  for (std::size_t i = 0; i < taps.low.size(); ++i) {
    if (taps.share[i] != 0 || taps.low[i] != taps.low[0] + static_cast<std::int32_t>(i)) return false;
  }
  return true;
}

LinearTaps part_of(const LinearTaps& taps, std::size_t begin, std::size_t end) {
  const auto part = [&](const auto& all) {
    return std::vector(all.begin() + static_cast<std::ptrdiff_t>(begin),
                       all.begin() + static_cast<std::ptrdiff_t>(end));
  };
  return {part(taps.low), part(taps.high), part(taps.share)};
}

}  // namespace

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

RowMaximum::RowMaximum(std::int64_t cols) : m_best(static_cast<std::size_t>(cols)), m_index(m_best.size()) {}

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

void CellMaximum::write(const LinearTaps& rows, const LinearTaps& cols, std::uint8_t* to) {
  for (std::size_t begin = 0; begin < rows.low.size();) {
    Strip strip{begin, begin + 1, rows.low[begin], rows.high[begin]};
    while (strip.end < rows.low.size() && rows.low[strip.end] == strip.upper &&
           rows.high[strip.end] == strip.lower)
      ++strip.end;
    fill_between_equals(strip, cols, to);
    if (!m_columns.empty()) interpolate_others(strip, rows, cols.low.size(), to);
    begin = strip.end;
  }
}

void CellMaximum::fill_between_equals(const Strip& strip, const LinearTaps& cols, std::uint8_t* to) {
  const std::uint8_t* upper = m_class_of_cell.data() + strip.upper * m_cols;
  const std::uint8_t* lower = m_class_of_cell.data() + strip.lower * m_cols;
  for (std::size_t col = 0; col < m_common.size(); ++col)
    m_common[col] = upper[col] == lower[col] ? upper[col] : kNoNumbers;
  m_columns.clear();
  m_others.low.clear();
  m_others.high.clear();
  m_others.share.clear();
  const std::size_t count = cols.low.size();
  std::uint8_t* const first_row = to + strip.begin * count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t left = m_common[static_cast<std::size_t>(cols.low[i])];
    const std::uint8_t right = m_common[static_cast<std::size_t>(cols.high[i])];
    first_row[i] = left;
    if (left == right && left != kNoNumbers) continue;
    m_columns.push_back(i);
    m_others.low.push_back(cols.low[i]);
    m_others.high.push_back(cols.high[i]);
    m_others.share.push_back(cols.share[i]);
  }
  for (std::size_t row = strip.begin + 1; row < strip.end; ++row)
    std::copy_n(first_row, count, to + row * count);
}

void CellMaximum::interpolate_others(const Strip& strip, const LinearTaps& rows, std::size_t pixel_cols,
                                     std::uint8_t* to) const {
  RowInterpolator interpolator(part_of(rows, strip.begin, strip.end), m_others, m_cols, m_classes);
  for (int c = 0; c < m_classes; ++c) interpolator.set_plane(c, m_scores + c * m_rows * m_cols);
  RowMaximum maximum(static_cast<std::int64_t>(m_columns.size()));
  std::vector<float> room(m_columns.size());
  std::vector<std::uint8_t> classes(m_columns.size());
  for (std::size_t row = strip.begin; row < strip.end; ++row) {
    for (int c = 0; c < m_classes; ++c)
      maximum.add(c, interpolator.row(c, static_cast<std::int64_t>(row - strip.begin), room.data()));
    maximum.write(classes.data());
    std::uint8_t* const pixels = to + row * pixel_cols;
    for (std::size_t i = 0; i < m_columns.size(); ++i) pixels[m_columns[i]] = classes[i];
  }
}

}  // namespace orthocover
