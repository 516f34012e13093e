#include "core/training/batch_size.h"

#include <bit>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/tensor_peak.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover {
namespace {

constexpr int kMostPatches = 64;
constexpr int kMeasuredPatches = 2;

/// Puts running statistics and gradients back.
class StateKeeper {
 public:
  explicit StateKeeper(nn::SegmentationNetwork& network) : m_network(network) {
    for (const auto& [name, tensor] : nn::state_of(network))
      m_state.emplace_back(name, tensor.detach().clone());
  }
  ~StateKeeper() {
    const torch::NoGradGuard no_gradients;
    const nn::TensorMap current = nn::state_of(m_network);
    for (std::size_t i = 0; i < current.size(); ++i) {
      torch::Tensor target = current[i].second;
      target.copy_(m_state[i].second);
    }
    for (torch::Tensor& parameter : m_network.parameters()) parameter.mutable_grad() = torch::Tensor();
  }
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

 private:
  nn::SegmentationNetwork& m_network;
  nn::TensorMap m_state;
};

void pass(nn::SegmentationNetwork& network, torch::Device device, const torch::IntArrayRef& shape,
          torch::ScalarType precision) {
  torch::Tensor scores;
  {
    const nn::AutocastScope half(device.type(), precision);
    scores = network.forward(torch::zeros(shape, device));
  }
  scores.to(torch::kFloat).log_softmax(1).mean().backward();
}

int largest_on_cpu(nn::SegmentationNetwork& network, int bands, int patch_px, torch::ScalarType precision,
                   std::uint64_t available_bytes) {
  const TensorPeak peak;
  pass(network, torch::kCPU, {kMeasuredPatches, bands, patch_px, patch_px}, precision);
  const std::uint64_t each = std::max<std::uint64_t>(1, peak.bytes() / kMeasuredPatches);
  const std::uint64_t fit = std::min<std::uint64_t>(kMostPatches, available_bytes / each);
  if (fit == 0) {
    throw resource_error("--batch-size: one patch of {} px needs {}, {} are free; lower --patch-size",
                         patch_px, format_bytes(each), format_bytes(available_bytes));
  }
  return static_cast<int>(std::bit_floor(fit));
}

int largest_on_cuda(nn::SegmentationNetwork& network, torch::Device device, int bands, int patch_px,
                    torch::ScalarType precision) {
  int fit = 0;
  // One doubling beyond what is returned has fitted: optimiser and fragmentation want room.
  for (int patches = 2; patches <= 2 * kMostPatches; patches *= 2) {
    try {
      pass(network, device, {patches, bands, patch_px, patch_px}, precision);
      fit = patches / 2;
    } catch (const c10::Error& error) {
      if (!nn::is_out_of_memory(error)) throw;
      break;
    }
  }
  if (fit == 0) {
    throw resource_error(
        "--batch-size: two patches of {} px do not fit into the memory of {}; lower --patch-size", patch_px,
        device.str());
  }
  return fit;
}

}  // namespace

int largest_batch_size(nn::SegmentationNetwork& network, torch::Device device, int bands, int patch_px,
                       torch::ScalarType precision, std::uint64_t available_bytes) {
  const StateKeeper keeper(network);
  network.train();
  return device.is_cpu() ? largest_on_cpu(network, bands, patch_px, precision, available_bytes)
                         : largest_on_cuda(network, device, bands, patch_px, precision);
}

}  // namespace orthocover
