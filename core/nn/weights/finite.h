#pragma once

#include <string>

#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Refuses weights that are no numbers: what they score would look like a map.
/// @param what names the source in messages
/// @throws Error{Model} naming the first tensor with an infinite value or NaN
void check_finite(const TensorMap& tensors, const std::string& what);

}  // namespace orthocover::nn
