#include "core/operations/training/fused_scores.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

constexpr int kBootstrapRounds = 1000;

ConfusionMatrix sum_of(const std::vector<ConfusionMatrix>& windows) {
  ConfusionMatrix sum(windows.front().classes());
  for (const ConfusionMatrix& window : windows) sum.add(window);
  return sum;
}

void append_labelled(std::vector<ConfusionMatrix>& windows, const std::vector<ConfusionMatrix>& more) {
  std::ranges::copy_if(more, std::back_inserter(windows),
                       [](const ConfusionMatrix& window) { return window.total() > 0; });
}

/// The interval as two numbers, of units enough.
void add_interval(nlohmann::json& facts, const BootstrapInterval& interval, std::size_t units) {
  if (units >= kLeastUnits) facts["mean_iou_95"] = {interval.low, interval.high};
}

nlohmann::json judged(const std::vector<ConfusionMatrix>& windows, const Legend& legend, std::uint64_t seed) {
  nlohmann::json facts = matrix_facts(sum_of(windows), legend);
  add_interval(facts, bootstrap_mean_iou(windows, kBootstrapRounds, seed), windows.size());
  return facts;
}

nlohmann::json gain_facts(const FusedScores& scores, const std::vector<ConfusionMatrix>& fused,
                          std::uint64_t seed) {
  const BootstrapInterval gain = fusion_gain(scores, fused, seed);
  nlohmann::json facts = {{"mean_iou", gain.value}};
  add_interval(facts, gain, fused.size());
  return facts;
}

}  // namespace

nlohmann::json matrix_facts(const ConfusionMatrix& matrix, const Legend& legend) {
  nlohmann::json classes = nlohmann::json::object();
  for (int c = 0; c < matrix.classes(); ++c) {
    if (matrix.truth_total(c) == 0) continue;
    classes[legend.classes()[static_cast<std::size_t>(c)].name] = {{"iou", *matrix.iou(c)},
                                                                   {"pixels", matrix.truth_total(c)}};
  }
  return {{"mean_iou", *matrix.mean_iou()}, {"accuracy", *matrix.accuracy()}, {"classes", classes}};
}

void FusedScores::append(const FusedScores& other) {
  if (levels.empty()) {
    levels = other.levels;
    single.resize(levels.size());
  }
  if (levels != other.levels)
    throw internal_error("fused scores: {} levels against {}", other.levels.size(), levels.size());
  for (std::size_t l = 0; l < levels.size(); ++l) append_labelled(single[l], other.single[l]);
  append_labelled(fused, other.fused);
  append_labelled(fused_unseen, other.fused_unseen);
}

std::size_t best_level(const FusedScores& scores) {
  const auto mean = [](const std::vector<ConfusionMatrix>& windows) { return *sum_of(windows).mean_iou(); };
  return static_cast<std::size_t>(std::ranges::max_element(scores.single, {}, mean) - scores.single.begin());
}

BootstrapInterval fusion_gain(const FusedScores& scores, const std::vector<ConfusionMatrix>& fused,
                              std::uint64_t seed) {
  return bootstrap_difference(scores.single[best_level(scores)], fused, kBootstrapRounds, seed);
}

nlohmann::json fused_table(const FusedScores& scores, const Legend& legend, std::uint64_t seed) {
  if (scores.fused.empty()) return nullptr;
  nlohmann::json levels = nlohmann::json::array();
  for (std::size_t l = 0; l < scores.levels.size(); ++l) {
    levels.push_back(judged(scores.single[l], legend, seed));
    levels.back()["level"] = scores.levels[l];
  }
  return {{"windows", scores.fused.size()},
          {"levels", levels},
          {"fused", judged(scores.fused, legend, seed)},
          {"fused_unseen", judged(scores.fused_unseen, legend, seed)},
          {"best_level", scores.levels[best_level(scores)]},
          {"gain", gain_facts(scores, scores.fused, seed)},
          {"gain_unseen", gain_facts(scores, scores.fused_unseen, seed)}};
}

std::string fused_line(const FusedScores& scores, std::uint64_t seed) {
  if (scores.fused.empty()) return {};
  const std::size_t best = best_level(scores);
  const BootstrapInterval gain = fusion_gain(scores, scores.fused, seed);
  const double alone = *sum_of(scores.single[best]).mean_iou();
  std::string text =
      fmt::format("mean IoU of the fused levels {:.3f}, of the best level by itself ({}x) {:.3f}",
                  *sum_of(scores.fused).mean_iou(), scores.levels[best], alone);
  if (scores.fused.size() >= kLeastUnits) {
    text += fmt::format("; gain {:+.3f}, 95 % of the draws of windows {:+.3f} to {:+.3f}", gain.value,
                        gain.low, gain.high);
  }
  return text;
}

}  // namespace orthocover::operations
