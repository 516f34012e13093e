#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Number of classes that the tensors score, by the first tensor of the architecture whose size is the number
/// of classes.
/// @param what names the weights in messages
/// @throws Error{Model} when that tensor is missing
int classes_of_weights(const std::string& architecture, NetworkOptions options, const TensorMap& tensors,
                       const std::string& what);

/// Tensors of a network that scores some classes, for one of other classes: what a class has of the last
/// layer comes from the class that it was, or is drawn as in a new network.
/// @param options of the network that is wanted
/// @param from for each class its index among those of the tensors; nothing: it is new
/// @return tensors that do not fit the network in other sizes are left as they are
TensorMap with_classes(const std::string& architecture, const NetworkOptions& options, TensorMap tensors,
                       const std::vector<std::optional<int>>& from);

/// The network, filled with tensors that fit it in every name and shape.
/// @throws Error{Model} that names the tensor: classes or bands that do not agree (with both numbers),
/// weights of an encoder alone, anything missing, unknown or of another shape
std::shared_ptr<SegmentationNetwork> fit_weights(const std::string& architecture,
                                                 const NetworkOptions& options, const TensorMap& tensors,
                                                 const std::string& what);

/// Refuses weights that are no numbers, or make such: what they score would look like a map.
/// @param what names the source in messages
/// @throws Error{Model} naming the first tensor with an infinite value, NaN, or a negative variance
void check_finite(const TensorMap& tensors, const std::string& what);

}  // namespace orthocover::nn
