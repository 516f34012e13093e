#pragma once

#include <string>
#include <vector>

#include "core/nn/conv_unit.h"
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
  void prepare_for_inference(ConvLayout layout) override;

 private:
  /// Two 3x3 convolutions with a shortcut.
  struct BasicBlock {
    ConvUnit first;
    ConvUnit second;
    ConvUnit shortcut;

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
  ConvUnit make_unit(const std::string& conv_path, const std::string& bn_path, torch::nn::Conv2d conv,
                     Activation activation);
  BasicBlock make_block(const std::string& path, const BlockShape& shape);

  ConvUnit m_stem;
  std::vector<std::vector<BasicBlock>> m_layers;
};

}  // namespace orthocover::nn
