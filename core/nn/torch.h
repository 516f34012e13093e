#pragma once

/// The one header through which LibTorch enters; differences between its versions (1.13, 2.6, 2.11) live
/// here.

#include <ATen/autocast_mode.h>
#include <c10/core/Allocator.h>
#include <torch/torch.h>
#include <torch/version.h>

namespace orthocover::nn {

/// Evaluation without gradients, for as long as the object lives. Networks must be in eval() mode already.
class InferenceScope {
 private:
  c10::InferenceMode m_guard{true};
};

/// True for the errors with which LibTorch's allocators (CPU and CUDA) and CUDA's libraries report that
/// memory is out. The one place that knows their words; defined in device_memory.cpp.
bool is_out_of_memory(const c10::Error& error);

/// True for the error that cuDNN's convolutions end with when none of their plans could be run: LibTorch goes
/// on to the next plan where memory for one is out, and in the end tells of none. A device that has no such
/// plan at all says the same.
bool lacks_plan(const c10::Error& error);

namespace detail {
template <class Result, class Class, class A, class B, class Third, class... Rest>
Third third_argument(Result (Class::*)(A, B, Third, Rest...));
}  // namespace detail

/// Type of the totals in c10's memory reports: std::int64_t in 1.13, std::size_t in 2.x.
using MemoryTotal = decltype(detail::third_argument(&c10::MemoryReportingInfoBase::reportMemoryUsage));

/// Key of a parameter in an optimiser's state: text in 1.13, its address in 2.x.
inline auto optimiser_key(const torch::Tensor& parameter) {
#if TORCH_VERSION_MAJOR >= 2
  return static_cast<void*>(parameter.unsafeGetTensorImpl());
#else
  return c10::guts::to_string(parameter.unsafeGetTensorImpl());
#endif
}

/// Forward passes in half precision where that is safe, as LibTorch's autocast chooses, for as long as the
/// object lives.
class AutocastScope {
 public:
  /// @param type kFloat switches it off
  AutocastScope(torch::DeviceType device, torch::ScalarType type) : m_device(device) {
    if (type == torch::kFloat) return;
    m_active = true;
    set(true, type);
    at::autocast::increment_nesting();
  }
  ~AutocastScope() {
    if (!m_active) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set(false, torch::kFloat);
  }
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  void set(bool on, torch::ScalarType type) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    if (on) at::autocast::set_autocast_dtype(m_device, type);
    at::autocast::set_autocast_enabled(m_device, on);
#else
    if (m_device == torch::kCPU) {
      if (on) at::autocast::set_autocast_cpu_dtype(type);
      at::autocast::set_cpu_enabled(on);
    } else {
      if (on) at::autocast::set_autocast_gpu_dtype(type);
      at::autocast::set_enabled(on);
    }
#endif
  }

  torch::DeviceType m_device;
  bool m_active = false;
};

}  // namespace orthocover::nn
