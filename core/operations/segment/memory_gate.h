#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "core/base/run_context.h"

namespace orthocover::operations {

/// Shares a number of bytes among threads: who wants some waits until others have given enough back.
class MemoryGate {
 public:
  /// Bytes that are held for as long as the object lives.
  class Grant {
   public:
    Grant(MemoryGate& gate, std::uint64_t bytes) : m_gate(gate), m_bytes(bytes) {}
    ~Grant() { m_gate.give_back(m_bytes); }
    Grant(const Grant&) = delete;
    Grant& operator=(const Grant&) = delete;

   private:
    MemoryGate& m_gate;
    std::uint64_t m_bytes;
  };

  /// Waits for `bytes` of `total`. More than all is granted when nobody else holds any.
  /// @throws Error{Cancelled} when the run is cancelled meanwhile
  [[nodiscard]] Grant take(std::uint64_t bytes, std::uint64_t total, const RunContext& context) {
    constexpr auto kCancelCheck = std::chrono::milliseconds(100);
    std::unique_lock lock(m_mutex);
    const auto fits = [&] { return m_held == 0 || (bytes <= total && m_held <= total - bytes); };
    while (!m_changed.wait_for(lock, kCancelCheck, fits)) context.check_cancelled();
    m_held += bytes;
    return {*this, bytes};
  }

 private:
  void give_back(std::uint64_t bytes) {
    const std::scoped_lock lock(m_mutex);
    m_held -= bytes;
    m_changed.notify_all();
  }

  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::uint64_t m_held = 0;
};

}  // namespace orthocover::operations
