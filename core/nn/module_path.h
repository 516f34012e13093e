#pragma once

#include <memory>
#include <string>

#include "core/base/text.h"
#include "core/nn/torch.h"

namespace orthocover::nn {

/// The module at the dotted `path` below `root`; an empty path is `root` itself. Missing steps are created as
/// plain containers.
inline torch::nn::Module& container_at(torch::nn::Module& root, const std::string& path) {
  torch::nn::Module* module = &root;
  for (const std::string& step : split(path, '.')) {
    const auto children = module->named_children();
    const auto* child = children.find(step);
    module = child != nullptr ? child->get()
                              : module->register_module(step, std::make_shared<torch::nn::Module>()).get();
  }
  return *module;
}

/// Registers `module` under the dotted name that it has in a state dict of the reference, e.g.
/// `aspp.0.convs.1`. The order of registrations is the order of the state dict.
template <class Holder>
Holder register_at(torch::nn::Module& root, const std::string& path, Holder module) {
  const auto dot = path.rfind('.');
  if (dot == std::string::npos) return root.register_module(path, std::move(module));
  return container_at(root, path.substr(0, dot)).register_module(path.substr(dot + 1), std::move(module));
}

}  // namespace orthocover::nn
