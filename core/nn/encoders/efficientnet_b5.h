#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/nn/conv_unit.h"
#include "core/nn/encoders/efficientnet_layout.h"
#include "core/nn/encoders/encoder.h"

namespace orthocover::nn {

/// Zero padding of convolutions with a stride.
enum class StridePadding {
  Symmetric,  ///< half the kernel on each side
  Same,       ///< TensorFlow's SAME, from the size of the input
  SameAt456   ///< TensorFlow's SAME as it would be for an image of 456 x 456 pixels, whatever the input
};

/// In what the implementations of EfficientNet-B5 differ although they hold the same tensors.
struct EfficientNetVariant {
  std::string_view name;
  std::string_view prefix;
  EfficientNetLayout layout;
  StridePadding padding;
  double bn_eps;
  double bn_momentum;
  double drop_connect;
  bool has_head;         ///< the tensors of the classifier's last convolution are there, unused
  bool dilate_first;     ///< see StridePlan
  bool first_from_stem;  ///< feature 1 is the stem's output; else that of the first stage
};
/// nullptr for an unknown name.
const EfficientNetVariant* find_efficientnet_variant(std::string_view name);

/// EfficientNet-B5 without its classifier, with dilation in place of late strides.
/// @source Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"; names,
/// padding and dilation as in segmentation_models_pytorch
class EfficientNetB5 final : public Encoder {
 public:
  /// @param variant a name that find_efficientnet_variant() knows
  EfficientNetB5(const std::string& variant, const EncoderOptions& options);

  std::vector<torch::Tensor> features(const torch::Tensor& image) override;
  void prepare_for_inference(ConvLayout layout) override;

 private:
  /// A convolution with batch norm and SiLU whose padding may depend on its input.
  struct PaddedConv {
    ConvUnit unit;
    StridePadding padding = StridePadding::Symmetric;
    int nominal_size = 0;  ///< of the input, for SameAt456

    torch::Tensor operator()(const torch::Tensor& input);
  };
  /// Inverted residual block with squeeze-and-excitation.
  struct Block {
    ConvUnit expand;
    PaddedConv depthwise;
    ConvUnit se_reduce;
    ConvUnit se_expand;
    ConvUnit project;
    bool has_skip = false;
    bool ends_feature = false;
    double drop_connect = 0;

    torch::Tensor operator()(const torch::Tensor& input, bool training);
  };
  /// How one block differs from another.
  struct BlockShape {
    int in;
    int out;
    int kernel;
    int stride;
    int dilation;
    int expansion;
  };

  PaddedConv make_conv(const std::string& name, const std::string& bn_name, torch::nn::Conv2dOptions options);
  torch::nn::Conv2d make_pointwise(const std::string& name, int in, int out, bool bias = false);
  torch::nn::BatchNorm2d make_bn(const std::string& name, int channels);
  Block make_block(const EfficientNetBlockNames& names, const BlockShape& shape);
  void make_blocks(const EncoderOptions& options);

  const EfficientNetVariant& m_variant;
  int m_nominal_size = 456;  ///< of the tensor that the next layer sees, for SameAt456
  PaddedConv m_stem;
  std::vector<Block> m_blocks;
};

}  // namespace orthocover::nn
