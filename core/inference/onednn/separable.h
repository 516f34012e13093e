#pragma once

#include <cstdint>

#include "core/inference/onednn/vectors.h"

/// A depthwise convolution of 3 x 3 and the convolution of 1 x 1 that reads it, in one pass: what lies
/// between them stays in the cache.
namespace orthocover::onednn::separable {

using vectors::Convolution;

/// A group is of vectors::kGroup blocks of output channels.
struct Weights {
  const float* depthwise;       ///< [in_blocks][9][block]
  const float* depthwise_bias;  ///< [in_blocks][block]
  bool relu_between;            ///< after the depthwise convolution
  const float* pointwise;       ///< [groups][input channels][output channels of the group]
  const float* bias;            ///< [out_blocks][block]
};

/// Room that a thread needs.
std::int64_t scratch_floats(const Convolution& conv);

/// Makes one row of the map; padding and dilation are those of the depthwise convolution. Its numbers don't
/// depend on which rows are made together.
/// @param in,out blocked maps: [blocks, height, width, block]
void run_row(const Convolution& conv, std::int64_t row, const float* in, const Weights& weights,
             float* scratch, float* out);

}  // namespace orthocover::onednn::separable
