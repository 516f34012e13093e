#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/base/run_context.h"

namespace orthocover {

/// Breaks off the network connections that a run is still waiting for a second after it was asked to stop: a
/// read through GDAL ends only when the server says something. What is local (Unix sockets) stays.
class ConnectionCutter {
 public:
  explicit ConnectionCutter(const RunContext& run);
  ConnectionCutter(const ConnectionCutter&) = delete;
  ConnectionCutter& operator=(const ConnectionCutter&) = delete;
  ~ConnectionCutter();

 private:
  void watch();

  const RunContext& m_run;
  std::mutex m_mutex;
  std::condition_variable m_wake;
  bool m_ended = false;
  std::thread m_thread;
};

}  // namespace orthocover
