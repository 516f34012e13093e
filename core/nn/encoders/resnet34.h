#pragma once

#include <string>
#include <vector>

#include "core/nn/encoders/encoder.h"

namespace orthocover::nn {

/// ResNet34 without its classifier, with dilation in place of late strides.
/// @source He et al. 2016, "Deep Residual Learning for Image Recognition"; names and dilation as in
/// segmentation_models_pytorch (`resnet34`: the whole stage is dilated; `tu-resnet34`: not its first
/// convolution)
class ResNet34 final : public Encoder {
 public:
  /// @param variant `resnet34` or `tu-resnet34`
  ResNet34(const std::string& variant, const EncoderOptions& options);

  std::vector<torch::Tensor> features(const torch::Tensor& image) override;

 private:
  /// Two 3x3 convolutions with a shortcut.
  struct BasicBlock {
    torch::nn::Conv2d conv1{nullptr};
    torch::nn::BatchNorm2d bn1{nullptr};
    torch::nn::Conv2d conv2{nullptr};
    torch::nn::BatchNorm2d bn2{nullptr};
    torch::nn::Conv2d shortcut{nullptr};
    torch::nn::BatchNorm2d shortcut_bn{nullptr};

    torch::Tensor operator()(const torch::Tensor& input);
  };
  /// How one block differs from another.
  struct BlockShape {
    int in;
    int out;
    int stride;
    int first_dilation;
    int dilation;
  };
  BasicBlock make_block(const std::string& path, const BlockShape& shape);

  torch::nn::Conv2d m_conv1{nullptr};
  torch::nn::BatchNorm2d m_bn1{nullptr};
  std::vector<std::vector<BasicBlock>> m_layers;
};

}  // namespace orthocover::nn
