#include "core/nn/packed_conv.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>

#include <array>

namespace orthocover::nn {
namespace {

/// Size for which oneDNN chooses the order; another size may only make it reorder, as without packing.
constexpr std::int64_t kNominalSize = 64;

const auto& pack_operator() {
  static const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn_prepacked::conv2d_prepack", ""});
  return found;
}

const auto& run_operator() {
  static const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn_prepacked::conv2d_run", ""});
  return found;
}

}  // namespace

std::optional<c10::IValue> pack_conv(const torch::nn::detail::ConvNdOptions<2>& options,
                                     const torch::Tensor& weight, const torch::Tensor& bias, bool relu) {
  // Of c10 or std, by the version of LibTorch.
  const auto* padding = get_if<torch::ExpandingArray<2>>(&options.padding());
  if (!pack_operator() || !run_operator() || padding == nullptr) return std::nullopt;
  const std::int64_t size = kNominalSize * options.stride()->at(0);
  const std::vector<std::int64_t> input{1, options.in_channels(), size, size};
  const auto list = [](const torch::ExpandingArray<2>& values) {
    return std::vector<std::int64_t>(values->begin(), values->end());
  };
  torch::jit::Stack stack;
  stack.emplace_back(weight);
  stack.push_back(bias.defined() ? c10::IValue(bias.detach()) : c10::IValue());
  stack.emplace_back(list(options.stride()));
  stack.emplace_back(list(*padding));
  stack.emplace_back(list(options.dilation()));
  stack.emplace_back(options.groups());
  stack.emplace_back(input);
  stack.emplace_back(relu ? "relu" : "none");
  try {
    pack_operator()->callBoxed(&stack);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
  return stack.front();
}

torch::Tensor run_packed_conv(const torch::Tensor& x, const torch::Tensor& weight,
                              const c10::IValue& packed) {
  at::RecordFunction record(at::RecordScope::FUNCTION);
  const std::array<c10::IValue, 2> inputs{x, weight};
  if (record.isActive())
    record.before(kPackedConv, c10::ArrayRef<const c10::IValue>(inputs.data(), inputs.size()));
  torch::jit::Stack stack{x, packed};
  run_operator()->callBoxed(&stack);
  if (record.isActive() && record.needsOutputs()) record.setOutputs(torch::jit::Stack(1, stack.front()));
  return stack.front().toTensor();
}

}  // namespace orthocover::nn
