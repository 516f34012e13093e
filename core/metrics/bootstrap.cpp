#include "core/metrics/bootstrap.h"

#include <algorithm>
#include <functional>
#include <ranges>

#include "core/base/error.h"
#include "core/base/random.h"

namespace orthocover {
namespace {

/// Of draws that lack a class, one after the other.
constexpr int kMostTries = 200;

double mean_iou_of(const std::vector<ConfusionMatrix>& units, const std::vector<std::size_t>& drawn) {
  ConfusionMatrix sum = units[drawn.front()];
  for (const std::size_t unit : drawn | std::views::drop(1)) sum.add(units[unit]);
  return sum.mean_iou().value_or(0);
}

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) indices[i] = i;
  return indices;
}

/// Tells draws in which a class occurs that occurs in some unit.
class Classes {
 public:
  explicit Classes(const std::vector<ConfusionMatrix>& units) {
    for (int c = 0; c < units.front().classes(); ++c) {
      std::vector<bool> has;
      for (const ConfusionMatrix& unit : units) has.push_back(unit.truth_total(c) > 0);
      if (std::ranges::find(has, true) != has.end()) m_has.push_back(std::move(has));
    }
  }
  bool are_all_in(const std::vector<std::size_t>& drawn) const {
    return std::ranges::all_of(m_has, [&](const std::vector<bool>& has) {
      return std::ranges::any_of(drawn, [&](std::size_t unit) { return has[unit]; });
    });
  }

 private:
  std::vector<std::vector<bool>> m_has;  ///< by class and unit
};

BootstrapInterval interval(const std::vector<ConfusionMatrix>& of, int rounds, std::uint64_t seed,
                           const std::function<double(const std::vector<std::size_t>&)>& score) {
  const Classes classes(of);
  const std::size_t units = of.size();
  Random random(seed);
  std::vector<double> scores;
  std::vector<std::size_t> drawn(units);
  for (int round = 0; round < rounds; ++round) {
    for (int tries = 0; tries == 0 || (tries < kMostTries && !classes.are_all_in(drawn)); ++tries) {
      for (std::size_t& unit : drawn) unit = random.index(units);
    }
    scores.push_back(score(drawn));
  }
  std::ranges::sort(scores);
  const auto at = [&](double share) {
    return scores[static_cast<std::size_t>(share * static_cast<double>(scores.size() - 1) + 0.5)];
  };
  return {score(all_of(units)), at(0.025), at(0.975)};
}

}  // namespace

std::optional<int> class_of_one_unit(const std::vector<ConfusionMatrix>& units) {
  for (int c = 0; !units.empty() && c < units.front().classes(); ++c) {
    const auto has = [&](const ConfusionMatrix& unit) { return unit.truth_total(c) > 0; };
    if (std::ranges::count_if(units, has) == 1) return c;
  }
  return std::nullopt;
}

BootstrapInterval bootstrap_mean_iou(const std::vector<ConfusionMatrix>& units, int rounds,
                                     std::uint64_t seed) {
  return interval(units, rounds, seed,
                  [&](const std::vector<std::size_t>& drawn) { return mean_iou_of(units, drawn); });
}

BootstrapInterval bootstrap_difference(const std::vector<ConfusionMatrix>& a,
                                       const std::vector<ConfusionMatrix>& b, int rounds,
                                       std::uint64_t seed) {
  if (a.size() != b.size()) throw internal_error("bootstrap: {} units against {}", a.size(), b.size());
  return interval(a, rounds, seed, [&](const std::vector<std::size_t>& drawn) {
    return mean_iou_of(b, drawn) - mean_iou_of(a, drawn);
  });
}

}  // namespace orthocover
