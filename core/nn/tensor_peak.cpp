#include "core/nn/tensor_peak.h"

#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <mutex>

#include "core/nn/torch.h"

namespace orthocover {

class TensorPeak::Report final : public c10::MemoryReportingInfoBase {
 public:
  explicit Report(bool on_cpu) : m_on_cpu(on_cpu) {}
  void reportMemoryUsage(void* /*ptr*/, std::int64_t alloc_size, nn::MemoryTotal /*total_allocated*/,
                         nn::MemoryTotal /*total_reserved*/, c10::Device device) override {
    if (device.is_cpu() != m_on_cpu) return;
    const std::scoped_lock lock(m_mutex);
    m_alive += alloc_size;
    m_peak = std::max(m_peak, m_alive);
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::uint64_t peak() const { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, m_peak)); }

 private:
  const bool m_on_cpu;
  std::mutex m_mutex;
  std::int64_t m_alive = 0;
  std::int64_t m_peak = 0;
};

TensorPeak::TensorPeak(bool on_cpu)
    : m_report(std::make_shared<Report>(on_cpu)),
      m_guard(std::make_unique<c10::DebugInfoGuard>(c10::DebugInfoKind::PROFILER_STATE, m_report)) {}

TensorPeak::~TensorPeak() = default;

std::uint64_t TensorPeak::bytes() const {
  return m_report->peak();
}

}  // namespace orthocover
