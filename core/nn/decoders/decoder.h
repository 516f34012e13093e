#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/nn/conv_unit.h"
#include "core/nn/torch.h"

namespace orthocover::nn {

/// Turns the features of an encoder into one feature map.
class Decoder : public torch::nn::Module {
 public:
  /// @param features as Encoder::features() gives them
  virtual torch::Tensor decode(const std::vector<torch::Tensor>& features) = 0;

  /// See SegmentationNetwork.
  virtual void prepare_for_inference(ConvLayout layout) = 0;
};

/// Starting weights of decoders, for training from scratch: Kaiming for convolutions, ones and zeros for
/// batch norm.
inline void initialise_decoder(torch::nn::Module& decoder) {
  for (const auto& module : decoder.modules(/*include_self=*/false))
    if (auto* conv = module->as<torch::nn::Conv2d>())
      torch::nn::init::kaiming_uniform_(conv->weight, 0.0, torch::kFanIn, torch::kReLU);
}

/// Bilinear resampling in which the centres of the corner pixels stay where they are (`align_corners`).
inline torch::Tensor upsample_corners(const torch::Tensor& x, std::int64_t height, std::int64_t width) {
  return torch::upsample_bilinear2d(x, {height, width}, /*align_corners=*/true);
}

}  // namespace orthocover::nn
