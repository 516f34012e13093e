#pragma once

#include <vector>

#include "core/nn/decoders/conv_block.h"
#include "core/nn/network.h"
#include "core/nn/orthonet/attention_gate.h"
#include "core/nn/orthonet/residual_stage.h"

namespace orthocover::nn {

/// Widths of an OrthoNet.
struct OrthoNetWidths {
  std::vector<int> encoder;  ///< channels at 1/2, 1/4, 1/8, 1/16 and 1/32
  std::vector<int> blocks;   ///< residual blocks behind each halving
  int context = 128;         ///< channels of the pyramid's result
  int branch = 96;           ///< channels of each of its branches
  std::vector<int> decoder;  ///< channels at 1/8, 1/4 and 1/2; without the last, scores stand at 1/4
  int rate = 6;  ///< dilation of the pyramid's first 3 x 3 branch; the others have 2 and 3 times it
};

/// Our own network: a plain residual encoder, an atrous pyramid over the two deepest feature maps, and a
/// light depthwise decoder whose skip connections pass pixel-wise attention gates.
///
/// Nothing in it depends on the size of the patch or on what lies far away in it: there is no pooling over
/// the patch and, in evaluation, no statistic of it, so that cutting a scene into tiles does not change the
/// map. Every halving is centred on its 2 x 2 block, so that scores stand exactly for block centres and
/// mirrored inputs give mirrored scores.
/// @source U-Net (Ronneberger et al. 2015), DeepLabV3+ (Chen et al. 2018), Attention U-Net (Oktay et al.
/// 2018); ours differs in the joined pyramid, the exact alignment and the output at half size
class OrthoNet final : public SegmentationNetwork {
 public:
  /// @param dropout probability before the last convolution, in training
  OrthoNet(const OrthoNetWidths& widths, int in_channels, int classes, double dropout);

  torch::Tensor forward_scores(torch::Tensor image) override;
  int score_stride() const override { return 16 >> m_decoder.size(); }
  int size_multiple() const override { return 32; }
  bool is_in_encoder(const std::string& name) const override {
    return name.starts_with("stem.") || name.starts_with("stages.");
  }

 private:
  void prepare_layers(ConvLayout layout) override;
  std::vector<torch::Tensor> encode(const torch::Tensor& image);
  torch::Tensor pyramid(const torch::Tensor& deep, const torch::Tensor& deepest);
  void initialise();

  int m_bands;
  ConvBlock m_stem;
  std::vector<ResidualStage> m_stages;
  ConvBlock m_deepest;
  ConvBlock m_deep;
  std::vector<ConvBlock> m_branches;
  ConvBlock m_context;
  std::vector<AttentionGate> m_gates;
  std::vector<ConvBlock> m_decoder;
  ConvUnit m_head;
  double m_dropout;
};

}  // namespace orthocover::nn
