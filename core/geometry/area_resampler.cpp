#include "core/geometry/area_resampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/base/instruction_sets.h"
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

/// out = value where the mask isn't 0, else 0
ORTHOCOVER_CLONES void fill_where(const std::uint8_t* __restrict mask, float value, std::int64_t n,
                                  float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = mask[i] != 0 ? value : 0.0F;
}

/// Bands that are resampled together, as lanes beside the weights.
constexpr int kBands = 3;
constexpr std::size_t kLanes = kBands + 1;
using Pixel = float __attribute__((vector_size(kLanes * sizeof(float))));

ORTHOCOVER_CLONES void interleave(const std::array<const float*, kBands>& bands,
                                  const float* __restrict weights, std::int64_t n, float* __restrict out) {
  const float* __restrict first = bands[0];
  const float* __restrict second = bands[1];
  const float* __restrict third = bands[2];
  for (std::int64_t i = 0; i < n; ++i) {
    out[4 * i] = first[i];
    out[4 * i + 1] = second[i];
    out[4 * i + 2] = third[i];
    out[4 * i + 3] = weights[i];
  }
}

/// @param pixels of a row from kernel.source_begin() on, interleaved, with room for the padded weights
/// @param sums @shape [kernel.count(), kLanes]
ORTHOCOVER_CLONES void sum_up(const float* __restrict pixels, const AxisKernel& kernel,
                              float* __restrict sums) {
  const std::int64_t taps = kernel.most_taps();
  const float* __restrict weights = kernel.padded_weights();
  for (std::int64_t target = 0; target < kernel.count(); ++target, weights += taps) {
    const float* from = pixels + kLanes * (kernel.taps(target).begin - kernel.source_begin());
    Pixel sum = {};
    for (std::int64_t i = 0; i < taps; ++i) {
      Pixel pixel;
      std::memcpy(&pixel, from + kLanes * i, sizeof(pixel));
      sum += weights[i] * pixel;
    }
    std::memcpy(sums + kLanes * target, &sum, sizeof(sum));
  }
}

/// Sums of three bands divided by that of the weights.
/// @param out several may be the same band
ORTHOCOVER_CLONES void divide(const float* __restrict sums, std::int64_t n,
                              const std::array<float*, kBands>& out, std::uint8_t* __restrict valid) {
  float* first = out[0];
  float* second = out[1];
  float* third = out[2];
  ORTHOCOVER_INDEPENDENT_STEPS
  for (std::int64_t i = 0; i < n; ++i) {
    const float total = sums[4 * i + 3];
    const float share = total > static_cast<float>(kLeastShare) ? 1 / total : 0.0F;
    first[i] = sums[4 * i] * share;
    second[i] = sums[4 * i + 1] * share;
    third[i] = sums[4 * i + 2] * share;
  }
  for (std::int64_t i = 0; i < n; ++i) valid[i] = sums[4 * i + 3] > static_cast<float>(kLeastShare) ? 1 : 0;
}

}  // namespace

AxisKernel::AxisKernel(double scale, std::int64_t first, std::int64_t count, std::int64_t source_size)
    : m_most_taps(std::min(static_cast<std::int64_t>(std::ceil(scale)) + 1, source_size)),
      m_weights(static_cast<std::size_t>(count * m_most_taps)),
      m_source_begin(source_size) {
  float* weights = m_weights.data();
  for (std::int64_t target = first; target < first + count; ++target) {
    auto [begin, end] = support(scale, target);
    begin = std::clamp<std::int64_t>(begin, 0, source_size);
    end = std::clamp<std::int64_t>(end, begin, source_size);
    m_begin.push_back(begin);
    m_taps.push_back(end - begin);
    for (std::int64_t source = begin; source < end; ++source)
      weights[source - begin] = static_cast<float>(std::max(0.0, share(scale, target, source)));
    weights += m_most_taps;
    if (begin < end) {
      m_source_begin = std::min(m_source_begin, begin);
      m_source_end = std::max(m_source_end, end);
    }
  }
  m_source_begin = std::min(m_source_begin, m_source_end);
  for (std::int64_t& begin : m_begin) begin = std::clamp(begin, m_source_begin, m_source_end);
}

AxisKernel::Taps AxisKernel::taps(std::int64_t target) const {
  const auto i = static_cast<std::size_t>(target);
  return {m_begin[i], {m_weights.data() + target * m_most_taps, static_cast<std::size_t>(m_taps[i])}};
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

template <class Value>
void AreaResampler::add_rows(const Value* values, const std::uint8_t* valid, std::int64_t row_count) {
  for (std::int64_t row = 0; row < row_count; ++row) {
    add_row(values + row * m_width, row_count * m_width, valid + row * m_width);
    ++m_next_row;
  }
}

template void AreaResampler::add_rows(const float*, const std::uint8_t*, std::int64_t);
template void AreaResampler::add_rows(const std::uint8_t*, const std::uint8_t*, std::int64_t);

template <class Value>
void AreaResampler::add_row(const Value* values, std::int64_t band_stride, const std::uint8_t* valid) {
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
template <class Value>
void AreaResampler::add_to(OpenRow& open, float weight, const Value* values, std::int64_t band_stride,
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
      fill_where(valid, weight, width, m_weights.data());
    rows::add(m_weights.data(), 1, width, open.total.data());
  }
  for (int band = 0; band < m_bands; ++band) {
    const Value* from = values + band * band_stride;
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
  else
    close(open, m_first_open);
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

/// Resamples a row along itself, three bands at a time and the weights beside them.
void AreaResampler::close(const OpenRow& open, std::int64_t row) {
  const std::int64_t targets = m_cols.count();
  const std::int64_t plane = m_rows.count() * targets;
  const float* weights = open.total.data();
  if (open.total.empty()) {
    m_weights.assign(static_cast<std::size_t>(m_width), open.weight);
    weights = m_weights.data();
  }
  m_sums.resize(kLanes * static_cast<std::size_t>(targets));
  m_pixels.resize(kLanes * static_cast<std::size_t>(m_width + m_cols.most_taps()));
  for (int band = 0; band < m_bands; band += kBands) {
    std::array<const float*, kBands> from{};
    std::array<float*, kBands> to{};
    for (int i = 0; i < kBands; ++i) {
      const int lane = std::min(band + i, m_bands - 1);  // the last one again, where there are no more
      from[i] = open.sums.data() + lane * m_width;
      to[i] = m_values + lane * plane + row * targets;
    }
    interleave(from, weights, m_width, m_pixels.data());
    sum_up(m_pixels.data(), m_cols, m_sums.data());
    divide(m_sums.data(), targets, to, m_valid + row * targets);
  }
}

void AreaResampler::finish() {
  while (!m_open.empty()) close_first();
  for (; m_first_open < m_rows.count(); ++m_first_open) clear(m_first_open);
}

}  // namespace orthocover
