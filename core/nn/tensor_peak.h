#pragma once

#include <cstdint>
#include <memory>

namespace c10 {
class DebugInfoGuard;
}

namespace orthocover {

/// Watches the tensors that this thread allocates, on the CPU or on CUDA devices, for as long as it lives.
class TensorPeak {
 public:
  explicit TensorPeak(bool on_cpu = true);
  ~TensorPeak();
  TensorPeak(const TensorPeak&) = delete;
  TensorPeak& operator=(const TensorPeak&) = delete;

  /// Most bytes alive at once so far, beyond what was alive at the start.
  std::uint64_t bytes() const;

 private:
  class Report;
  std::shared_ptr<Report> m_report;
  std::unique_ptr<c10::DebugInfoGuard> m_guard;
};

}  // namespace orthocover
