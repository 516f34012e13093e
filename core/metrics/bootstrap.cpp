#include "core/metrics/bootstrap.h"

#include <algorithm>
#include <functional>

#include "core/base/error.h"
#include "core/base/random.h"

namespace orthocover {
namespace {

double mean_iou_of(const std::vector<ConfusionMatrix>& units, const std::vector<std::size_t>& drawn) {
  ConfusionMatrix sum(units.front().classes());
  for (const std::size_t unit : drawn) sum.add(units[unit]);
  return sum.mean_iou().value_or(0);
}

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) indices[i] = i;
  return indices;
}

BootstrapInterval interval(std::size_t units, int rounds, std::uint64_t seed,
                           const std::function<double(const std::vector<std::size_t>&)>& score) {
  Random random(seed);
  std::vector<double> scores;
  std::vector<std::size_t> drawn(units);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t& unit : drawn) unit = random.index(units);
    scores.push_back(score(drawn));
  }
  std::ranges::sort(scores);
  const auto at = [&](double share) {
    return scores[static_cast<std::size_t>(share * static_cast<double>(scores.size() - 1) + 0.5)];
  };
  return {score(all_of(units)), at(0.025), at(0.975)};
}

}  // namespace

BootstrapInterval bootstrap_mean_iou(const std::vector<ConfusionMatrix>& units, int rounds,
                                     std::uint64_t seed) {
  return interval(units.size(), rounds, seed,
                  [&](const std::vector<std::size_t>& drawn) { return mean_iou_of(units, drawn); });
}

BootstrapInterval bootstrap_difference(const std::vector<ConfusionMatrix>& a,
                                       const std::vector<ConfusionMatrix>& b, int rounds,
                                       std::uint64_t seed) {
  if (a.size() != b.size()) throw internal_error("bootstrap: {} units against {}", a.size(), b.size());
  return interval(a.size(), rounds, seed, [&](const std::vector<std::size_t>& drawn) {
    return mean_iou_of(b, drawn) - mean_iou_of(a, drawn);
  });
}

}  // namespace orthocover
