#pragma once

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
void initialise_decoder(torch::nn::Module& decoder);

}  // namespace orthocover::nn
