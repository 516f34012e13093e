#include "core/inference/onednn/separable.h"

#include <algorithm>

namespace orthocover::onednn::separable {
namespace {

/// Pixels that are made together: enough of them to be worth reading the weights for.
constexpr std::int64_t kPixels = 84;

}  // namespace

std::int64_t scratch_floats(const Convolution& conv) {
  return kPixels * (conv.in_blocks + vectors::kGroup) * conv.block;
}

}  // namespace orthocover::onednn::separable

#ifdef ORTHOCOVER_VECTORS

namespace orthocover::onednn::separable {
namespace {

using vectors::Channels;
using vectors::kGroup;
using vectors::load;
using vectors::store;

/// Rows of the kernel that lie inside the map.
struct Taps {
  std::int64_t first, last;
};

/// One pixel of the depthwise convolution; `Inside`: no column of the kernel lies outside the map.
template <int Block, bool Inside>
ORTHOCOVER_INLINE void depthwise_pixel(const Convolution& p, const Taps& taps, const float* row,
                                       std::int64_t x, const Channels<Block>* w, const Channels<Block>& bias,
                                       bool relu, float* to) {
  using V = Channels<Block>;
  V sum = bias;
  for (std::int64_t ky = taps.first; ky < taps.last; ++ky) {
    const float* from = row + (ky - 1) * p.dilation * p.width * Block;
#pragma GCC unroll 3
    for (std::int64_t kx = 0; kx < 3; ++kx) {
      const std::int64_t at = x + (kx - 1) * p.dilation;
      if (Inside || (at >= 0 && at < p.width)) sum += load<V>(from + at * Block) * w[ky * 3 + kx];
    }
  }
  if (relu) sum = sum > 0 ? sum : V{};
  store(sum, to);
}

/// to: [pixels][input channels]
template <int Block>
ORTHOCOVER_INLINE void depthwise(const Convolution& p, std::int64_t y, std::int64_t first, std::int64_t last,
                                 const float* in, const Weights& weights, float* to) {
  using V = Channels<Block>;
  const std::int64_t channels = p.in_blocks * Block;
  const Taps taps{y >= p.dilation ? 0 : 1, y + p.dilation < p.height ? 3 : 2};
  const std::int64_t left = std::clamp(p.dilation, first, last);
  const std::int64_t right = std::clamp(p.width - p.dilation, left, last);
  for (std::int64_t block = 0; block < p.in_blocks; ++block) {
    V w[9];
#pragma GCC unroll 9
    for (std::int64_t k = 0; k < 9; ++k) w[k] = load<V>(weights.depthwise + (block * 9 + k) * Block);
    const V bias = load<V>(weights.depthwise_bias + block * Block);
    const float* row = in + (block * p.height + y) * p.width * Block;
    const auto at = [&](std::int64_t x) { return to + (x - first) * channels + block * Block; };
    for (std::int64_t x = first; x < left; ++x)
      depthwise_pixel<Block, false>(p, taps, row, x, w, bias, weights.relu_between, at(x));
    if (taps.first == 0 && taps.last == 3) {
      for (std::int64_t x = left; x < right; ++x)
        depthwise_pixel<Block, true>(p, {0, 3}, row, x, w, bias, weights.relu_between, at(x));
    } else {
      for (std::int64_t x = left; x < right; ++x)
        depthwise_pixel<Block, true>(p, taps, row, x, w, bias, weights.relu_between, at(x));
    }
    for (std::int64_t x = right; x < last; ++x)
      depthwise_pixel<Block, false>(p, taps, row, x, w, bias, weights.relu_between, at(x));
  }
}

/// products: [pixels][blocks * Block]
template <int Block>
ORTHOCOVER_INLINE void finish(const Convolution& p, const float* products, std::int64_t pixels,
                              std::int64_t blocks, const float* bias, float* out) {
  using V = Channels<Block>;
  for (std::int64_t b = 0; b < blocks; ++b) {
    const V shift = load<V>(bias + b * Block);
    float* to = out + b * p.height * p.width * Block;
    for (std::int64_t x = 0; x < pixels; ++x) {
      V value = load<V>(products + (x * blocks + b) * Block) + shift;
      if (p.add) value += load<V>(to + x * Block);
      if (p.relu) value = value > 0 ? value : V{};
      store(value, to + x * Block);
    }
  }
}

template <int Block>
ORTHOCOVER_INLINE void make_row(const Convolution& p, std::int64_t y, const float* in, const Weights& weights,
                                float* scratch, float* out) {
  const std::int64_t channels = p.in_blocks * Block;
  float* products = scratch + kPixels * channels;
  for (std::int64_t first = 0; first < p.width; first += kPixels) {
    const std::int64_t last = std::min(p.width, first + kPixels);
    depthwise<Block>(p, y, first, last, in, weights, scratch);
    for (std::int64_t start = 0; start < p.out_blocks; start += kGroup) {
      const std::int64_t blocks = std::min(kGroup, p.out_blocks - start);
      const float* matrix = weights.pointwise + start * Block * channels;
      if (blocks == kGroup)
        vectors::multiply<Block, kGroup>(last - first, scratch, channels, matrix, products, kGroup * Block);
      else
        vectors::multiply<Block, 1>(last - first, scratch, channels, matrix, products, Block);
      finish<Block>(p, products, last - first, blocks, weights.bias + start * Block,
                    out + ((start * p.height + y) * p.width + first) * Block);
    }
  }
}

ORTHOCOVER_FOR_16 void row_of_16(const Convolution& p, std::int64_t row, const float* in,
                                 const Weights& weights, float* scratch, float* out) {
  make_row<16>(p, row, in, weights, scratch, out);
}

ORTHOCOVER_FOR_8 void row_of_8(const Convolution& p, std::int64_t row, const float* in,
                               const Weights& weights, float* scratch, float* out) {
  make_row<8>(p, row, in, weights, scratch, out);
}

}  // namespace

void run_row(const Convolution& conv, std::int64_t row, const float* in, const Weights& weights,
             float* scratch, float* out) {
  (conv.block == 16 ? row_of_16 : row_of_8)(conv, row, in, weights, scratch, out);
}

}  // namespace orthocover::onednn::separable

#else

namespace orthocover::onednn::separable {

void run_row(const Convolution&, std::int64_t, const float*, const Weights&, float*, float*) {}

}  // namespace orthocover::onednn::separable

#endif
