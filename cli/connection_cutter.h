#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/run_context.h"

namespace orthocover {

/// Breaks off the network connections that a run is still waiting for a second after it was asked to stop: a
/// read through GDAL ends only when the server says something. What is local (Unix sockets) stays, as do
/// connections that were open before.
class ConnectionCutter {
 public:
  explicit ConnectionCutter(const RunContext& run);
  ConnectionCutter(const ConnectionCutter&) = delete;
  ConnectionCutter& operator=(const ConnectionCutter&) = delete;
  ~ConnectionCutter();

 private:
  void watch();
  void cut_connections() const;

  const RunContext& m_run;
  const std::set<std::uint64_t> m_others;  ///< numbers of the sockets that were open before
  std::mutex m_mutex;
  std::condition_variable m_wake;
  bool m_ended = false;
  std::thread m_thread;
};

}  // namespace orthocover
