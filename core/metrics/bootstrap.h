#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/metrics/confusion_matrix.h"

namespace orthocover {

/// A score with the range that 95 % of the resampled scores lie in.
struct BootstrapInterval {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Units that reports give an interval for.
inline constexpr std::size_t kLeastUnits = 3;

/// A class that a single unit has. Since each draw must have it, its score does not vary, and the interval is
/// too narrow. Nothing: there is none.
std::optional<int> class_of_one_unit(const std::vector<ConfusionMatrix>& units);

/// Interval of the mean IoU over independent units (places, regions, polygons), resampled whole, as pixels of
/// one unit are alike. The mean goes over the classes that occur in the units: what is drawn without one of
/// them is drawn again.
/// @param units one matrix each, not empty
/// @source percentile bootstrap, Efron and Tibshirani 1993
BootstrapInterval bootstrap_mean_iou(const std::vector<ConfusionMatrix>& units, int rounds,
                                     std::uint64_t seed);

/// Interval of how much higher the mean IoU of `b` is than that of `a`, both judged on the same units and
/// resampled together.
/// @throws Error{Internal} when the numbers of units differ
BootstrapInterval bootstrap_difference(const std::vector<ConfusionMatrix>& a,
                                       const std::vector<ConfusionMatrix>& b, int rounds, std::uint64_t seed);

}  // namespace orthocover
