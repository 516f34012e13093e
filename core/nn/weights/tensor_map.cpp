#include "core/nn/weights/tensor_map.h"

#include <fmt/ranges.h>

#include <unordered_map>
#include <unordered_set>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"
#include "core/nn/network.h"

namespace orthocover::nn {

namespace {

bool may_be_missing(const std::string& key) {
  return key.ends_with("num_batches_tracked");
}

void append_state(const torch::nn::Module& module, const std::string& prefix, TensorMap& state) {
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_buffers(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& child : module.named_children())
    append_state(*child.value(), prefix + child.key() + ".", state);
}

}  // namespace

std::string shape_text(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes().begin(), tensor.sizes().end(), ", "));
}

TensorMap state_of(const torch::nn::Module& module) {
  const auto* network = dynamic_cast<const SegmentationNetwork*>(&module);
  if (network != nullptr && network->is_prepared())
    throw internal_error("the weights of a network prepared for inference were asked for");
  TensorMap state;
  append_state(module, "", state);
  return state;
}

void load_state(torch::nn::Module& module, const TensorMap& tensors, const std::string& what) {
  const TensorMap state = state_of(module);
  std::unordered_map<std::string, torch::Tensor> given(tensors.begin(), tensors.end());
  if (given.size() != tensors.size()) throw model_error("{}: a tensor name occurs twice", what);

  std::vector<std::string> names;
  for (const auto& [key, target] : state) names.push_back(key);
  const std::unordered_set<std::string> known(names.begin(), names.end());
  // All checks come before the first copy: a refused file leaves the module as it was.
  for (const auto& [key, target] : state) {
    const auto found = given.find(key);
    if (found == given.end()) {
      if (may_be_missing(key)) continue;
      throw model_error(
          "{}: tensor '{}' {} is missing; the file holds another architecture, one with other "
          "--network-option values, or is incomplete",
          what, key, shape_text(target));
    }
    if (found->second.sizes() != target.sizes())
      throw model_error(
          "{}: tensor '{}' has shape {}, the network wants {}; has it other --network-option values?", what,
          key, shape_text(found->second), shape_text(target));
  }
  for (const auto& [key, tensor] : tensors)
    if (!known.contains(key))
      throw model_error("{}: tensor '{}' {} is not part of the network{}", what, shortened(key),
                        shape_text(tensor), did_you_mean(key, names));

  const torch::NoGradGuard no_gradients;
  for (auto& [key, target] : state) {
    const auto found = given.find(key);
    if (found != given.end()) torch::Tensor(target).copy_(found->second);
  }
}

}  // namespace orthocover::nn
