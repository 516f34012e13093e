#include "core/training/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orthocover {

double learning_rate_share(double progress, std::int64_t step, std::int64_t warmup_steps) {
  const double warmup =
      warmup_steps == 0 ? 1
                        : std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(warmup_steps));
  return warmup * 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
}

}  // namespace orthocover
