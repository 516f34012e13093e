#pragma once

#include <string>

#include "core/nn/conv_unit.h"

namespace orthocover::nn {

/// Lets the decoder choose, pixel by pixel, what of a skip connection it takes.
/// @source additive attention of Attention U-Net (Oktay et al. 2018); ours works at the skip's own size
class AttentionGate {
 public:
  /// @param skip, signal channels of what is gated and of what decides
  AttentionGate(torch::nn::Module& owner, const std::string& name, int skip, int signal);

  /// @shape [n, skip, h, w], [n, signal, h, w] -> [n, skip, h, w]
  torch::Tensor operator()(const torch::Tensor& skip, const torch::Tensor& signal);

  /// See ConvUnit.
  void prepare_for_inference(ConvLayout layout);

 private:
  ConvUnit m_skip;
  ConvUnit m_signal;
  ConvUnit m_weight;
};

}  // namespace orthocover::nn
