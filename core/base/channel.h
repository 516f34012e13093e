#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace orthocover {

/// Bounded queue between threads of a pipeline that also carries failure: once one has failed, the next call
/// of every other throws that error.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : m_capacity(capacity) {}

  /// Waits for room.
  /// @throws what fail() was given
  void push(T item) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return m_items.size() < m_capacity || m_error; });
    if (m_error) std::rethrow_exception(m_error);
    m_items.push_back(std::move(item));
    m_changed.notify_all();
  }

  /// Waits for an item; nothing once the channel is closed and empty.
  /// @throws what fail() was given
  std::optional<T> pop() {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return !m_items.empty() || m_closed || m_error; });
    if (m_error) std::rethrow_exception(m_error);
    if (m_items.empty()) return std::nullopt;
    T item = std::move(m_items.front());
    m_items.pop_front();
    m_changed.notify_all();
    return item;
  }

  /// No more items will come.
  void close() {
    const std::scoped_lock lock(m_mutex);
    m_closed = true;
    m_changed.notify_all();
  }

  /// Ends both sides; the first error stays.
  void fail(std::exception_ptr error) {
    const std::scoped_lock lock(m_mutex);
    if (!m_error) m_error = std::move(error);
    m_items.clear();
    m_changed.notify_all();
  }

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::deque<T> m_items;
  std::size_t m_capacity;
  bool m_closed = false;
  std::exception_ptr m_error;
};

}  // namespace orthocover
