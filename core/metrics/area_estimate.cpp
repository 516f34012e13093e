#include "core/metrics/area_estimate.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/base/error.h"

namespace orthocover {
namespace {

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Sample shares of one stratum.
struct Sampled {
  std::size_t map_class = 0;
  double weight = 0;  ///< of the area of all
  double points = 0;
  double unknown = 0;          ///< share of its pixels
  std::vector<double> shares;  ///< of the points, by reference class

  /// Variance of the estimated share of a reference class.
  double variance(std::size_t reference) const {
    if (unknown == 0) return 0;
    return unknown * shares[reference] * (1 - shares[reference]) / (points - 1);
  }
};

/// Those that have area and a variance, and numbers of those without one.
std::vector<Sampled> sampled(const std::vector<Stratum>& strata, std::vector<std::size_t>& left_out) {
  std::vector<Sampled> known;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    const Stratum& stratum = strata[i];
    if (!(stratum.area > 0)) continue;
    const std::uint64_t points = std::accumulate(stratum.points.begin(), stratum.points.end(), 0ULL);
    const bool is_whole = points > 0 && points >= stratum.pixels;
    if (points < 2 && !is_whole) {
      left_out.push_back(i);
      continue;
    }
    Sampled one{
        static_cast<std::size_t>(stratum.map_class), stratum.area, static_cast<double>(points), 0, {}};
    if (!is_whole) one.unknown = 1 - one.points / static_cast<double>(stratum.pixels);
    for (const std::uint64_t count : stratum.points)
      one.shares.push_back(static_cast<double>(count) / one.points);
    known.push_back(std::move(one));
  }
  return known;
}

/// Share of the ground that is of class `j`, where strata of map class `called` count; all if nothing.
Estimate share_of(const std::vector<Sampled>& strata, std::size_t j, std::optional<std::size_t> called = {}) {
  double share = 0;
  double variance = 0;
  double weight = 0;
  for (const Sampled& stratum : strata) {
    if (called && stratum.map_class != *called) continue;
    weight += stratum.weight;
    share += stratum.weight * stratum.shares[j];
    variance += stratum.weight * stratum.weight * stratum.variance(j);
  }
  return weight == 0 ? Estimate{} : Estimate{share / weight, std::sqrt(variance) / weight};
}

/// Share of the class's ground that the map found.
Estimate producers_accuracy(const std::vector<Sampled>& strata, std::size_t j) {
  double share = 0;
  double found = 0;
  for (const Sampled& stratum : strata) {
    share += stratum.weight * stratum.shares[j];
    if (stratum.map_class == j) found += stratum.weight * stratum.shares[j];
  }
  if (share == 0) return {};
  const double accuracy = found / share;
  double variance = 0;
  for (const Sampled& stratum : strata) {
    const double factor = (stratum.map_class == j ? 1 - accuracy : accuracy) * stratum.weight;
    variance += factor * factor * stratum.variance(j);
  }
  return {accuracy, std::sqrt(variance) / share};
}

double deviation_of(double accuracy) {
  return std::sqrt(accuracy * (1 - accuracy));
}

}  // namespace

AreaEstimate estimate_areas(const std::vector<Stratum>& strata, int classes) {
  AreaEstimate estimate;
  std::vector<Sampled> known = sampled(strata, estimate.left_out);
  double total = 0;
  for (const Sampled& stratum : known) total += stratum.weight;
  if (total == 0) throw data_error("area estimate: no class of the map has two points");
  double variance = 0;
  for (Sampled& stratum : known) {
    stratum.weight /= total;
    estimate.overall_accuracy.value += stratum.weight * stratum.shares[stratum.map_class];
    variance += stratum.weight * stratum.weight * stratum.variance(stratum.map_class);
  }
  estimate.overall_accuracy.standard_error = std::sqrt(variance);
  for (std::size_t j = 0; j < static_cast<std::size_t>(classes); ++j) {
    double points = 0;
    for (const Sampled& stratum : known) points += stratum.map_class == j ? stratum.points : 0;
    estimate.sampled.push_back(static_cast<std::uint64_t>(points));
    estimate.users_accuracy.push_back(share_of(known, j, j));
    estimate.producers_accuracy.push_back(producers_accuracy(known, j));
    const Estimate share = share_of(known, j);
    estimate.area.push_back({total * share.value, total * share.standard_error});
  }
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

namespace {

/// Whole numbers whose sum is `total`, if that can be: those of the largest remainders are rounded up.
std::vector<std::int64_t> rounded(const std::vector<double>& shares, std::int64_t total) {
  std::vector<std::int64_t> whole;
  std::vector<std::pair<double, std::size_t>> remainders;
  for (const double share : shares) {
    whole.push_back(static_cast<std::int64_t>(share));
    total -= whole.back();
    const double remainder = share - static_cast<double>(whole.back());
    if (remainder > 0) remainders.emplace_back(-remainder, whole.size() - 1);
  }
  std::ranges::sort(remainders);
  for (const auto& [remainder, index] : remainders) {
    if (total-- > 0) ++whole[index];
  }
  return whole;
}

}  // namespace

double expected_error(const std::vector<std::int64_t>& points, const std::vector<double>& mapped_area,
                      const std::vector<double>& expected_users_accuracy) {
  const double total = sum_of(mapped_area);
  double variance = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == 0) continue;
    const double deviation = mapped_area[i] / total * deviation_of(expected_users_accuracy[i]);
    variance += deviation * deviation / static_cast<double>(points[i]);
  }
  return std::sqrt(variance);
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
  std::vector<double> shared(weights.size(), 0);
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
      shared[i] = weight > 0 ? std::max(0.0, left) * weights[i] / weight : 0;
      if (shared[i] >= static_cast<double>(minimum)) continue;
      shared[i] = static_cast<double>(minimum);
      fixed[i] = changed = true;
    }
  }
  return rounded(shared, points);
}

std::vector<std::int64_t> allocate_pixels(std::int64_t points, const std::vector<double>& mapped_px,
                                          const std::vector<double>& expected_users_accuracy,
                                          Allocation allocation, std::int64_t minimum) {
  std::vector<double> open = mapped_px;  // 0 for classes whose pixels are all taken
  std::vector<std::int64_t> shares(open.size());
  for (bool is_full = true; is_full;) {
    is_full = false;
    const std::vector<std::int64_t> wanted =
        allocate(points, open, expected_users_accuracy, allocation, minimum);
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i] <= 0) continue;
      const auto pixels = static_cast<std::int64_t>(mapped_px[i]);
      shares[i] = std::min(wanted[i], pixels);
      if (wanted[i] < pixels) continue;
      open[i] = 0;
      points = std::max<std::int64_t>(0, points - pixels);
      is_full = true;
    }
  }
  return shares;
}

}  // namespace orthocover
