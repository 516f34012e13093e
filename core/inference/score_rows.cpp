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

}  // namespace orthocover
