#include <ATen/Parallel.h>

#include <algorithm>

#include "core/inference/onednn/step.h"
#include "core/inference/onednn/vectors.h"
#include "core/inference/parallel.h"

namespace orthocover::onednn {

#ifdef ORTHOCOVER_VECTORS

namespace {

using vectors::Channels;
using vectors::load;
using vectors::store;

/// A convolution of the image, with the means of 2 x 2 of its results if these are wanted.
struct ImageConvolution {
  Shape image;
  Geometry geometry;
  std::int64_t block, blocks;
  std::int64_t width;  ///< of the convolution's results
  Shape out;
  bool pooled, relu;
  std::int64_t rows;  ///< of a piece's results

  std::int64_t padded_width() const { return geometry.before[1] + image.width + geometry.after[1]; }
  /// Rows of the convolution for so many of the result.
  std::int64_t inner(std::int64_t out_rows) const { return pooled ? 2 * out_rows : out_rows; }
  std::int64_t rows_read(std::int64_t out_rows) const {
    return (inner(out_rows) - 1) * geometry.stride[0] + geometry.kernel[0];
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
template <int Block, int Stride, int Pixels>
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
        for (int i = 0; i < Pixels; ++i) sums[i] += w * x[i * Stride];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) {
    if (p.relu) sums[i] = sums[i] > 0 ? sums[i] : V{};
    store(sums[i], out + i * Block);
  }
}

template <int Block, int Stride>
ORTHOCOVER_INLINE void convolve_row(const ImageConvolution& p, const float* in, std::int64_t channel_floats,
                                    const float* weight, const float* bias, float* out) {
  constexpr std::int64_t kMost = Block == 16 ? 14 : 12;
  for (std::int64_t x = 0; x < p.width;) {
    // The last ones are some of those before them again, if there are any.
    const std::int64_t first = std::max<std::int64_t>(0, std::min(x, p.width - kMost));
    if (first + kMost <= p.width) {
      convolve_pixels<Block, Stride, kMost>(p, in + first * Stride, channel_floats, weight, bias,
                                            out + first * Block);
      x = first + kMost;
    } else {
      convolve_pixels<Block, Stride, 1>(p, in + x * Stride, channel_floats, weight, bias, out + x * Block);
      ++x;
    }
  }
}

template <int Block>
ORTHOCOVER_INLINE void average(const float* upper, const float* lower, std::int64_t pixels, float* out) {
  using V = Channels<Block>;
  for (std::int64_t x = 0; x < pixels; ++x, upper += 2 * Block, lower += 2 * Block, out += Block) {
    const V sum = load<V>(upper) + load<V>(upper + Block) + load<V>(lower) + load<V>(lower + Block);
    store(sum * 0.25F, out);
  }
}

template <int Block, int Stride>
ORTHOCOVER_INLINE void run_piece(const ImageConvolution& p, const ImageValues& image, std::int64_t piece,
                                 const float* weight, const float* bias, float* room, float* out) {
  const std::int64_t first = piece * p.rows, last = std::min(first + p.rows, p.out.height);
  const std::int64_t count = p.rows_read(last - first);
  fill_rows(p, image, p.inner(first) * p.geometry.stride[0] - p.geometry.before[0], count, room);
  const std::int64_t channel_floats = count * p.padded_width();
  float* const upper = room + p.image.channels * channel_floats;
  float* const lower = upper + p.row_floats();
  const std::int64_t weights = p.image.channels * p.geometry.kernel[0] * p.geometry.kernel[1] * Block;
  for (std::int64_t b = 0; b < p.blocks; ++b, weight += weights, bias += Block) {
    for (std::int64_t row = p.inner(first); row < p.inner(last); ++row) {
      float* to = out + (b * p.out.height + row) * p.out.width * Block;
      if (p.pooled) to = row % 2 == 0 ? upper : lower;
      convolve_row<Block, Stride>(p, room + (row - p.inner(first)) * p.geometry.stride[0] * p.padded_width(),
                                  channel_floats, weight, bias, to);
      if (p.pooled && row % 2 == 1)
        average<Block>(upper, lower, p.out.width, out + (b * p.out.height + row / 2) * p.out.width * Block);
    }
  }
}

ORTHOCOVER_FOR_16 void run_of_16(const ImageConvolution& p, const ImageValues& image, std::int64_t piece,
                                 const float* weight, const float* bias, float* room, float* out) {
  if (p.geometry.stride[1] == 1)
    run_piece<16, 1>(p, image, piece, weight, bias, room, out);
  else
    run_piece<16, 2>(p, image, piece, weight, bias, room, out);
}

ORTHOCOVER_FOR_8 void run_of_8(const ImageConvolution& p, const ImageValues& image, std::int64_t piece,
                               const float* weight, const float* bias, float* room, float* out) {
  if (p.geometry.stride[1] == 1)
    run_piece<8, 1>(p, image, piece, weight, bias, room, out);
  else
    run_piece<8, 2>(p, image, piece, weight, bias, room, out);
}

/// Rows of results whose rows of the image a core's cache holds.
std::int64_t rows_of_piece(const ImageConvolution& p) {
  constexpr std::int64_t kCacheFloats = 100000;
  const std::int64_t rows = kCacheFloats / (p.image.channels * p.padded_width());
  const std::int64_t inner =
      std::max<std::int64_t>(1, (rows - p.geometry.kernel[0]) / p.geometry.stride[0] + 1);
  return std::max<std::int64_t>(1, p.pooled ? inner / 2 : inner);
}

}  // namespace

bool append_own_on_image(Workshop& shop, int index, const std::string& name, double multiply_adds) {
  const Op& op = shop.op(index);
  const Blocked to = shop.layout.extent(index);
  if (!vectors::are_available(to.block) || !makes_few_channels(shop.graph, op)) return false;
  ImageConvolution p{shop.op(op.inputs[0]).shape,
                     op.geometry,
                     to.block,
                     to.blocks,
                     op.pooled ? 2 * to.width : to.width,
                     op.shape,
                     op.pooled,
                     op.activation == Activation::Relu,
                     1};
  p.rows = rows_of_piece(p);
  const std::int64_t pieces = vectors::up(p.out.height, p.rows);
  const std::int64_t slots = std::min<std::int64_t>(at::get_num_threads(), pieces);
  const int scratch = shop.layout.add_scratch(index, p.scratch_floats() * slots);
  const Layout& layout = shop.layout;
  const auto weight = shop.weights.by_taps(op, layout.lanes(index), to.block);
  const auto bias = shop.weights.bias(op, layout.lanes(index));
  shop.steps.push_back({name, "own", multiply_adds, [=, &layout](const Frame& frame) {
                          float* const rooms = layout.scratch(scratch, frame.arena);
                          deal_out(slots, pieces, [&](std::int64_t slot, std::int64_t piece) {
                            (p.block == 16 ? run_of_16 : run_of_8)(
                                p, frame.image, piece, weight.data_ptr<float>(), bias.data_ptr<float>(),
                                rooms + slot * p.scratch_floats(), layout.map(index, frame.arena).data);
                          });
                        }});
  return true;
}

#else

bool append_own_on_image(Workshop&, int, const std::string&, double) {
  return false;
}

#endif

void ImageValues::copy(std::int64_t channel, std::int64_t first, std::int64_t count, float* to) const {
  if (bytes != nullptr)
    rows::stretch(bytes + first, count, stretches[channel], to);
  else
    std::copy_n(values + first, count, to);
}

}  // namespace orthocover::onednn
