#pragma once

#include <thread>

namespace orthocover {

/// Asks the run to stop when the program that started it is gone: standard input reaches its end, or nobody
/// reads the events any more. It sleeps until then and costs no time. Standard input belongs to it; the rest
/// of the program finds it empty.
class ParentWatch {
 public:
  /// A standard input that is at its end already stops the run before the constructor returns.
  /// @param events what the parent reads
  explicit ParentWatch(int events);
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;
  ~ParentWatch();

 private:
  /// @param timeout_ms -1: until something happens
  /// @return whether there is something left to watch
  bool look(int timeout_ms) const;

  int m_input = -1;
  int m_events;
  int m_end = -1;  ///< readable once the watch is over
  std::thread m_thread;
};

}  // namespace orthocover
