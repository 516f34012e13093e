#pragma once

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace orthocover {

/// JSON events, one per line, on the standard output that the program was started with. From the construction
/// on whatever else is printed there, by a library too, goes to standard error, so that the lines stay pure.
class EventStream {
 public:
  /// @throws Error{Resource} when standard output is closed
  EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream();

  /// Writes an event; what is no UTF-8 is replaced. A listener that is gone asks the run to stop. May be
  /// called from any thread.
  void send(const nlohmann::ordered_json& event);
  /// The same, but leaves the event out while the listener is behind, so that it can't hold the run up.
  void offer(const nlohmann::ordered_json& event);

  /// Why events are lost; empty while none is, or when the listener is gone.
  std::string fault() const;
  /// What the events are written to.
  int descriptor() const { return m_descriptor; }

 private:
  void write(const std::string& line);

  int m_descriptor = -1;
  std::mutex m_mutex;
  std::atomic<int> m_error{0};
};

}  // namespace orthocover
