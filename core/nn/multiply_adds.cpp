#include "core/nn/multiply_adds.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "core/nn/torch.h"

namespace orthocover::nn {
namespace {

/// Where the calls of this thread are counted; nothing outside of count_multiply_adds().
thread_local std::uint64_t* counter = nullptr;

std::uint64_t numel(const c10::IValue& value) {
  return value.isTensor() ? static_cast<std::uint64_t>(value.toTensor().numel()) : 0;
}

/// What has to be known when a call begins: LibTorch 2 shows its inputs then only, its outputs at the end
/// only.
struct Call final : at::ObserverContext {
  std::uint64_t terms = 0;   ///< products that each value of the output, or of the input, takes part in
  std::uint64_t inputs = 0;  ///< values of the input when those count, 0 when it is those of the output
};

void begin_convolution(c10::ArrayRef<const c10::IValue> inputs, Call& call) {
  constexpr std::size_t kWeight = 1;
  constexpr std::size_t kTransposed = 6;
  const torch::Tensor& weight = inputs[kWeight].toTensor();
  call.terms = static_cast<std::uint64_t>(weight.numel() / weight.size(0));
  // A transposed convolution spreads every value of the input over the outputs in the same manner.
  if (inputs[kTransposed].toBool()) call.inputs = numel(inputs[0]);
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  const std::string_view name = function.name();
  const auto inputs = function.inputs();
  if (counter == nullptr || inputs.empty()) return nullptr;
  auto call = std::make_unique<Call>();
  if (name == "aten::convolution") begin_convolution(inputs, *call);
  // Every value of the output is a sum over the columns of the left matrix.
  const auto columns = [&](std::size_t left) {
    return static_cast<std::uint64_t>(inputs[left].toTensor().size(-1));
  };
  if (name == "aten::mm" || name == "aten::bmm") call->terms = columns(0);
  if (name == "aten::addmm" || name == "aten::baddbmm") call->terms = columns(1);
  return call;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  const auto* call = dynamic_cast<const Call*>(context);
  if (counter == nullptr || call == nullptr || call->terms == 0) return;
  const auto outputs = function.outputs();
  const std::uint64_t values = call->inputs > 0 ? call->inputs : outputs.empty() ? 0 : numel(outputs.front());
  *counter += values * call->terms;
}

/// Counts the calls of this thread for as long as it lives.
class Observer {
 public:
  explicit Observer(std::uint64_t& total)
      : m_handle(at::addThreadLocalCallback(at::RecordFunctionCallback(&begin, &end)
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
  const int multiple = network.size_multiple();
  const auto count_at = [&](int times) {
    const int side = times * multiple;
    const torch::Tensor zeros = torch::zeros({1, in_channels, side, side}, options.requires_grad(false));
    std::uint64_t total = 0;
    const Observer observer(total);
    network.forward(zeros);
    return total;
  };
  constexpr int kSmall = 2;
  constexpr int kLarge = 4;
  const int wanted = (size_px + multiple - 1) / multiple;
  std::uint64_t total = count_at(std::min(wanted, kLarge));
  if (wanted > kLarge) {
    // Convolutions grow with the pixels, and what follows global pooling stays: two small passes tell both.
    const std::uint64_t small = count_at(kSmall);
    const auto square = [](int side) {
      return static_cast<std::uint64_t>(side) * static_cast<std::uint64_t>(side);
    };
    total = small + (total - small) * (square(wanted) - square(kSmall)) / (square(kLarge) - square(kSmall));
  }
  network.train(was_training);
  return total;
}

}  // namespace orthocover::nn
