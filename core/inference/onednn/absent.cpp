// In place of the compiler where oneDNN's headers aren't there: every network runs through LibTorch.

#include "core/inference/onednn/compiled_network.h"

namespace orthocover::onednn {

class CompiledNetwork::Implementation {};

CompiledNetwork::~CompiledNetwork() = default;

std::unique_ptr<CompiledNetwork> CompiledNetwork::make(nn::SegmentationNetwork&, int) {
  return nullptr;
}

torch::Tensor CompiledNetwork::forward(const torch::Tensor&, std::span<const rows::Stretch>) {
  return {};
}

std::optional<std::uint64_t> CompiledNetwork::tensor_bytes(std::int64_t, std::int64_t) {
  return std::nullopt;
}

std::uint64_t CompiledNetwork::weight_bytes() const {
  return 0;
}

std::vector<StepTime> CompiledNetwork::measure(const torch::Tensor&, int) {
  return {};
}

}  // namespace orthocover::onednn
