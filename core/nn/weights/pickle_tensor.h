#pragma once

#include <string>

#include "core/nn/weights/pickle_value.h"

namespace orthocover::nn {

/// A tensor from the arguments of `torch._utils._rebuild_tensor_v2`: storage, offset, size, stride and what
/// does not matter here. The tensor is a view of the storage.
/// @param file names the source in messages
/// @throws Error{Model} when it reaches beyond its storage or has more elements than it
torch::Tensor rebuild_tensor(const PickleTuple& arguments, const std::string& file);

}  // namespace orthocover::nn
