#include "core/nn/decoders/decoder.h"

namespace orthocover::nn {

void initialise_decoder(torch::nn::Module& decoder) {
  for (const auto& module : decoder.modules(/*include_self=*/false))
    if (auto* conv = module->as<torch::nn::Conv2d>())
      torch::nn::init::kaiming_uniform_(conv->weight, 0.0, torch::kFanIn, torch::kReLU);
}

}  // namespace orthocover::nn
