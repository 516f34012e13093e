#include "core/inference/onednn/loops.h"

#include <algorithm>
#include <array>

#include "core/base/instruction_sets.h"

#define ORTHOCOVER_INLINE inline __attribute__((always_inline))

namespace orthocover::onednn::loops {
namespace {

template <int Block>
ORTHOCOVER_INLINE void blend_pixels_of(const float* __restrict row, const Between& between,
                                       std::int64_t pixels, float* __restrict out) {
  for (std::int64_t i = 0; i < pixels; ++i) {
    const float* low = row + std::int64_t{between.low[i]} * Block;
    const float* high = row + std::int64_t{between.high[i]} * Block;
    const float t = between.t[i];
    for (int c = 0; c < Block; ++c) out[i * Block + c] = low[c] + (high[c] - low[c]) * t;
  }
}

template <int Block>
ORTHOCOVER_INLINE void multiply_channels_of(const float* __restrict x, const float* __restrict factors,
                                            std::int64_t pixels, float* __restrict out) {
  for (std::int64_t i = 0; i < pixels; ++i)
    for (int c = 0; c < Block; ++c) out[i * Block + c] = x[i * Block + c] * factors[c];
}

template <int Block>
ORTHOCOVER_INLINE void multiply_pixels_of(const float* __restrict x, const float* __restrict gate,
                                          std::int64_t pixels, float* __restrict out) {
  for (std::int64_t i = 0; i < pixels; ++i) {
    const float factor = gate[i * Block];
    for (int c = 0; c < Block; ++c) out[i * Block + c] = x[i * Block + c] * factor;
  }
}

template <int Block>
ORTHOCOVER_INLINE void add_product_of(const float* __restrict x, const float* __restrict factors,
                                      std::int64_t pixels, float* __restrict out) {
  for (std::int64_t i = 0; i < pixels; ++i)
    for (int c = 0; c < Block; ++c) out[i * Block + c] += x[i * Block + c] * factors[c];
}

template <int Block>
ORTHOCOVER_INLINE void add_row_of(const float* __restrict x, std::int64_t pixels, float* __restrict sums) {
  // Two sums at a time: an addition takes longer than it takes to start the next.
  std::array<float, Block> even{};
  std::array<float, Block> odd{};
  std::int64_t i = 0;
  for (; i + 1 < pixels; i += 2) {
    for (int c = 0; c < Block; ++c) even[static_cast<std::size_t>(c)] += x[i * Block + c];
    for (int c = 0; c < Block; ++c) odd[static_cast<std::size_t>(c)] += x[(i + 1) * Block + c];
  }
  if (i < pixels)
    for (int c = 0; c < Block; ++c) even[static_cast<std::size_t>(c)] += x[i * Block + c];
  for (int c = 0; c < Block; ++c)
    sums[c] += even[static_cast<std::size_t>(c)] + odd[static_cast<std::size_t>(c)];
}

template <int Run>
ORTHOCOVER_INLINE void scale_runs_of(const float* __restrict x, const std::int32_t* __restrict channels,
                                     std::int64_t runs, const float* __restrict factors,
                                     float* __restrict out) {
  for (std::int64_t i = 0; i < runs; ++i) {
    const float factor = factors[channels[i]];
    for (int k = 0; k < Run; ++k) out[i * Run + k] = x[i * Run + k] * factor;
  }
}

}  // namespace

Axis::Axis(std::int64_t in, std::int64_t out, bool align_corners) {
  const auto ratio = [](std::int64_t a, std::int64_t b) {
    return b > 0 ? static_cast<float>(a) / static_cast<float>(b) : 0.0F;
  };
  const float scale = align_corners ? ratio(in - 1, out - 1) : ratio(in, out);
  for (std::int64_t i = 0; i < out; ++i) {
    const auto at = static_cast<float>(i);
    const float source = align_corners ? scale * at : std::max(scale * (at + 0.5F) - 0.5F, 0.0F);
    const auto first = std::min(static_cast<std::int32_t>(source), static_cast<std::int32_t>(in - 1));
    low.push_back(first);
    high.push_back(std::min(first + 1, static_cast<std::int32_t>(in - 1)));
    t.push_back(std::clamp(source - static_cast<float>(first), 0.0F, 1.0F));
  }
}

ORTHOCOVER_CLONES void blend_pixels(const float* row, const Between& between, std::int64_t block,
                                    std::int64_t pixels, float* out) {
  if (block == 16)
    blend_pixels_of<16>(row, between, pixels, out);
  else
    blend_pixels_of<8>(row, between, pixels, out);
}

ORTHOCOVER_CLONES void multiply_channels(const float* x, const float* factors, std::int64_t block,
                                         std::int64_t pixels, float* out) {
  if (block == 16)
    multiply_channels_of<16>(x, factors, pixels, out);
  else
    multiply_channels_of<8>(x, factors, pixels, out);
}

ORTHOCOVER_CLONES void multiply_pixels(const float* x, const float* gate, std::int64_t block,
                                       std::int64_t pixels, float* out) {
  if (block == 16)
    multiply_pixels_of<16>(x, gate, pixels, out);
  else
    multiply_pixels_of<8>(x, gate, pixels, out);
}

ORTHOCOVER_CLONES void add(const float* a, const float* b, std::int64_t n, float* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
}

ORTHOCOVER_CLONES void add_product(const float* x, const float* factors, std::int64_t block,
                                   std::int64_t pixels, float* out) {
  if (block == 16)
    add_product_of<16>(x, factors, pixels, out);
  else
    add_product_of<8>(x, factors, pixels, out);
}

ORTHOCOVER_CLONES void add_row(const float* x, std::int64_t block, std::int64_t pixels, float* sums) {
  if (block == 16)
    add_row_of<16>(x, pixels, sums);
  else
    add_row_of<8>(x, pixels, sums);
}

ORTHOCOVER_CLONES void scale_runs(const float* x, const std::int32_t* channels, std::int64_t runs,
                                  std::int64_t run, const float* factors, float* out) {
  if (run == 16)
    scale_runs_of<16>(x, channels, runs, factors, out);
  else if (run == 8)
    scale_runs_of<8>(x, channels, runs, factors, out);
  else
    scale_runs_of<1>(x, channels, runs, factors, out);
}

}  // namespace orthocover::onednn::loops
