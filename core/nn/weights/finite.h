#pragma once

#include <string>

#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Refuses weights that are no numbers, or make such: what they score would look like a map.
/// @param what names the source in messages
/// @throws Error{Model} naming the first tensor with an infinite value, NaN, or a negative variance
void check_finite(const TensorMap& tensors, const std::string& what);

}  // namespace orthocover::nn
