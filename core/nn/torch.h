#pragma once

/// The one header through which LibTorch enters; differences between its versions (1.13, 2.6, 2.11) live here.

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
  return text.find("not enough memory") != std::string_view::npos || text.find("out of memory") != std::string_view::npos;
}

namespace detail {
template <class Result, class Class, class A, class B, class Third, class... Rest>
Third third_argument(Result (Class::*)(A, B, Third, Rest...));
}  // namespace detail

/// Type of the totals in c10's memory reports: std::int64_t in 1.13, std::size_t in 2.x.
using MemoryTotal = decltype(detail::third_argument(&c10::MemoryReportingInfoBase::reportMemoryUsage));

}  // namespace orthocover::nn
