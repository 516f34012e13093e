#pragma once

#include <vector>

#include "core/nn/decoders/conv_block.h"
#include "core/nn/decoders/decoder.h"

namespace orthocover::nn {

/// Decoder of DeepLabV3+: atrous spatial pyramid pooling on the deepest features, joined with those at
/// stride 4.
/// @source Chen et al. 2018, "Encoder-Decoder with Atrous Separable Convolution for Semantic Image
/// Segmentation"; names and details as in segmentation_models_pytorch
class DeepLabV3PlusDecoder final : public Decoder {
 public:
  static constexpr int kChannels = 256;

  /// @param channels of the encoder's features
  /// @param dropout probability behind the pyramid, in training
  DeepLabV3PlusDecoder(const std::vector<int>& channels, double dropout);

  /// @shape -> [n, 256, h / 4, w / 4]
  torch::Tensor decode(const std::vector<torch::Tensor>& features) override;
  void prepare_for_inference(ConvLayout layout) override;

 private:
  torch::Tensor pyramid(const torch::Tensor& deepest);

  std::vector<ConvBlock> m_branches;
  ConvBlock m_pooled;
  ConvBlock m_project;
  ConvBlock m_smooth;
  ConvBlock m_low_level;
  ConvBlock m_join;
  double m_dropout;
};

}  // namespace orthocover::nn
