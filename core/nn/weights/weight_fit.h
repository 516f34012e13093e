#pragma once

#include <string>

#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Number of classes that the tensors score, by the first tensor of the architecture whose size is the number
/// of classes.
/// @param what names the weights in messages
/// @throws Error{Model} when that tensor is missing
int classes_of_weights(const std::string& architecture, NetworkOptions options, const TensorMap& tensors,
                       const std::string& what);

/// The network, filled with tensors that fit it in every name and shape.
/// @throws Error{Model} that names the tensor: classes or bands that do not agree (with both numbers),
/// weights of
///         an encoder alone, anything missing, unknown or of another shape
std::shared_ptr<SegmentationNetwork> fit_weights(const std::string& architecture,
                                                 const NetworkOptions& options, const TensorMap& tensors,
                                                 const std::string& what);

}  // namespace orthocover::nn
