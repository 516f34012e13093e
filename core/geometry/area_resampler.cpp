#include "core/geometry/area_resampler.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/rows.h"

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

AreaResampler::AreaResampler(const AxisKernel& cols, const AxisKernel& rows, int bands, float* values,
                             std::uint8_t* valid)
    : m_cols(cols),
      m_rows(rows),
      m_bands(bands),
      m_width(cols.source_end() - cols.source_begin()),
      m_next_row(rows.source_begin()),
      m_values(values),
      m_valid(valid) {}

void AreaResampler::add_rows(const float* values, const std::uint8_t* valid, std::int64_t row_count) {
  for (std::int64_t row = 0; row < row_count; ++row) {
    add_row(values + row * m_width, row_count * m_width, valid + row * m_width);
    ++m_next_row;
  }
}

void AreaResampler::add_row(const float* values, std::int64_t band_stride, const std::uint8_t* valid) {
  const bool all_valid = std::memchr(valid, 0, static_cast<std::size_t>(m_width)) == nullptr;
  for (std::int64_t row = m_first_open; row < m_rows.count(); ++row) {
    const auto [begin, weights] = m_rows.taps(row);
    if (begin > m_next_row) break;
    const auto at = static_cast<std::size_t>(row - m_first_open);
    if (at == m_open.size()) {
      m_open.push_back(m_spare.empty() ? OpenRow{} : std::move(m_spare.back()));
      if (!m_spare.empty()) m_spare.pop_back();
    }
    const std::int64_t tap = m_next_row - begin;
    if (tap < static_cast<std::int64_t>(weights.size()))
      add_to(m_open[at], weights[static_cast<std::size_t>(tap)], values, band_stride,
             all_valid ? nullptr : valid);
  }
  while (!m_open.empty()) {
    const auto [begin, weights] = m_rows.taps(m_first_open);
    if (begin + static_cast<std::int64_t>(weights.size()) > m_next_row + 1) break;
    close_first();
  }
}

/// @param valid null: all pixels are
void AreaResampler::add_to(OpenRow& open, float weight, const float* values, std::int64_t band_stride,
                           const std::uint8_t* valid) {
  const std::int64_t width = m_width;
  if (open.empty) {
    open.sums.assign(static_cast<std::size_t>(m_bands * width), 0.0F);
    open.total.clear();
    open.weight = 0;
    open.empty = false;
  }
  if (valid != nullptr && open.total.empty()) open.total.assign(static_cast<std::size_t>(width), open.weight);
  open.weight += weight;
  if (!open.total.empty()) {
    m_weights.resize(static_cast<std::size_t>(width));
    if (valid == nullptr)
      std::ranges::fill(m_weights, weight);
    else
      rows::fill_where(valid, weight, width, m_weights.data());
    rows::add(m_weights.data(), 1, width, open.total.data());
  }
  for (int band = 0; band < m_bands; ++band) {
    const float* from = values + band * band_stride;
    float* to = open.sums.data() + band * width;
    if (valid == nullptr)
      rows::add(from, weight, width, to);
    else
      rows::add_product(from, m_weights.data(), 1, width, to);  // those without data are finite
  }
}

void AreaResampler::close_first() {
  OpenRow& open = m_open.front();
  if (open.empty)
    clear(m_first_open);
  else if (m_bands == 3)
    close<3>(open, m_first_open);
  else
    close<0>(open, m_first_open);
  open.empty = true;
  m_spare.push_back(std::move(open));
  m_open.pop_front();
  ++m_first_open;
}

/// A row under which nothing lies.
void AreaResampler::clear(std::int64_t row) {
  const std::int64_t cols = m_cols.count();
  std::fill_n(m_valid + row * cols, cols, std::uint8_t{0});
  for (int band = 0; band < m_bands; ++band)
    std::fill_n(m_values + (band * m_rows.count() + row) * cols, cols, 0.0F);
}

/// Resamples a row along itself.
/// @tparam kBands number of bands, 0: any
template <int kBands>
void AreaResampler::close(const OpenRow& open, std::int64_t row) {
  const std::int64_t targets = m_cols.count();
  const std::int64_t plane = m_rows.count() * targets;
  const float* totals = open.total.empty() ? nullptr : open.total.data();
  std::uint8_t* valid = m_valid + row * targets;
  float* out = m_values + row * targets;
  for (std::int64_t target = 0; target < targets; ++target) {
    const auto [begin, weights] = m_cols.taps(target);
    const std::int64_t left = begin - m_cols.source_begin();
    float total = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
      total += weights[i] * (totals == nullptr ? open.weight : totals[static_cast<std::size_t>(left) + i]);
    valid[target] = total > static_cast<float>(kLeastShare) ? 1 : 0;
    if (valid[target] == 0) {
      for (int band = 0; band < m_bands; ++band) out[band * plane + target] = 0;
      continue;
    }
    const float* from = open.sums.data() + left;
    const float share = 1 / total;  // a division takes longer than all the rest
    if constexpr (kBands == 3) {
      float first = 0;
      float second = 0;
      float third = 0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        first += weights[i] * from[i];
        second += weights[i] * from[static_cast<std::size_t>(m_width) + i];
        third += weights[i] * from[2 * static_cast<std::size_t>(m_width) + i];
      }
      out[target] = first * share;
      out[plane + target] = second * share;
      out[2 * plane + target] = third * share;
    } else {
      for (int band = 0; band < m_bands; ++band) {
        float sum = 0;
        for (std::size_t i = 0; i < weights.size(); ++i)
          sum += weights[i] * from[band * m_width + static_cast<std::int64_t>(i)];
        out[band * plane + target] = sum * share;
      }
    }
  }
}

void AreaResampler::finish() {
  while (!m_open.empty()) close_first();
  for (; m_first_open < m_rows.count(); ++m_first_open) clear(m_first_open);
}

}  // namespace orthocover
