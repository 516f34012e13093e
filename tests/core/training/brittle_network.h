#pragma once

#include "core/nn/network.h"

namespace orthocover {

/// Scores that are no numbers as soon as a patch is bright.
class BrittleNetwork final : public nn::SegmentationNetwork {
 public:
  BrittleNetwork() { m_scale = register_parameter("scale", torch::ones({1, 2, 1, 1})); }
  torch::Tensor forward_scores(torch::Tensor image) override {
    return m_scale * image.narrow(1, 0, 2) / (image.mean({1, 2, 3}, true) < 1);
  }
  int size_multiple() const override { return 1; }

 private:
  torch::Tensor m_scale;
};

}  // namespace orthocover
