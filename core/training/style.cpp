#include "core/training/style.h"

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

/// Most that contrast is stretched or pressed.
constexpr double kMostGain = 3;
/// Of the means, beside which less counts as constant.
constexpr double kLeastDeviation = 1e-3;

}  // namespace

std::vector<BandChange> draw_style(double probability, const BandStatistics& own, const BandStatistics& other,
                                   Random& random) {
  std::vector<BandChange> changes(own.mean.size());
  if (!random.chance(probability)) return changes;
  const double amount = random.uniform();
  for (std::size_t b = 0; b < changes.size(); ++b) {
    const double least =
        std::max(1e-9, kLeastDeviation * std::max(std::abs(own.mean[b]), std::abs(other.mean[b])));
    const double ratio = std::clamp(std::max(other.deviation[b], least) / std::max(own.deviation[b], least),
                                    1 / kMostGain, kMostGain);
    const double gain = 1 + amount * (ratio - 1);
    changes[b] = {gain, (1 - amount) * own.mean[b] + amount * other.mean[b] - gain * own.mean[b]};
  }
  return changes;
}

}  // namespace orthocover
