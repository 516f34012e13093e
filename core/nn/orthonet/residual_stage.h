#pragma once

#include <string>
#include <vector>

#include "core/nn/decoders/conv_block.h"

namespace orthocover::nn {

/// Halves the size by 2 x 2 means, widens the channels with a 3 x 3 convolution, then runs residual blocks of
/// two 3 x 3 convolutions.
class ResidualStage {
 public:
  ResidualStage(torch::nn::Module& owner, const std::string& name, int in, int out, int blocks);

  /// @shape [n, in, h, w] -> [n, out, h / 2, w / 2]
  torch::Tensor operator()(const torch::Tensor& x);

  /// Lets every residual block begin as the identity, for training from scratch.
  /// @source Goyal et al. 2017, section 5.1
  void start_as_identity();

  /// See ConvUnit.
  void prepare_for_inference(ConvLayout layout);

 private:
  struct Block {
    ConvBlock first;
    ConvUnit second;
  };
  ConvBlock m_widen;
  std::vector<Block> m_blocks;
};

}  // namespace orthocover::nn
