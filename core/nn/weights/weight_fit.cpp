#include "core/nn/weights/weight_fit.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/error.h"
#include "core/base/plain_text.h"

namespace orthocover::nn {
namespace {

/// A tensor one of whose sizes follows an option of the network.
struct SizedTensor {
  std::string name;
  std::int64_t dimension = 0;
};

const torch::Tensor* find(const TensorMap& tensors, const std::string& name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const auto& entry) { return entry.first == name; });
  return found == tensors.end() ? nullptr : &found->second;
}

/// The tensors that differ in a size between two networks of one architecture.
std::vector<SizedTensor> differences(const SegmentationNetwork& a, const SegmentationNetwork& b) {
  std::vector<SizedTensor> found;
  const TensorMap state_b = state_of(b);
  for (const auto& [name, tensor] : state_of(a)) {
    const torch::Tensor* other = find(state_b, name);
    if (other == nullptr || other->dim() != tensor.dim()) continue;
    for (std::int64_t i = 0; i < tensor.dim(); ++i) {
      if (tensor.size(i) != other->size(i)) found.push_back({name, i});
    }
  }
  return found;
}

std::optional<SizedTensor> first_difference(const SegmentationNetwork& a, const SegmentationNetwork& b) {
  const std::vector<SizedTensor> all = differences(a, b);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

/// Size of the tensor that follows the number of classes or bands, where it is there and differs.
std::optional<std::int64_t> other_size(const SegmentationNetwork& network, const std::string& architecture,
                                       const NetworkOptions& changed, const TensorMap& tensors,
                                       std::string& name) {
  const auto sized = first_difference(network, *make_network(architecture, changed));
  if (!sized) return std::nullopt;
  const torch::Tensor* found = find(tensors, sized->name);
  const TensorMap state = state_of(network);
  const torch::Tensor* wanted = find(state, sized->name);
  if (found == nullptr || found->dim() != wanted->dim()) return std::nullopt;
  name = sized->name;
  const std::int64_t size = found->size(sized->dimension);
  return size == wanted->size(sized->dimension) ? std::nullopt : std::optional(size);
}

bool any_shape_differs(const SegmentationNetwork& network, const TensorMap& tensors) {
  const TensorMap state = state_of(network);
  return std::any_of(state.begin(), state.end(), [&](const auto& entry) {
    const torch::Tensor* found = find(tensors, entry.first);
    return found != nullptr && found->sizes() != entry.second.sizes();
  });
}

/// Says which of the two numbers is wrong, where it is one of them.
void explain_shapes(const SegmentationNetwork& network, const std::string& architecture,
                    const NetworkOptions& options, const TensorMap& tensors, const std::string& what) {
  std::string name;
  NetworkOptions changed = options;
  ++changed.classes;
  if (const auto classes = other_size(network, architecture, changed, tensors, name)) {
    throw model_error("{}: '{}' scores {} classes, {} are wanted", what, name, *classes, options.classes);
  }
  changed = options;
  ++changed.in_channels;
  if (const auto bands = other_size(network, architecture, changed, tensors, name)) {
    throw model_error("{}: '{}' takes {} bands, {} are wanted", what, name, *bands, options.in_channels);
  }
}

/// Classifiers whose weights are known as encoders, by a tensor that only they have.
void refuse_encoder_alone(const TensorMap& tensors, const std::string& what) {
  static constexpr std::array<std::pair<const char*, const char*>, 4> kSigns{{
      {"layer1.0.conv1.weight", "a ResNet"},
      {"conv_stem.weight", "an EfficientNet (timm)"},
      {"features.0.0.weight", "an EfficientNet (torchvision)"},
      {"_conv_stem.weight", "an EfficientNet"},
  }};
  for (const auto& [sign, kind] : kSigns) {
    if (find(tensors, sign) == nullptr) continue;
    throw model_error(
        "{}: holds {} classifier without a decoder, no segmentation network; such weights start a training: "
        "train --encoder-weights",
        what, kind);
  }
}

}  // namespace

int classes_of_weights(const std::string& architecture, NetworkOptions options, const TensorMap& tensors,
                       const std::string& what) {
  refuse_encoder_alone(tensors, what);
  options.classes = 1;
  const auto one = make_network(architecture, options);
  options.classes = 2;
  const auto head = first_difference(*one, *make_network(architecture, options));
  const torch::Tensor* tensor = head ? find(tensors, head->name) : nullptr;
  if (tensor == nullptr || tensor->dim() <= head->dimension) {
    throw model_error(
        "{}: '{}' is missing, by which the number of classes is known; is '{}' the architecture?", what,
        head ? head->name : "the last layer", architecture);
  }
  const std::int64_t classes = tensor->size(head->dimension);
  if (classes < 1 || classes > 254) {
    throw model_error("{}: '{}' scores {} classes; allowed: 1..254", what, head->name, classes);
  }
  return static_cast<int>(classes);
}

TensorMap with_classes(const std::string& architecture, const NetworkOptions& options, TensorMap tensors,
                       const std::vector<std::optional<int>>& from) {
  NetworkOptions more = options;
  ++more.classes;
  const auto fresh = make_network(architecture, options);
  const TensorMap state = state_of(*fresh);
  for (const SizedTensor& sized : differences(*fresh, *make_network(architecture, more))) {
    const auto old = std::ranges::find(tensors, sized.name, &TensorMap::value_type::first);
    const torch::Tensor rows = find(state, sized.name)->detach().clone();
    const auto is_alike = [&](const torch::Tensor& tensor) {
      return tensor.dim() == rows.dim() &&
             tensor.select(sized.dimension, 0).sizes() == rows.select(sized.dimension, 0).sizes();
    };
    if (old == tensors.end() || !is_alike(old->second)) continue;
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (!from[i]) continue;
      rows.select(sized.dimension, static_cast<std::int64_t>(i))
          .copy_(old->second.select(sized.dimension, *from[i]));
    }
    old->second = rows;
  }
  return tensors;
}

std::shared_ptr<SegmentationNetwork> fit_weights(const std::string& architecture,
                                                 const NetworkOptions& options, const TensorMap& tensors,
                                                 const std::string& what) {
  refuse_encoder_alone(tensors, what);
  auto network = make_network(architecture, options);
  if (any_shape_differs(*network, tensors)) explain_shapes(*network, architecture, options, tensors, what);
  load_state(*network, tensors, what);
  check_finite(state_of(*network), what);
  network->eval();
  return network;
}

void check_finite(const TensorMap& tensors, const std::string& what) {
  for (const auto& [key, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    const char* const kFault = "its training went wrong or the file is damaged";
    if (!tensor.isfinite().all().item<bool>())
      throw model_error("{}: tensor '{}' has values that are infinite or no numbers (NaN); {}", what,
                        shortened(key), kFault);
    if (key.ends_with("running_var") && tensor.lt(0).any().item<bool>())
      throw model_error("{}: tensor '{}' has variances below 0; {}", what, shortened(key), kFault);
  }
}

}  // namespace orthocover::nn
