#pragma once

#include <algorithm>
#include <chrono>

namespace orthocover {

/// Progress never goes back, and comes no oftener than somebody can follow it.
class ProgressPace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ProgressPace(Clock::duration interval) : m_interval(interval) {}

  /// Whether a fraction is to be shown now; the end is shown once, and at once.
  bool is_due(double fraction) {
    const auto now = Clock::now();
    fraction = std::max(m_fraction, std::clamp(fraction, 0.0, 1.0));
    const bool finished = fraction >= 1 && m_fraction < 1;
    if (!finished && (now - m_shown < m_interval || fraction >= 1)) return false;
    m_fraction = fraction;
    m_shown = now;
    return true;
  }

  /// What was shown last.
  double fraction() const { return m_fraction; }

 private:
  Clock::duration m_interval;
  Clock::time_point m_shown{};
  double m_fraction = -1;
};

}  // namespace orthocover
