#include "core/operations/memory_gate.h"

#include <chrono>

namespace orthocover::operations {

namespace {
constexpr auto kCancelCheck = std::chrono::milliseconds(100);
}  // namespace

MemoryGate::Grant MemoryGate::take(std::uint64_t bytes, std::uint64_t total, const RunContext& context) {
  std::unique_lock lock(m_mutex);
  const auto fits = [&] { return m_held == 0 || (bytes <= total && m_held <= total - bytes); };
  while (!m_changed.wait_for(lock, kCancelCheck, fits)) context.check_cancelled();
  m_held += bytes;
  return {*this, bytes};
}

void MemoryGate::give_back(std::uint64_t bytes) {
  const std::scoped_lock lock(m_mutex);
  m_held -= bytes;
  m_changed.notify_all();
}

}  // namespace orthocover::operations
