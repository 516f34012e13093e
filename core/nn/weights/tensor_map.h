#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// Named tensors in the order of their file: a state dict.
using TensorMap = std::vector<std::pair<std::string, torch::Tensor>>;

/// `[64, 3, 7, 7]`
std::string shape_text(const torch::Tensor& tensor);

/// Parameters and buffers of a module under their state-dict names (shared storage, not copies).
TensorMap state_of(const torch::nn::Module& module);

/// Copies tensors into a module of the same names and shapes, values cast to the module's type.
/// @param what names the source in messages
/// @throws Error{Model} naming the first missing, unknown or wrongly shaped key; buffers
/// `num_batches_tracked` may be missing
void load_state(torch::nn::Module& module, const TensorMap& tensors, const std::string& what);

}  // namespace orthocover::nn
