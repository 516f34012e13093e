#include <ATen/Parallel.h>

#include <algorithm>
#include <array>

#include "core/inference/onednn/step.h"
#include "core/inference/onednn/vectors.h"

namespace orthocover::onednn {

#ifdef ORTHOCOVER_VECTORS

namespace {

using vectors::Channels;
using vectors::load;
using vectors::store;

constexpr std::int64_t kStride = 2;

/// A convolution of the image, with the means of 2 x 2 of its results if these are wanted.
struct ImageConvolution {
  Shape image;
  Geometry geometry;
  std::int64_t block, blocks;
  std::int64_t width;  ///< of the convolution's results
  Shape out;
  bool pooled, relu;
  const float* weight;  ///< @shape [blocks, taps, block]
  const float* bias;
  std::int64_t rows;  ///< of a piece's results

  std::int64_t padded_width() const { return geometry.before[1] + image.width + geometry.after[1]; }
  /// Rows of the convolution for so many of the result.
  std::int64_t inner(std::int64_t out_rows) const { return pooled ? 2 * out_rows : out_rows; }
  std::int64_t rows_read(std::int64_t out_rows) const {
    return (inner(out_rows) - 1) * kStride + geometry.kernel[0];
  }
  std::int64_t row_floats() const { return width * block; }
  std::int64_t scratch_floats() const {
    return rows_read(rows) * image.channels * padded_width() + 2 * row_floats();
  }
};

/// Rows of the image with their padding. @shape [channels, count, padded_width()]
void fill_rows(const ImageConvolution& p, const ImageValues& image, std::int64_t first, std::int64_t count,
               float* to) {
  for (std::int64_t c = 0; c < p.image.channels; ++c) {
    for (std::int64_t row = first; row < first + count; ++row, to += p.padded_width()) {
      if (row < 0 || row >= p.image.height) {
        std::fill_n(to, p.padded_width(), 0.0F);
        continue;
      }
      const std::int64_t left = p.geometry.before[1];
      std::fill_n(to, left, 0.0F);
      image.copy(c, (c * p.image.height + row) * p.image.width, p.image.width, to + left);
      std::fill(to + left + p.image.width, to + p.padded_width(), 0.0F);
    }
  }
}

/// Results of neighbours in a row, in the registers.
/// @param in the first one's window in the first channel
template <int Block, int Pixels>
ORTHOCOVER_INLINE void convolve_pixels(const ImageConvolution& p, const float* in,
                                       std::int64_t channel_floats, const float* weight, const float* bias,
                                       float* out) {
  using V = Channels<Block>;
  V sums[Pixels];
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) sums[i] = load<V>(bias);
  for (std::int64_t c = 0; c < p.image.channels; ++c) {
    for (std::int64_t y = 0; y < p.geometry.kernel[0]; ++y) {
      const float* x = in + c * channel_floats + y * p.padded_width();
      for (std::int64_t k = 0; k < p.geometry.kernel[1]; ++k, ++x, weight += Block) {
        const V w = load<V>(weight);
#pragma GCC unroll 16
        for (int i = 0; i < Pixels; ++i) sums[i] += w * x[i * kStride];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) {
    if (p.relu) sums[i] = sums[i] > 0 ? sums[i] : V{};
    store(sums[i], out + i * Block);
  }
}

template <int Block>
ORTHOCOVER_INLINE void convolve_row(const ImageConvolution& p, const float* in, std::int64_t channel_floats,
                                    const float* weight, const float* bias, float* out) {
  constexpr std::int64_t kMost = Block;  // a divisor of most widths
  std::int64_t x = 0;
  for (; x + kMost <= p.width; x += kMost)
    convolve_pixels<Block, kMost>(p, in + x * kStride, channel_floats, weight, bias, out + x * Block);
  for (; x < p.width; ++x)
    convolve_pixels<Block, 1>(p, in + x * kStride, channel_floats, weight, bias, out + x * Block);
}

template <int Block>
ORTHOCOVER_INLINE void average(const float* upper, const float* lower, std::int64_t pixels, float* out) {
  using V = Channels<Block>;
  for (std::int64_t x = 0; x < pixels; ++x, upper += 2 * Block, lower += 2 * Block, out += Block) {
    const V sum = load<V>(upper) + load<V>(upper + Block) + load<V>(lower) + load<V>(lower + Block);
    store(sum * 0.25F, out);
  }
}

template <int Block>
ORTHOCOVER_INLINE void run_piece(const ImageConvolution& p, const ImageValues& image, std::int64_t piece,
                                 float* room, float* out) {
  const std::int64_t first = piece * p.rows, last = std::min(first + p.rows, p.out.height);
  const std::int64_t count = p.rows_read(last - first);
  fill_rows(p, image, p.inner(first) * kStride - p.geometry.before[0], count, room);
  const std::int64_t channel_floats = count * p.padded_width();
  float* const upper = room + p.image.channels * channel_floats;
  float* const lower = upper + p.row_floats();
  const std::int64_t taps = p.image.channels * p.geometry.kernel[0] * p.geometry.kernel[1];
  for (std::int64_t b = 0; b < p.blocks; ++b) {
    const float* const weight = p.weight + b * taps * Block;
    const float* const bias = p.bias + b * Block;
    for (std::int64_t row = p.inner(first); row < p.inner(last); ++row) {
      float* const result = out + (b * p.out.height + (p.pooled ? row / 2 : row)) * p.out.width * Block;
      float* const to = !p.pooled ? result : row % 2 == 0 ? upper : lower;
      convolve_row<Block>(p, room + (row - p.inner(first)) * kStride * p.padded_width(), channel_floats,
                          weight, bias, to);
      if (p.pooled && row % 2 == 1) average<Block>(upper, lower, p.out.width, result);
    }
  }
}

ORTHOCOVER_FOR_16 void run_of_16(const ImageConvolution& p, const ImageValues& image, std::int64_t piece,
                                 float* room, float* out) {
  run_piece<16>(p, image, piece, room, out);
}

ORTHOCOVER_FOR_8 void run_of_8(const ImageConvolution& p, const ImageValues& image, std::int64_t piece,
                               float* room, float* out) {
  run_piece<8>(p, image, piece, room, out);
}

/// Rows of results whose rows of the image a core's cache holds.
std::int64_t rows_of_piece(const ImageConvolution& p) {
  constexpr std::int64_t kCacheFloats = 100000;
  const std::int64_t rows = kCacheFloats / (p.image.channels * p.padded_width());
  const std::int64_t inner = (rows - p.geometry.kernel[0]) / kStride + 1;
  return std::max<std::int64_t>(1, p.pooled ? inner / 2 : inner);
}

}  // namespace

bool append_own_on_image(Workshop& shop, int index, const std::string& name, double multiply_adds) {
  const Op& op = shop.op(index);
  const Blocked to = shop.layout.extent(index);
  if (!vectors::are_available(to.block) || !makes_few_channels(shop.graph, op)) return false;
  const Layout& layout = shop.layout;
  const auto weight = shop.weights.by_taps(op, layout.lanes(index), to.block);
  const auto bias = shop.weights.bias(op, layout.lanes(index));
  ImageConvolution p{shop.op(op.inputs[0]).shape,
                     op.geometry,
                     to.block,
                     to.blocks,
                     op.pooled ? 2 * to.width : to.width,
                     op.shape,
                     op.pooled,
                     op.activation == Activation::Relu,
                     weight.data_ptr<float>(),
                     bias.data_ptr<float>(),
                     1};
  p.rows = rows_of_piece(p);
  const std::int64_t pieces = vectors::up(p.out.height, p.rows);
  const std::int64_t slots = std::min<std::int64_t>(at::get_num_threads(), pieces);
  const int scratch = shop.layout.add_scratch(index, p.scratch_floats() * slots);
  shop.steps.push_back(
      {name, "own", multiply_adds, [=, &layout, kept = std::array{weight, bias}](const Frame& frame) {
         float* const rooms = layout.scratch(scratch, frame.arena);
         float* const out = layout.map(index, frame.arena).data;
         deal_out(slots, pieces, [&](std::int64_t slot, std::int64_t piece) {
           (p.block == 16 ? run_of_16 : run_of_8)(p, frame.image, piece, rooms + slot * p.scratch_floats(),
                                                  out);
         });
       }});
  return true;
}

#else

bool append_own_on_image(Workshop&, int, const std::string&, double) {
  return false;
}

#endif

}  // namespace orthocover::onednn
