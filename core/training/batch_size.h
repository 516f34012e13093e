#pragma once

#include <cstdint>

#include "core/nn/network.h"

namespace orthocover {

/// The largest power of two of patches, at most 64, whose forward and backward pass fits into memory. On the
/// CPU one pass of two patches is measured, on CUDA passes are tried until memory runs out. The network's
/// weights and running statistics stay as they are.
/// @param available_bytes memory that may be used; on the CPU only
/// @throws Error{Resource} when not even one patch fits
int largest_batch_size(nn::SegmentationNetwork& network, torch::Device device, int bands, int patch_px,
                       torch::ScalarType precision, std::uint64_t available_bytes);

}  // namespace orthocover
