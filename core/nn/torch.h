#pragma once

/// The one header through which LibTorch enters; differences between its versions (1.13, 2.6, 2.11) live
/// here.

#include <c10/core/Allocator.h>
#include <torch/torch.h>

#include <string_view>

namespace orthocover::nn {

/// Evaluation without gradients, for as long as the object lives. Networks must be in eval() mode already.
class InferenceScope {
 private:
  c10::InferenceMode m_guard{true};
};

/// True for the errors with which LibTorch's allocators (CPU and CUDA) report that memory is out.
inline bool is_out_of_memory(const c10::Error& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  const std::string_view text = error.what_without_backtrace();
  return text.find("not enough memory") != std::string_view::npos ||
         text.find("out of memory") != std::string_view::npos;
}

namespace detail {
template <class Result, class Class, class A, class B, class Third, class... Rest>
Third third_argument(Result (Class::*)(A, B, Third, Rest...));
}  // namespace detail

/// Type of the totals in c10's memory reports: std::int64_t in 1.13, std::size_t in 2.x.
using MemoryTotal = decltype(detail::third_argument(&c10::MemoryReportingInfoBase::reportMemoryUsage));

/// Key of a parameter in an optimiser's state: text in 1.13, its address in 2.x.
template <class Map = std::decay_t<decltype(std::declval<torch::optim::Optimizer&>().state())>>
typename Map::key_type optimiser_key(const torch::Tensor& parameter) {
  if constexpr (std::is_same_v<typename Map::key_type, std::string>)
    return c10::guts::to_string(parameter.unsafeGetTensorImpl());
  else
    return parameter.unsafeGetTensorImpl();
}

/// AdamW's moments of a parameter; zeros at step `step` where there are none yet.
inline torch::optim::AdamWParamState& start_adamw_moments(torch::optim::AdamW& optimiser,
                                                          const torch::Tensor& parameter, std::int64_t step) {
  auto& slot = optimiser.state()[optimiser_key(parameter)];
  if (!slot) {
    auto fresh = std::make_unique<torch::optim::AdamWParamState>();
    fresh->exp_avg(torch::zeros_like(parameter.detach()));
    fresh->exp_avg_sq(torch::zeros_like(parameter.detach()));
    slot = std::move(fresh);
  }
  auto& moments = static_cast<torch::optim::AdamWParamState&>(*slot);
  moments.step(step);
  return moments;
}

/// AdamW's moments of a parameter, zeros before its first step.
inline torch::optim::AdamWParamState& adamw_moments(torch::optim::AdamW& optimiser,
                                                    const torch::Tensor& parameter) {
  const auto found = optimiser.state().find(optimiser_key(parameter));
  if (found == optimiser.state().end()) return start_adamw_moments(optimiser, parameter, 0);
  return static_cast<torch::optim::AdamWParamState&>(*found->second);
}

}  // namespace orthocover::nn
