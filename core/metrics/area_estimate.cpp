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

struct Limits {
  double low = 0;
  double high = 0;
};

/// A sum of shares of strata, each with its weight.
struct ShareSum {
  double value = 0;
  double variance = 0;
  double below = 0;  ///< squared distance of the lower limit
  double above = 0;

  double low() const { return value - std::sqrt(below); }
  double high() const { return value + std::sqrt(above); }
  Estimate divided_by(double weight) const {
    return {value / weight, std::sqrt(variance) / weight, low() / weight, high() / weight};
  }
};

/// Sample shares of one stratum.
struct Sampled {
  std::size_t map_class = 0;
  double weight = 0;  ///< of the area of all
  double points = 0;
  double unknown = 0;          ///< share of its pixels
  std::vector<double> shares;  ///< of the points, by reference class

  /// The 95 % score interval of the share of a reference class.
  Limits limits(std::size_t reference) const {
    const double share = shares[reference];
    if (unknown == 0) return {share, share};
    const double term = kNormalQuantile * kNormalQuantile * unknown / points;
    const double middle = (share + term / 2) / (1 + term);
    const double half = std::sqrt(term * share * (1 - share) + term * term / 4) / (1 + term);
    return {std::min(share, middle - half), std::max(share, middle + half)};
  }

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

void add(const Sampled& stratum, std::size_t j, ShareSum& sum) {
  const auto squared = [&](double share) { return stratum.weight * stratum.weight * share * share; };
  const double share = stratum.shares[j];
  const Limits limits = stratum.limits(j);
  sum.value += stratum.weight * share;
  sum.variance += stratum.weight * stratum.weight * stratum.variance(j);
  sum.below += squared(share - limits.low);
  sum.above += squared(limits.high - share);
}

/// Share of the ground that is of class `j`, among what the map calls so.
Estimate users_accuracy(const std::vector<Sampled>& strata, std::size_t j) {
  ShareSum sum;
  double weight = 0;
  for (const Sampled& stratum : strata) {
    if (stratum.map_class != j) continue;
    weight += stratum.weight;
    add(stratum, j, sum);
  }
  return weight == 0 ? Estimate{} : sum.divided_by(weight);
}

/// The root of a function that falls from above 0 to below.
template <class Function>
double root_of(const Function& function, double low, double high) {
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (function(middle) > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// Share of the class's ground that the map found.
Estimate producers_accuracy(const std::vector<Sampled>& strata, std::size_t j) {
  ShareSum found, missed;
  for (const Sampled& stratum : strata) add(stratum, j, stratum.map_class == j ? found : missed);
  const double share = found.value + missed.value;
  if (share == 0) return {};
  // The accuracies `x` for which (1 - x) found - x missed may be 0.
  const auto limit = [&](double x, double sign, double of_found, double of_missed) {
    return (1 - x) * found.value - x * missed.value +
           sign * std::sqrt((1 - x) * (1 - x) * of_found + x * x * of_missed);
  };
  const double accuracy = found.value / share;
  const double variance =
      (1 - accuracy) * (1 - accuracy) * found.variance + accuracy * accuracy * missed.variance;
  return {accuracy, std::sqrt(variance) / share,
          root_of([&](double x) { return limit(x, -1, found.below, missed.above); }, 0, accuracy),
          root_of([&](double x) { return limit(x, 1, found.above, missed.below); }, accuracy, 1)};
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
  ShareSum right;
  for (Sampled& stratum : known) {
    stratum.weight /= total;
    add(stratum, stratum.map_class, right);
  }
  estimate.overall_accuracy = right.divided_by(1);
  for (std::size_t j = 0; j < static_cast<std::size_t>(classes); ++j) {
    double points = 0;
    for (const Sampled& stratum : known) points += stratum.map_class == j ? stratum.points : 0;
    estimate.sampled.push_back(static_cast<std::uint64_t>(points));
    estimate.users_accuracy.push_back(users_accuracy(known, j));
    estimate.producers_accuracy.push_back(producers_accuracy(known, j));
    ShareSum share;
    for (const Sampled& stratum : known) add(stratum, j, share);
    estimate.area.push_back(share.divided_by(1 / total));
    estimate.misses_own.push_back(std::ranges::any_of(
        estimate.left_out, [&](std::size_t i) { return strata[i].map_class == static_cast<int>(j); }));
  }
  return estimate;
}

std::int64_t sample_size(const std::vector<double>& mapped_px,
                         const std::vector<double>& expected_users_accuracy, double standard_error) {
  const double total = sum_of(mapped_px);
  double deviation = 0;
  double of_all = 0;
  for (std::size_t i = 0; i < mapped_px.size(); ++i) {
    const double weight = mapped_px[i] / total;
    const double of_class = deviation_of(expected_users_accuracy[i]);
    deviation += weight * of_class;
    of_all += weight * of_class * of_class;
  }
  return static_cast<std::int64_t>(
      std::ceil(deviation * deviation / (standard_error * standard_error + of_all / total)));
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

double expected_error(const std::vector<std::int64_t>& points, const std::vector<double>& mapped_px,
                      const std::vector<double>& expected_users_accuracy) {
  const double total = sum_of(mapped_px);
  double variance = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == 0) continue;
    const double deviation = mapped_px[i] / total * deviation_of(expected_users_accuracy[i]);
    const auto count = static_cast<double>(points[i]);
    variance += deviation * deviation / count * std::max(0.0, 1 - count / mapped_px[i]);
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
