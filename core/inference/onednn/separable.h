#pragma once

#include <cstdint>
#include <span>

#include "core/inference/onednn/loops.h"

/// A depthwise convolution of 3 x 3, the convolution of 1 x 1 that reads it, and perhaps another one behind
/// that, in one pass: what lies between them stays in the cache.
namespace orthocover::onednn::separable {

/// How a map becomes as large as the result.
struct Growth {
  loops::Axis down, across;
};

/// Some channels of the input, a blocked map: [blocks, height, width, block].
struct Part {
  const float* map = nullptr;
  std::int64_t blocks = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  const Growth* growth = nullptr;  ///< bilinearly, row by row as it is needed; null: it is as large
};

/// A convolution of 1 x 1.
struct Pointwise {
  std::int64_t blocks = 0;  ///< of results
  /// [groups][input channels][output channels of the group], of kGroup blocks
  const float* weight = nullptr;
  const float* bias = nullptr;  ///< [blocks][block]
  bool add = false;             ///< to what the result's map holds; of the last one only
  bool relu = false;            ///< after that
};

struct Chain {
  std::int64_t block = 0;  ///< channels in a block: 8 or 16; vectors::are_available() says which
  std::int64_t in_blocks = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t dilation = 1;              ///< 1 where a part grows
  const float* depthwise = nullptr;       ///< [in_blocks][9][block]
  const float* depthwise_bias = nullptr;  ///< [in_blocks][block]
  bool relu = false;                      ///< after the depthwise convolution
  Pointwise first;
  Pointwise second;       ///< no blocks: there is none
  std::int64_t rows = 1;  ///< of a piece; what one of them reads is in the cache for the next
};

/// The result is made in pieces, whose numbers don't depend on what else is made.
std::int64_t pieces(const Chain& chain);
/// Room that a piece needs.
std::int64_t scratch_floats(const Chain& chain, std::span<const Part> parts);
/// @param out a blocked map
void run(const Chain& chain, std::int64_t piece, std::span<const Part> parts, float* scratch, float* out);

}  // namespace orthocover::onednn::separable
