#pragma once

#include <vector>

#include "core/nn/decoders/conv_block.h"
#include "core/nn/decoders/decoder.h"

namespace orthocover::nn {

/// Decoder of U-Net: doubles the size five times, each time joined by the encoder's features of that size.
/// @source Ronneberger et al. 2015, "U-Net: Convolutional Networks for Biomedical Image Segmentation"; names,
/// widths and batch norm as in segmentation_models_pytorch
class UNetDecoder final : public Decoder {
 public:
  static constexpr int kChannels = 16;

  /// @param channels of the encoder's features
  explicit UNetDecoder(const std::vector<int>& channels);

  /// @shape -> [n, 16, h, w]
  torch::Tensor decode(const std::vector<torch::Tensor>& features) override;
  void prepare_for_inference(ConvLayout layout) override;

 private:
  struct Step {
    ConvBlock first;
    ConvBlock second;
  };
  std::vector<Step> m_steps;
};

}  // namespace orthocover::nn
