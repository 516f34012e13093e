#include "core/metrics/area_estimate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"

namespace orthocover {
namespace {

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Sample shares of one stratum.
struct Stratum {
  double weight = 0;  ///< of the map's area
  double points = 0;
  std::vector<double> shares;  ///< of the points, by reference class

  /// Variance of the estimated share of a reference class.
  double variance(std::size_t reference) const {
    if (weight == 0) return 0;
    return shares[reference] * (1 - shares[reference]) / (points - 1);
  }
};

std::vector<Stratum> strata_of(const StratifiedSample& sample) {
  const double area = sum_of(sample.mapped_area);
  if (!(area > 0)) throw data_error("area estimate: the map has no area");
  std::vector<Stratum> strata;
  for (std::size_t i = 0; i < sample.counts.size(); ++i) {
    Stratum stratum;
    stratum.weight = sample.mapped_area[i] / area;
    for (const std::uint64_t count : sample.counts[i]) stratum.points += static_cast<double>(count);
    if (stratum.weight > 0 && stratum.points < 2) {
      throw data_error("area estimate: map class {} has area but {} points; draw at least 2", i + 1,
                       stratum.points);
    }
    for (const std::uint64_t count : sample.counts[i])
      stratum.shares.push_back(stratum.points == 0 ? 0 : static_cast<double>(count) / stratum.points);
    strata.push_back(std::move(stratum));
  }
  return strata;
}

/// Share of the class's ground that the map found.
Estimate producers_accuracy(const std::vector<Stratum>& strata, std::size_t j) {
  double share = 0;
  for (const Stratum& stratum : strata) share += stratum.weight * stratum.shares[j];
  if (share == 0) return {};
  const double accuracy = strata[j].weight * strata[j].shares[j] / share;
  double variance = 0;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    const double factor = (i == j ? 1 - accuracy : accuracy) * strata[i].weight;
    variance += factor * factor * strata[i].variance(j);
  }
  return {accuracy, std::sqrt(variance) / share};
}

double deviation_of(double accuracy) {
  return std::sqrt(accuracy * (1 - accuracy));
}

}  // namespace

AreaEstimate estimate_areas(const StratifiedSample& sample) {
  const std::vector<Stratum> strata = strata_of(sample);
  const double total = sum_of(sample.mapped_area);
  AreaEstimate estimate;
  double variance = 0;
  for (std::size_t j = 0; j < strata.size(); ++j) {
    const Stratum& own = strata[j];
    estimate.sampled.push_back(static_cast<std::uint64_t>(own.points));
    estimate.users_accuracy.push_back({own.shares[j], std::sqrt(own.variance(j))});
    estimate.overall_accuracy.value += own.weight * own.shares[j];
    variance += own.weight * own.weight * own.variance(j);
    estimate.producers_accuracy.push_back(producers_accuracy(strata, j));
    double share = 0;
    double share_variance = 0;
    for (const Stratum& stratum : strata) {
      share += stratum.weight * stratum.shares[j];
      share_variance += stratum.weight * stratum.weight * stratum.variance(j);
    }
    estimate.area.push_back({total * share, total * std::sqrt(share_variance)});
  }
  estimate.overall_accuracy.standard_error = std::sqrt(variance);
  return estimate;
}

std::int64_t sample_size(const std::vector<double>& mapped_area,
                         const std::vector<double>& expected_users_accuracy, double standard_error) {
  const double total = sum_of(mapped_area);
  double deviation = 0;
  for (std::size_t i = 0; i < mapped_area.size(); ++i)
    deviation += mapped_area[i] / total * deviation_of(expected_users_accuracy[i]);
  return static_cast<std::int64_t>(std::ceil(deviation * deviation / (standard_error * standard_error)));
}

std::vector<std::int64_t> allocate(std::int64_t points, const std::vector<double>& mapped_area,
                                   const std::vector<double>& expected_users_accuracy, Allocation allocation,
                                   std::int64_t minimum) {
  std::vector<double> weights(mapped_area.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (mapped_area[i] <= 0) continue;
    weights[i] = allocation == Allocation::Equal ? 1 : mapped_area[i];
    if (allocation == Allocation::Neyman) weights[i] *= deviation_of(expected_users_accuracy[i]);
  }
  // Classes below the minimum get it, the others share what is left, until none falls below.
  std::vector<std::int64_t> shared(weights.size(), 0);
  std::vector<bool> fixed(weights.size(), false);
  for (bool changed = true; changed;) {
    changed = false;
    double left = static_cast<double>(points);
    double weight = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (mapped_area[i] <= 0) continue;
      if (fixed[i])
        left -= static_cast<double>(minimum);
      else
        weight += weights[i];
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (mapped_area[i] <= 0 || fixed[i]) continue;
      shared[i] =
          weight > 0 ? static_cast<std::int64_t>(std::ceil(std::max(0.0, left) * weights[i] / weight)) : 0;
      if (shared[i] >= minimum) continue;
      shared[i] = minimum;
      fixed[i] = changed = true;
    }
  }
  return shared;
}

}  // namespace orthocover
