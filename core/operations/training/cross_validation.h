#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/operations/training/fused_scores.h"
#include "core/operations/training/training_outcome.h"
#include "core/training/data/split.h"

namespace orthocover::operations {

/// One network for each place that never saw it, and what they score there: every level by itself, and the
/// levels as they are fused in maps.
class CrossValidation {
 public:
  /// Trains on what is not held out of the scenes and leaves a package in `folder`/package.
  using TrainFold = std::function<TrainingOutcome(const std::filesystem::path& folder, RunContext& part)>;

  /// @param scenes must outlive the object; what is held out of them is changed, in the end it is nothing
  /// @param manifest of the model without fitted fusion
  /// @param folder of the run, with a folder for every fold
  /// @throws Error{Usage} for fewer than two places
  CrossValidation(std::vector<TrainingScene>& scenes, nn::ModelManifest manifest,
                  std::filesystem::path folder, std::uint64_t seed);

  /// Deletes checkpoints of an earlier run's folds, which this one would go on from where it is stopped and
  /// resumed.
  void forget_earlier() const;

  std::size_t size() const { return m_plan.size(); }  ///< folds

  /// Trains one network after the other.
  /// @param trainings of the whole run, of which these are the first
  void train(const TrainFold& train_fold, std::size_t trainings, RunContext& run);

  /// Points of all places, each judged by the network that never saw it.
  LevelSamples samples() const { return samples_without(m_folds.size()); }

  /// Judges the fused maps of every fold's package on its place: with the weights that go into the package,
  /// and with those fitted to the other places alone.
  /// @param package_levels as they go into the package
  void judge_fusion(const std::vector<nn::LevelFusion>& package_levels, torch::Device device,
                    RunContext& run);

  /// `by`, `folds`, `together`, and where the fusion was judged `fused_together`.
  nlohmann::json table() const;

  /// The mean IoU of every fold and of all, as lines for people.
  std::string lines() const;

 private:
  struct Fold {
    std::vector<LevelScore> scores;
    LevelSamples samples;
    FusedScores fused;
    std::vector<nn::LevelFusion> unseen_levels;  ///< fitted without the fold's place
  };

  std::filesystem::path folder_of(std::size_t fold) const;
  LevelSamples samples_without(std::size_t fold) const;
  std::vector<nn::LevelFusion> levels_without(std::size_t fold) const;
  std::vector<LevelScore> all_scores() const;
  FusedScores all_fused() const;
  nlohmann::json fold_table(std::size_t fold) const;

  std::vector<TrainingScene>& m_scenes;
  nn::ModelManifest m_manifest;
  std::filesystem::path m_folder;
  std::uint64_t m_seed;
  FoldPlan m_plan;
  std::vector<Fold> m_folds;
};

}  // namespace orthocover::operations
