#pragma once

#include <atomic>
#include <cstdint>

namespace orthocover {

/// Memory that several owners may fill together and never give back. Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t bytes) : m_bytes(bytes) {}

  /// @return false when so many bytes are not left; from then on the budget counts as spent
  bool take(std::uint64_t bytes) {
    std::uint64_t held = m_held.load();
    do {
      if (is_spent() || bytes > m_bytes - held) {
        m_spent = true;
        return false;
      }
    } while (!m_held.compare_exchange_weak(held, held + bytes));
    return true;
  }

  std::uint64_t bytes() const { return m_bytes; }
  std::uint64_t held() const { return m_held; }
  bool is_spent() const { return m_spent; }

 private:
  const std::uint64_t m_bytes;
  std::atomic<std::uint64_t> m_held = 0;
  std::atomic<bool> m_spent = false;
};

}  // namespace orthocover
