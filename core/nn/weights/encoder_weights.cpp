#include "core/nn/weights/encoder_weights.h"

#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/nn/encoders/efficientnet_layout.h"
#include "core/nn/weights/weight_fit.h"

namespace orthocover::nn {
namespace {

/// How one family of encoders names its tensors.
struct Layout {
  std::string_view stem;  ///< its first convolution
  std::string_view summary;
  std::optional<EfficientNetLayout> efficientnet;  ///< none: ResNet, whose names are the same everywhere
};
constexpr std::array<Layout, 4> kLayouts{{
    {"_conv_stem", "EfficientNet in the layout of EfficientNet-PyTorch", EfficientNetLayout::Native},
    {"conv_stem", "EfficientNet in the layout of timm", EfficientNetLayout::Timm},
    {"features.0.0", "EfficientNet in the layout of torchvision", EfficientNetLayout::Torchvision},
    {"conv1", "ResNet", std::nullopt},
}};

using Tensors = std::map<std::string, torch::Tensor>;

/// From the names of one layout to those of another.
class Renaming {
 public:
  Renaming(const Layout& from, const Layout& to) {
    if (!from.efficientnet || !to.efficientnet) return;
    const std::vector<std::string> old_names = efficientnet_module_names(*from.efficientnet);
    const std::vector<std::string> new_names = efficientnet_module_names(*to.efficientnet);
    for (std::size_t i = 0; i < old_names.size(); ++i) m_modules[old_names[i]] = new_names[i];
  }

  std::string operator()(const std::string& tensor) const {
    const auto dot = tensor.rfind('.');
    const auto found = m_modules.find(tensor.substr(0, dot));
    return found == m_modules.end() ? tensor : found->second + tensor.substr(dot);
  }

 private:
  std::map<std::string, std::string> m_modules;
};

/// An encoder inside a state dict.
struct FoundEncoder {
  const Layout* layout = nullptr;
  std::string prefix;  ///< of all its names
};

/// `encoder.model.` and `encoder.` as networks have them, and nothing as classifiers do.
std::optional<FoundEncoder> find_encoder(const Tensors& tensors) {
  for (const std::string prefix : {"encoder.model.", "encoder.", ""}) {
    for (const Layout& layout : kLayouts) {
      const std::string name = prefix + std::string(layout.stem);
      if (tensors.contains(name + ".weight")) return FoundEncoder{&layout, prefix};
    }
  }
  return std::nullopt;
}

Tensors by_name(const TensorMap& tensors) {
  return {tensors.begin(), tensors.end()};
}

bool is_counter(std::string_view name) {
  return name.ends_with("num_batches_tracked");
}

}  // namespace

torch::Tensor adapt_stem(const torch::Tensor& kernels, std::int64_t wanted) {
  const std::int64_t bands = kernels.size(1);
  if (bands == wanted) return kernels;
  if (wanted == 1) return kernels.sum(1, /*keepdim=*/true);
  const auto sources = torch::arange(wanted) % bands;
  return kernels.index_select(1, sources) * (static_cast<double>(bands) / static_cast<double>(wanted));
}

std::string load_encoder_weights(SegmentationNetwork& network, const TensorMap& checkpoint,
                                 const std::string& what) {
  const Tensors target = by_name(state_of(network));
  const Tensors source = by_name(checkpoint);
  const auto own = find_encoder(target);
  if (!own || own->prefix.empty()) {
    throw model_error(
        "{}: this architecture has no encoder whose weights come from elsewhere; ResNet34 and "
        "EfficientNet-B5 are such encoders",
        what);
  }
  const auto found = find_encoder(source);
  if (!found) {
    throw model_error(
        "{}: holds no encoder that is known; allowed are ResNet34 and EfficientNet-B5 as torchvision, "
        "timm or EfficientNet-PyTorch save them",
        what);
  }
  if (own->layout->efficientnet.has_value() != found->layout->efficientnet.has_value()) {
    throw model_error("{}: holds {}, the network's encoder is {}", what,
                      found->layout->efficientnet ? "an EfficientNet" : "a ResNet",
                      own->layout->efficientnet ? "an EfficientNet-B5" : "a ResNet34");
  }

  const std::string stem_weight = own->prefix + std::string(own->layout->stem) + ".weight";
  const Renaming renamed(*own->layout, *found->layout);
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies;
  std::int64_t bands = 0;
  for (const auto& [name, tensor] : target) {
    if (!name.starts_with(own->prefix)) continue;
    const std::string wanted = found->prefix + renamed(name.substr(own->prefix.size()));
    const auto entry = source.find(wanted);
    if (entry == source.end()) {
      if (is_counter(name)) continue;
      throw model_error("{}: tensor '{}' {} is missing", what, wanted, shape_text(tensor));
    }
    torch::Tensor value = entry->second;
    if (name == stem_weight && value.dim() == 4 && value.size(1) > 0) {
      bands = value.size(1);
      value = adapt_stem(value.to(tensor.scalar_type()), tensor.size(1));
    }
    if (value.sizes() != tensor.sizes()) {
      throw model_error("{}: tensor '{}' has shape {}, the encoder wants {}", what, wanted, shape_text(value),
                        shape_text(tensor));
    }
    check_finite({{wanted, value}}, what);
    copies.emplace_back(tensor, value);
  }
  const torch::NoGradGuard no_grad;
  for (auto& [tensor, value] : copies) tensor.copy_(value);

  const std::int64_t wanted_bands = target.at(stem_weight).size(1);
  return fmt::format("{}{}; {} tensors{}", found->layout->summary,
                     found->prefix.empty() ? "" : " of a segmentation network", copies.size(),
                     bands == wanted_bands ? ""
                                           : fmt::format("; first convolution adapted from {} to {} bands",
                                                         bands, wanted_bands));
}

}  // namespace orthocover::nn
