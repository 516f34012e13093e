#pragma once

#include "core/inference/onednn/graph.h"
#include "core/nn/network.h"

namespace orthocover::onednn {

/// The steps of one forward pass over one image of this size, as LibTorch's tracer sees them.
/// @throws Unsupported when a step is unknown
Graph trace(nn::SegmentationNetwork& network, const Shape& image);

}  // namespace orthocover::onednn
