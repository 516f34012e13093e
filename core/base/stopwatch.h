#pragma once

#include <chrono>

namespace orthocover {

/// Tells how long it has existed.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
  }

 private:
  std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

/// Adds the time that it lives to a sum of seconds.
class StageClock {
 public:
  explicit StageClock(double& seconds) : m_seconds(seconds) {}
  ~StageClock() { m_seconds += m_watch.seconds(); }
  StageClock(const StageClock&) = delete;
  StageClock& operator=(const StageClock&) = delete;

 private:
  double& m_seconds;
  Stopwatch m_watch;
};

}  // namespace orthocover
