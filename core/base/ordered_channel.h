#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace orthocover {

/// Bounded queue that several threads fill out of order and one empties in order. Like Channel it carries
/// failure.
template <class T>
class OrderedChannel {
 public:
  /// @param capacity items beyond the next one that may wait
  explicit OrderedChannel(std::size_t capacity) : m_capacity(capacity) {}

  /// A number that no other thread got, counted from 0. What it stands for must be put(), or fail() called.
  std::size_t claim() {
    const std::scoped_lock lock(m_mutex);
    return m_next_claim++;
  }

  /// Waits until the item is among the next ones; the very next one never waits.
  /// @throws what fail() was given
  void wait_for_room(std::size_t number) {
    std::unique_lock lock(m_mutex);
    wait(lock, number);
  }

  /// The same, and puts it there.
  /// @throws what fail() was given
  void put(std::size_t number, T item) {
    std::unique_lock lock(m_mutex);
    wait(lock, number);
    m_items.emplace(number, std::move(item));
    m_changed.notify_all();
  }

  /// Waits for the next item; nothing once `count` of them were taken.
  /// @throws what fail() was given
  std::optional<T> pop(std::size_t count) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return m_next >= count || m_items.contains(m_next) || m_error; });
    if (m_error) std::rethrow_exception(m_error);
    if (m_next >= count) return std::nullopt;
    T item = std::move(m_items.extract(m_next).mapped());
    ++m_next;
    m_changed.notify_all();
    return item;
  }

  /// @param capacity at least as before
  void widen(std::size_t capacity) {
    const std::scoped_lock lock(m_mutex);
    m_capacity = capacity;
    m_changed.notify_all();
  }

  /// Ends all sides; the first error stays.
  void fail(std::exception_ptr error) {
    const std::scoped_lock lock(m_mutex);
    if (!m_error) m_error = std::move(error);
    m_items.clear();
    m_changed.notify_all();
  }

 private:
  void wait(std::unique_lock<std::mutex>& lock, std::size_t number) {
    m_changed.wait(lock, [&] { return number <= m_next + m_capacity || m_error; });
    if (m_error) std::rethrow_exception(m_error);
  }

  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::map<std::size_t, T> m_items;
  std::size_t m_capacity;
  std::size_t m_next = 0;
  std::size_t m_next_claim = 0;
  std::exception_ptr m_error;
};

}  // namespace orthocover
