#pragma once

#include <cstdint>

#include "core/nn/network.h"

namespace orthocover::nn {

/// Multiply-adds of one forward pass in its convolutions and matrix products, the usual measure of a
/// network's work; activations, normalisations and resampling don't count. The network is run once on
/// zeros, in evaluation.
/// @param size_px side of the input; rounded up to a multiple of the network's size_multiple()
std::uint64_t count_multiply_adds(SegmentationNetwork& network, int in_channels, int size_px);

}  // namespace orthocover::nn
