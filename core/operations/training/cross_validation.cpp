#include "core/operations/training/cross_validation.h"

#include <algorithm>

#include "core/metrics/bootstrap.h"
#include "core/operations/batch/batch_progress.h"
#include "core/operations/model/model_options.h"
#include "core/operations/training/level_fusion.h"
#include "core/training/pool_validation.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

constexpr int kBootstrapRounds = 1000;

LevelFactors factors_of(const std::vector<nn::LevelFusion>& levels) {
  LevelFactors factors;
  for (const nn::LevelFusion& level : levels) factors.push_back(level.weight / level.temperature);
  return factors;
}

/// Every level by itself, then the given fusions.
std::vector<LevelFactors> pools_of(const std::vector<nn::LevelFusion>& package,
                                   const std::vector<nn::LevelFusion>& unseen) {
  std::vector<LevelFactors> pools;
  for (std::size_t l = 0; l < package.size(); ++l) {
    pools.emplace_back(package.size(), 0.0);
    pools.back()[l] = 1;
  }
  pools.push_back(factors_of(package));
  pools.push_back(factors_of(unseen));
  return pools;
}

nlohmann::json weights_table(const std::vector<nn::LevelFusion>& levels) {
  nlohmann::json table = nlohmann::json::array();
  for (const nn::LevelFusion& level : levels)
    table.push_back({{"level", level.scale}, {"weight", level.weight}, {"temperature", level.temperature}});
  return table;
}

}  // namespace

CrossValidation::CrossValidation(std::vector<TrainingScene>& scenes, nn::ModelManifest manifest,
                                 fs::path folder, std::uint64_t seed)
    : m_scenes(scenes),
      m_manifest(std::move(manifest)),
      m_folder(std::move(folder)),
      m_seed(seed),
      m_plan(FoldPlan::by_place(scenes)) {}

fs::path CrossValidation::folder_of(std::size_t fold) const {
  const auto folder = [&](std::size_t number) {
    std::string name = "fold-" + m_plan.name(number);
    std::ranges::replace(name, '/', '_');
    return name;
  };
  // Of places that differ in this letter only, later ones have their number.
  std::string own = folder(fold);
  for (std::size_t i = 0; i < fold; ++i)
    if (folder(i) == own) return m_folder / fmt::format("{}-{}", own, fold + 1);
  return m_folder / own;
}

void CrossValidation::forget_earlier() const {
  std::error_code ignored;
  for (std::size_t fold = 0; fold < m_plan.size(); ++fold)
    for (const char* name : {kLastFile, kBestFile}) fs::remove(folder_of(fold) / name, ignored);
}

void CrossValidation::train(const TrainFold& train_fold, std::size_t trainings, RunContext& run) {
  for (std::size_t fold = 0; fold < m_plan.size(); ++fold) {
    m_plan.apply(fold, m_scenes);
    run.log(LogLevel::Info,
            fmt::format("fold {} of {}: without {}", fold + 1, m_plan.size(), m_plan.name(fold)));
    SubContext part = part_of(run, fold, trainings);
    TrainingOutcome outcome = train_fold(folder_of(fold), part);
    m_folds.push_back({std::move(outcome.scores), std::move(outcome.samples), {}, {}});
  }
  FoldPlan::clear(m_scenes);
}

LevelSamples CrossValidation::samples_without(std::size_t fold) const {
  LevelSamples samples;
  for (std::size_t i = 0; i < m_folds.size(); ++i) {
    if (i != fold) samples.append(m_folds[i].samples);
  }
  return samples;
}

std::vector<nn::LevelFusion> CrossValidation::levels_without(std::size_t fold) const {
  nn::ModelManifest fitted = m_manifest;
  fit_fusion(fitted, samples_without(fold));
  return fitted.levels;
}

void CrossValidation::judge_fusion(const std::vector<nn::LevelFusion>& package_levels, torch::Device device,
                                   RunContext& run) {
  const std::vector<int> scales = scales_of(package_levels);
  for (std::size_t i = 0; i < m_folds.size(); ++i) {
    Fold& fold = m_folds[i];
    m_plan.apply(i, m_scenes);
    fold.unseen_levels = levels_without(i);
    const nn::ModelPackage package = nn::open_model_package(folder_of(i) / "package");
    const auto network = nn::load_for_inference(package, device, torch::kFloat);
    auto scores = validate_pools(*network, device, m_scenes, validation_options(package.manifest), scales,
                                 pools_of(package_levels, fold.unseen_levels), run);
    FusedScores judged{scales, {}, std::move(scores[scales.size()]), std::move(scores[scales.size() + 1])};
    scores.resize(scales.size());
    judged.single = std::move(scores);
    fold.fused.append(judged);
  }
  FoldPlan::clear(m_scenes);
}

std::vector<LevelScore> CrossValidation::all_scores() const {
  std::vector<LevelScore> sums;
  for (const nn::LevelFusion& level : m_manifest.levels)
    sums.push_back({level.scale, ConfusionMatrix(m_manifest.legend.size()), {}});
  for (const Fold& fold : m_folds) {
    for (std::size_t l = 0; l < sums.size(); ++l) {
      sums[l].matrix.add(fold.scores[l].matrix);
      sums[l].regions.insert(sums[l].regions.end(), fold.scores[l].regions.begin(),
                             fold.scores[l].regions.end());
    }
  }
  return sums;
}

FusedScores CrossValidation::all_fused() const {
  FusedScores all;
  for (const Fold& fold : m_folds) all.append(fold.fused);
  return all;
}

nlohmann::json CrossValidation::fold_table(std::size_t fold) const {
  const Fold& of = m_folds[fold];
  nlohmann::json table = {{"place", m_plan.name(fold)},
                          {"scores", score_table(of.scores, m_manifest.legend)}};
  nlohmann::json fused = fused_table(of.fused, m_manifest.legend, m_seed);
  if (fused.is_null()) return table;
  fused["fused_unseen"]["weights"] = weights_table(of.unseen_levels);
  table["fused"] = std::move(fused);
  return table;
}

nlohmann::json CrossValidation::table() const {
  nlohmann::json folds = nlohmann::json::array();
  for (std::size_t fold = 0; fold < m_folds.size(); ++fold) folds.push_back(fold_table(fold));
  const std::vector<LevelScore> sums = all_scores();
  nlohmann::json levels = score_table(sums, m_manifest.legend);
  for (std::size_t i = 0; i < sums.size() && i < levels.size(); ++i) {
    if (sums[i].regions.size() < kLeastUnits) continue;
    const BootstrapInterval interval = bootstrap_mean_iou(sums[i].regions, kBootstrapRounds, m_seed);
    levels[i]["mean_iou_95"] = {interval.low, interval.high};
  }
  nlohmann::json table = {{"by", "place"}, {"folds", folds}, {"together", levels}};
  nlohmann::json fused = fused_table(all_fused(), m_manifest.legend, m_seed);
  if (!fused.is_null()) table["fused_together"] = std::move(fused);
  return table;
}

std::string CrossValidation::lines() const {
  std::string text;
  for (std::size_t fold = 0; fold < m_folds.size(); ++fold)
    text += fmt::format("without {}: {}\n", m_plan.name(fold), score_line(m_folds[fold].scores));
  text += fmt::format("all places together: {}{}\n", score_line(all_scores()),
                      unscored_classes(all_scores(), m_manifest.legend));
  const std::string fused = fused_line(all_fused(), m_seed);
  if (!fused.empty()) text += fmt::format("all places together: {}\n", fused);
  return text;
}

}  // namespace orthocover::operations
