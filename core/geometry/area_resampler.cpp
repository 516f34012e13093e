#include "core/geometry/area_resampler.h"

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

/// Shares below this are rounding, not area.
constexpr double kLeastShare = 1e-6;

struct Span {
  std::int64_t begin;
  std::int64_t end;
};

Span support(double scale, std::int64_t target) {
  if (scale >= 1) {
    const double from = static_cast<double>(target) * scale;
    const double to = static_cast<double>(target + 1) * scale;
    return {static_cast<std::int64_t>(std::floor(from + kLeastShare)),
            static_cast<std::int64_t>(std::ceil(to - kLeastShare))};
  }
  const auto left = static_cast<std::int64_t>(std::floor((static_cast<double>(target) + 0.5) * scale - 0.5));
  return {left, left + 2};
}

double share(double scale, std::int64_t target, std::int64_t source) {
  const auto s = static_cast<double>(source);
  if (scale >= 1) {
    const double from = std::max(s, static_cast<double>(target) * scale);
    const double to = std::min(s + 1, static_cast<double>(target + 1) * scale);
    return (to - from) / scale;
  }
  return 1.0 - std::abs((static_cast<double>(target) + 0.5) * scale - 0.5 - s);
}

}  // namespace

AxisKernel::AxisKernel(double scale, std::int64_t first, std::int64_t count, std::int64_t source_size) {
  m_source_begin = source_size;
  for (std::int64_t target = first; target < first + count; ++target) {
    auto [begin, end] = support(scale, target);
    begin = std::clamp<std::int64_t>(begin, 0, source_size);
    end = std::clamp<std::int64_t>(end, begin, source_size);
    m_begin.push_back(begin);
    m_offset.push_back(m_weights.size());
    for (std::int64_t source = begin; source < end; ++source) {
      m_weights.push_back(static_cast<float>(std::max(0.0, share(scale, target, source))));
    }
    if (begin < end) {
      m_source_begin = std::min(m_source_begin, begin);
      m_source_end = std::max(m_source_end, end);
    }
  }
  m_offset.push_back(m_weights.size());
  m_source_begin = std::min(m_source_begin, m_source_end);
}

AxisKernel::Taps AxisKernel::taps(std::int64_t target) const {
  const auto i = static_cast<std::size_t>(target);
  return {m_begin[i], std::span(m_weights).subspan(m_offset[i], m_offset[i + 1] - m_offset[i])};
}

AreaResampler::AreaResampler(const AxisKernel& cols, const AxisKernel& rows, int bands)
    : m_cols(cols),
      m_rows(rows),
      m_bands(bands),
      m_next_row(rows.source_begin()),
      m_sums(static_cast<std::size_t>((bands + 1) * rows.count() * cols.count())),
      m_line(static_cast<std::size_t>((bands + 1) * cols.count())) {}

void AreaResampler::add_rows(const float* values, const std::uint8_t* valid, std::int64_t row_count) {
  const std::int64_t width = m_cols.source_end() - m_cols.source_begin();
  for (std::int64_t row = 0; row < row_count; ++row) {
    add_row(values + row * width, row_count * width, valid + row * width);
    ++m_next_row;
  }
}

void AreaResampler::add_row(const float* values, std::int64_t band_stride, const std::uint8_t* valid) {
  const std::int64_t targets = m_cols.count();
  const std::int64_t left = m_cols.source_begin();
  float* weight_line = m_line.data() + m_bands * targets;
  for (std::int64_t target = 0; target < targets; ++target) {
    const auto [begin, weights] = m_cols.taps(target);
    const std::uint8_t* mask = valid + (begin - left);
    float total = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) total += mask[i] ? weights[i] : 0.0F;
    weight_line[target] = total;
    for (int band = 0; band < m_bands; ++band) {
      const float* pixel = values + band * band_stride + (begin - left);
      float sum = 0;
      for (std::size_t i = 0; i < weights.size(); ++i) sum += mask[i] ? weights[i] * pixel[i] : 0.0F;
      m_line[static_cast<std::size_t>(band * targets + target)] = sum;
    }
  }
  const std::int64_t plane = m_rows.count() * targets;
  for (std::int64_t row = m_first_open; row < m_rows.count(); ++row) {
    const auto [begin, weights] = m_rows.taps(row);
    const auto size = static_cast<std::int64_t>(weights.size());
    if (begin > m_next_row) break;
    if (begin + size <= m_next_row) {
      if (row == m_first_open) ++m_first_open;
      continue;
    }
    const float weight = weights[static_cast<std::size_t>(m_next_row - begin)];
    for (int band = 0; band <= m_bands; ++band) {
      const float* from = m_line.data() + band * targets;
      float* to = m_sums.data() + band * plane + row * targets;
      for (std::int64_t target = 0; target < targets; ++target) to[target] += weight * from[target];
    }
  }
}

void AreaResampler::finish(float* values, std::uint8_t* valid) {
  const std::int64_t plane = m_rows.count() * m_cols.count();
  const float* total = m_sums.data() + m_bands * plane;
  for (std::int64_t i = 0; i < plane; ++i) valid[i] = total[i] > static_cast<float>(kLeastShare) ? 1 : 0;
  for (int band = 0; band < m_bands; ++band) {
    const float* sum = m_sums.data() + band * plane;
    float* out = values + band * plane;
    for (std::int64_t i = 0; i < plane; ++i) out[i] = valid[i] ? sum[i] / total[i] : 0.0F;
  }
}

}  // namespace orthocover
