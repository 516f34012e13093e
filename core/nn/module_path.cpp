#include "core/nn/module_path.h"

#include "core/base/text.h"

namespace orthocover::nn {

torch::nn::Module& container_at(torch::nn::Module& root, const std::string& path) {
  torch::nn::Module* module = &root;
  for (const std::string& step : split(path, '.')) {
    const auto children = module->named_children();
    const auto* child = children.find(step);
    module = child != nullptr ? child->get()
                              : module->register_module(step, std::make_shared<torch::nn::Module>()).get();
  }
  return *module;
}

}  // namespace orthocover::nn
