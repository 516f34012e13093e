#pragma once

#include <string>

#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Kernels of a first convolution for another number of bands: one band gets the sum over the old ones; else
/// new band i gets the old band i modulo their number, scaled so that the sum over all bands stays.
/// @shape [out, bands, k, k] -> [out, wanted, k, k]
/// @source the rule of segmentation_models_pytorch
torch::Tensor adapt_stem(const torch::Tensor& kernels, std::int64_t wanted);

/// Fills the encoder of a network with the weights of an image classifier (ResNet34 or EfficientNet-B5 in the
/// layout of torchvision, timm or EfficientNet-PyTorch) or with the encoder of a segmentation checkpoint; the
/// first convolution is adapted to the bands of the network, the classifier is left out.
/// @param what names the checkpoint in messages
/// @return one line that says what was found
/// @throws Error{Model} when the network has no such encoder or a tensor is missing or of another shape; the
/// network is then unchanged
std::string load_encoder_weights(SegmentationNetwork& network, const TensorMap& checkpoint,
                                 const std::string& what);

}  // namespace orthocover::nn
