#pragma once

#include <cstdint>

#include "core/inference/onednn/vectors.h"

/// Convolutions of 3 x 3 by Winograd's minimal filtering, F(4 x 4, 3 x 3): 36 multiplications for 16 results
/// where the definition takes 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
/// 2016). Of oneDNN's own the results depend on the number of threads, and its version 3 has none.
namespace orthocover::onednn::winograd {

constexpr std::int64_t kTile = 4;    ///< results on a side
constexpr std::int64_t kWindow = 6;  ///< pixels on a side that they are made from
constexpr std::int64_t kProducts = kWindow * kWindow;

using vectors::Convolution;

/// Tiles are of pixels that are `dilation` apart, which gives dilation^2 pictures.
std::int64_t tiles(const Convolution& conv);

/// The weights of one group, from those of a convolution whose channels fill whole blocks, as `run` wants
/// them: [groups][36][input channels][output channels of the group]. A group is of vectors::kGroup blocks.
/// @param weight [out, in, 3, 3]
/// @param to all groups' weights: out * in * 36 numbers
void transform_weights(const float* weight, std::int64_t out, std::int64_t in, std::int64_t block,
                       std::int64_t group, float* to);

/// A share of the work: some tiles, and some groups of output blocks. Every result is the same sum in the
/// same order whatever the shares are.
struct Share {
  std::int64_t first_tile = 0;
  std::int64_t last_tile = 0;  ///< behind it
  std::int64_t first_group = 0;
  std::int64_t last_group = 0;
};

/// Room that a share of this many tiles needs.
std::int64_t scratch_floats(const Convolution& conv, std::int64_t tiles);
/// Tiles in a share whose room the nearer caches hold, but enough of them to be worth reading the weights
/// for.
std::int64_t good_share(const Convolution& conv);

/// @param in,out blocked maps: [blocks, height, width, block]
/// @param bias [out_blocks * block]
void run(const Convolution& conv, const Share& share, const float* in, const float* weight, const float* bias,
         float* scratch, float* out);

}  // namespace orthocover::onednn::winograd
