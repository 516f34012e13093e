#include "core/nn/multiply_adds.h"

#include <ATen/record_function.h>

#include <string_view>

#include "core/nn/torch.h"

namespace orthocover::nn {
namespace {

/// Where the calls of this thread are counted; nothing outside of count_multiply_adds().
thread_local std::uint64_t* counter = nullptr;

std::uint64_t numel(const c10::IValue& value) {
  return value.isTensor() ? static_cast<std::uint64_t>(value.toTensor().numel()) : 0;
}

/// Values of the kernel that each value of the output is a sum over.
std::uint64_t convolution(const at::RecordFunction& call) {
  constexpr std::size_t kWeight = 1;
  constexpr std::size_t kTransposed = 6;
  const auto inputs = call.inputs();
  const torch::Tensor& weight = inputs[kWeight].toTensor();
  // A transposed convolution spreads every value of the input over the outputs in the same manner.
  const std::uint64_t sums = inputs[kTransposed].toBool() ? numel(inputs[0]) : numel(call.outputs().front());
  return sums * static_cast<std::uint64_t>(weight.numel() / weight.size(0));
}

/// Every value of the output is a sum over the columns of the left matrix.
std::uint64_t product(const at::RecordFunction& call, std::size_t left) {
  return numel(call.outputs().front()) * static_cast<std::uint64_t>(call.inputs()[left].toTensor().size(-1));
}

void count(const at::RecordFunction& call, at::ObserverContext* /*context*/) {
  if (counter == nullptr || call.inputs().empty() || call.outputs().empty()) return;
  const std::string_view name = call.name();
  if (name == "aten::convolution") *counter += convolution(call);
  if (name == "aten::mm" || name == "aten::bmm") *counter += product(call, 0);
  if (name == "aten::addmm" || name == "aten::baddbmm") *counter += product(call, 1);
}

/// Counts the calls of this thread for as long as it lives.
class Observer {
 public:
  explicit Observer(std::uint64_t& total)
      : m_handle(at::addThreadLocalCallback(at::RecordFunctionCallback(nullptr, &count)
                                                .needsInputs(true)
                                                .needsOutputs(true)
                                                .scopes({at::RecordScope::FUNCTION}))) {
    counter = &total;
  }
  ~Observer() {
    counter = nullptr;
    at::removeCallback(m_handle);
  }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

 private:
  at::CallbackHandle m_handle;
};

}  // namespace

std::uint64_t count_multiply_adds(SegmentationNetwork& network, int in_channels, int size_px) {
  const InferenceScope scope;
  const bool was_training = network.is_training();
  network.eval();
  const auto parameters = network.parameters();
  const auto options = parameters.empty() ? torch::TensorOptions() : parameters.front().options();
  const torch::Tensor zeros = torch::zeros({1, in_channels, size_px, size_px}, options.requires_grad(false));
  std::uint64_t total = 0;
  {
    const Observer observer(total);
    network.forward(zeros);
  }
  network.train(was_training);
  return total;
}

}  // namespace orthocover::nn
