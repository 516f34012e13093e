#include "core/training/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orthocover {
namespace {

constexpr double kPolyPower = 0.9;
constexpr double kRiseEnd = 0.3;
constexpr double kRiseStart = 1.0 / 25;
constexpr double kFallEnd = 1e-4;
constexpr double kLongestWarmup = 0.1;

/// From `from` at 0 to `to` at 1, level at both ends.
double cosine(double from, double to, double at) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * at));
}

double one_cycle(double progress) {
  if (progress < kRiseEnd) return cosine(kRiseStart, 1, progress / kRiseEnd);
  return cosine(1, kFallEnd, (progress - kRiseEnd) / (1 - kRiseEnd));
}

}  // namespace

double learning_rate_share(LearningRateSchedule schedule, double progress, std::int64_t step,
                           std::int64_t warmup_steps) {
  progress = std::clamp(progress, 0.0, 1.0);
  if (schedule == LearningRateSchedule::OneCycle) return one_cycle(progress);
  double warmup = 1;
  if (warmup_steps > 0) {
    const double by_steps = static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
    // A run that ends by the clock may not have so many steps.
    warmup = std::min(1.0, std::max(by_steps, progress / kLongestWarmup));
  }
  if (schedule == LearningRateSchedule::Cosine) return warmup * cosine(1, 0, progress);
  if (schedule == LearningRateSchedule::Poly) return warmup * std::pow(1 - progress, kPolyPower);
  return warmup;
}

}  // namespace orthocover
