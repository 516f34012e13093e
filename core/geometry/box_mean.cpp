#include "core/geometry/box_mean.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/instruction_sets.h"

namespace orthocover {
namespace {

ORTHOCOVER_CLONES void add(const std::uint8_t* __restrict from, std::int64_t n,
                           std::uint16_t* __restrict to) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<std::uint16_t>(to[i] + from[i]);
}

/// @param valid 1 or 0
ORTHOCOVER_CLONES void add_valid(const std::uint8_t* __restrict from, const std::uint8_t* __restrict valid,
                                 std::int64_t n, std::uint16_t* __restrict to) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<std::uint16_t>(to[i] + from[i] * valid[i]);
}

template <std::int64_t kCols>
inline void sum_each(const std::uint16_t* from, std::int64_t n, std::uint32_t* to) {
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint32_t sum = 0;
    for (std::int64_t k = 0; k < kCols; ++k) sum += from[kCols * i + k];
    to[i] = sum;
  }
}

ORTHOCOVER_CLONES void sum_pairs(const std::uint16_t* __restrict from, std::int64_t n,
                                 std::uint32_t* __restrict to) {
  sum_each<2>(from, n, to);
}

ORTHOCOVER_CLONES void sum_fours(const std::uint16_t* __restrict from, std::int64_t n,
                                 std::uint32_t* __restrict to) {
  sum_each<4>(from, n, to);
}

/// Sums of `cols` numbers each, of the last what is there.
void sums_of_runs(const std::vector<std::uint16_t>& from, std::int64_t cols, std::vector<std::uint32_t>& to) {
  const auto width = static_cast<std::int64_t>(from.size());
  to.assign(static_cast<std::size_t>((width + cols - 1) / cols), 0);
  std::int64_t done = width / cols;
  if (cols == 2)
    sum_pairs(from.data(), done, to.data());
  else if (cols == 4)
    sum_fours(from.data(), done, to.data());
  else
    done = 0;
  for (std::int64_t i = done * cols; i < width; ++i)
    to[static_cast<std::size_t>(i / cols)] += from[static_cast<std::size_t>(i)];
}

ORTHOCOVER_CLONES void multiply(const std::uint32_t* __restrict from, float factor, std::int64_t n,
                                float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = static_cast<float>(static_cast<std::int32_t>(from[i])) * factor;
}

bool is_whole(double scale) {
  return scale == std::floor(scale) && scale >= 1 && scale <= static_cast<double>(BoxMean::kMostPx);
}

}  // namespace

std::optional<BoxMean> BoxMean::of(double scale_x, double scale_y) {
  if (!is_whole(scale_x) || !is_whole(scale_y)) return std::nullopt;
  return BoxMean(static_cast<std::int64_t>(scale_x), static_cast<std::int64_t>(scale_y));
}

Window BoxMean::below(const Window& targets, const Window& source) const {
  return intersect({targets.col * m_cols, targets.row * m_rows, targets.cols * m_cols, targets.rows * m_rows},
                   source);
}

void BoxMean::resample(const Window& from, const std::uint8_t* values, const std::uint8_t* valid, int bands,
                       const Window& targets, float* out, std::int64_t plane, std::uint8_t* out_valid) {
  for (std::int64_t i = 0; i < targets.rows; ++i) {
    const Window target{targets.col, targets.row + i, targets.cols, 1};
    const Window part = below(target, from);
    const std::int64_t at = (part.row - from.row) * from.cols;
    const std::int64_t to = i * targets.cols;
    row(part, values + at, from.pixels(), valid + at, bands, target, out + to, plane, out_valid + to);
  }
}

/// The same of one row of targets.
void BoxMean::row(const Window& from, const std::uint8_t* values, std::int64_t band_stride,
                  const std::uint8_t* valid, int bands, const Window& targets, float* out, std::int64_t plane,
                  std::uint8_t* out_valid) {
  std::fill_n(out_valid, targets.cols, std::uint8_t{0});
  if (from.empty()) {
    for (int band = 0; band < bands; ++band) std::fill_n(out + band * plane, targets.cols, 0.0F);
    return;
  }
  const bool all_valid = std::memchr(valid, 0, static_cast<std::size_t>(from.pixels())) == nullptr;
  const std::int64_t left = from.col / m_cols - targets.col;
  const std::int64_t count = (from.cols + m_cols - 1) / m_cols;
  const std::int64_t full = all_valid && from.rows == m_rows ? from.cols / m_cols : 0;
  const auto sum_up = [&](const auto& add_row, std::vector<std::uint32_t>& sums) {
    m_columns.assign(static_cast<std::size_t>(from.cols), 0);
    for (std::int64_t row = 0; row < from.rows; ++row) add_row(row * from.cols);
    sums_of_runs(m_columns, m_cols, sums);
  };
  std::fill_n(out_valid + left, full, std::uint8_t{1});
  if (full < count) sum_up([&](std::int64_t at) { add(valid + at, from.cols, m_columns.data()); }, m_counts);
  for (std::int64_t i = full; i < count; ++i)
    out_valid[left + i] = m_counts[static_cast<std::size_t>(i)] != 0;
  for (int band = 0; band < bands; ++band) {
    const std::uint8_t* const pixels = values + band * band_stride;
    const auto add_row = [&](std::int64_t at) {
      if (all_valid)
        add(pixels + at, from.cols, m_columns.data());
      else
        add_valid(pixels + at, valid + at, from.cols, m_columns.data());
    };
    sum_up(add_row, m_sums);
    float* const to = out + band * plane;
    std::fill_n(to, left, 0.0F);
    std::fill(to + left + count, to + targets.cols, 0.0F);
    // By a factor everywhere: a box has the same mean whatever lies beside it.
    multiply(m_sums.data(), 1 / static_cast<float>(m_rows * m_cols), full, to + left);
    for (std::int64_t i = full; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      to[left + i] = static_cast<float>(m_sums[at]) * (1 / static_cast<float>(std::max(1U, m_counts[at])));
    }
  }
}

}  // namespace orthocover
