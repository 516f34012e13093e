#pragma once

#include <cstdint>

/// A depthwise convolution of 3 x 3 and the convolution of 1 x 1 that reads it, in one pass: what lies
/// between them stays in the cache.
namespace orthocover::onednn::separable {

/// Stride 1, padded by `dilation` on all sides so that the map keeps its size, where
/// vectors::are_available(block).
struct Problem {
  std::int64_t block = 0;  ///< channels in a block: 8 or 16
  std::int64_t in_blocks = 0;
  std::int64_t out_blocks = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t dilation = 1;
  bool relu_between = false;
  bool add = false;   ///< to what the output holds
  bool relu = false;  ///< after that
};

struct Weights {
  const float* depthwise;       ///< [in_blocks][9][block]
  const float* depthwise_bias;  ///< [in_blocks][block]
  const float*
      pointwise;      ///< [groups of vectors::kGroup output blocks][input channels][channels of the group]
  const float* bias;  ///< [out_blocks][block]
};

/// Room that a thread needs.
std::int64_t scratch_floats(const Problem& problem);

/// Makes one row of the map. Its numbers don't depend on which rows are made together.
/// @param in,out blocked maps: [blocks, height, width, block]
void run_row(const Problem& problem, std::int64_t row, const float* in, const Weights& weights,
             float* scratch, float* out);

}  // namespace orthocover::onednn::separable
