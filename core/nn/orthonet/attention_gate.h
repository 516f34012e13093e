#pragma once

#include <string>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// Lets the decoder choose, pixel by pixel, what of a skip connection it takes.
/// @source additive attention of Attention U-Net (Oktay et al. 2018); ours works at the skip's own size
class AttentionGate {
 public:
  /// @param skip, signal channels of what is gated and of what decides
  AttentionGate(torch::nn::Module& owner, const std::string& name, int skip, int signal);

  /// @shape [n, skip, h, w], [n, signal, h, w] -> [n, skip, h, w]
  torch::Tensor operator()(const torch::Tensor& skip, const torch::Tensor& signal);

 private:
  torch::nn::Conv2d m_skip{nullptr};
  torch::nn::Conv2d m_signal{nullptr};
  torch::nn::Conv2d m_weight{nullptr};
};

}  // namespace orthocover::nn
