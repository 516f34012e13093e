#pragma once

#include <string>
#include <vector>

#include "core/nn/conv_unit.h"

namespace orthocover::nn {

/// Names under which a ConvBlock is registered.
struct ConvBlockNames {
  std::string conv;
  std::string bn;
};

/// Convolution without bias, batch norm, ReLU.
class ConvBlock {
 public:
  /// An empty block, to be replaced before use.
  ConvBlock() = default;
  /// Plain convolution that keeps the size.
  static ConvBlock plain(torch::nn::Module& owner, const ConvBlockNames& names, int in, int out, int kernel);
  /// Convolution with a stride and `padding` zeros on every side.
  static ConvBlock strided(torch::nn::Module& owner, const ConvBlockNames& names, int in, int out, int kernel,
                           int stride, int padding);
  /// Depthwise 3x3 with `dilation`, then 1x1; nothing between the two.
  static ConvBlock separable(torch::nn::Module& owner, const ConvBlockNames& names, int in, int out,
                             int dilation = 1);

  /// @shape [n, in, h, w] -> [n, out, h, w]
  torch::Tensor operator()(torch::Tensor x);

  /// See ConvUnit.
  void prepare_for_inference(ConvLayout layout);

 private:
  std::vector<ConvUnit> m_units;
};

}  // namespace orthocover::nn
