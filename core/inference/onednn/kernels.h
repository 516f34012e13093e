#pragma once

#include <cstdint>

#include "core/inference/onednn/graph.h"

namespace orthocover::onednn {

/// One image in oneDNN's blocked order: blocks of 8 or 16 channels, in each block rows of pixels, the
/// channels of a block side by side.
struct Blocked {
  float* data = nullptr;
  std::int64_t block = 0;  ///< channels in a block
  std::int64_t blocks = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  std::int64_t row_floats() const { return width * block; }
  std::int64_t rows() const { return blocks * height; }
  std::int64_t floats() const { return rows() * row_floats(); }
  float* row(std::int64_t index) const { return data + index * row_floats(); }
};

// What oneDNN has no fast step for. All are parallel, and their results don't depend on the number of
// threads.

/// LibTorch's upsample_bilinear2d.
void resize_bilinear(const Blocked& in, const Blocked& out, bool align_corners);
/// The same into channels one after the other.
void resize_bilinear_plain(const Blocked& in, std::int64_t channels, float* out, std::int64_t height,
                           std::int64_t width, bool align_corners);
/// LibTorch's upsample_nearest2d; also spreads a single pixel.
void resize_nearest(const Blocked& in, const Blocked& out);

/// Mean of each channel.
/// @param out [blocks * block]
/// @param sums room for global_pool_sums() numbers
void global_pool(const Blocked& in, float* out, float* sums);
std::int64_t global_pool_sums(const Blocked& in);

/// out = x times one factor for each channel.
void multiply_by_channel(const Blocked& x, const float* factors, const Blocked& out);
/// out = x times the first channel of `gate`, pixel by pixel.
void multiply_by_pixel(const Blocked& x, const Blocked& gate, const Blocked& out);
void add(const Blocked& a, const Blocked& b, const Blocked& out);
void copy(const Blocked& in, const Blocked& out);
void activate(const Blocked& x, Activation activation);

/// Convolution of each channel alone, at any dilation, stride 1.
/// @param weight [blocks][kernel rows * columns][block]
/// @param bias [blocks * block]
void depthwise(const Blocked& in, const float* weight, const float* bias, const Geometry& geometry,
               const Blocked& out);

/// out = weight, each number times the factor of its input channel.
/// @param channels the channel of each `run` numbers
void scale_weights(const float* weight, const std::int32_t* channels, std::int64_t runs, std::int64_t run,
                   const float* factors, float* out);

/// Channels one after the other into blocks, the last filled up with zeros, and back.
void to_blocked(const float* in, std::int64_t channels, const Blocked& out);
void to_plain(const Blocked& in, std::int64_t channels, float* out);

}  // namespace orthocover::onednn
