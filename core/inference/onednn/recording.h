#pragma once

#include "core/inference/onednn/graph.h"
#include "core/nn/network.h"

namespace orthocover::onednn {

/// The steps of one forward pass over one image of this size, as LibTorch's tracer sees them.
/// @throws Unsupported when a step is unknown
Graph trace(nn::SegmentationNetwork& network, const Shape& image);

/// What a network computes, for images of any size that it accepts. It is recorded from a few passes over
/// small images; sizes of intermediate results must be linear in those of the image.
class Recording {
 public:
  /// @param network prepared for inference, on the CPU
  /// @throws Unsupported when it does what graphs can't express
  Recording(nn::SegmentationNetwork& network, int bands);

  /// @param height,width multiples of the network's size_multiple()
  Graph at(std::int64_t height, std::int64_t width) const;

 private:
  std::int64_t m_multiple;
  int m_bands;
  Graph m_base;
  Graph m_larger;
};

}  // namespace orthocover::onednn
