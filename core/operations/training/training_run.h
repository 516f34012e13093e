#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/folder_lock.h"
#include "core/nn/model_package.h"
#include "core/nn/ranks/rank_exchange.h"
#include "core/operation/operation.h"
#include "core/operations/training/start_model.h"
#include "core/operations/training/train_options.h"
#include "core/operations/training/training_log.h"
#include "core/operations/training/training_outcome.h"
#include "core/operations/training/training_set.h"
#include "core/training/augment/pipeline.h"
#include "core/training/patch_sampler.h"

namespace orthocover::operations {

/// One training run from files to a model package.
class TrainingRun {
 public:
  /// Checks the options and opens what they name; nothing is written yet.
  /// @param ranks the other processes of the run, nothing when there are none: all train, the first one alone
  /// scores and writes
  /// @throws Error
  TrainingRun(const TrainOptions& options, OperationContext& context, nn::RankExchange* ranks = nullptr);

  /// Trains, scores and writes the package.
  /// @return a line for people, and a report of the model and its scores
  /// @throws Error
  OperationResult run();

 private:
  OperationResult train_and_score();
  bool is_first() const { return m_ranks == nullptr || m_ranks->is_first(); }
  void begin_with(const StartModel& start);
  void hold_out();
  TrainingHooks hooks_for(const std::filesystem::path& folder);
  /// @param part of the run that this training is
  TrainingOutcome train(const std::filesystem::path& folder, RunContext& part);
  nlohmann::json cross_validate(std::string& text);
  LevelSamples sample_held_out(const nn::TensorMap& weights) const;
  void fit_levels(const LevelSamples& samples);
  void describe_model();
  void describe_bands();
  std::shared_ptr<nn::SegmentationNetwork> make_network() const;
  TrainingOptions settings(const std::filesystem::path& folder) const;
  void choose_batch_size(nn::SegmentationNetwork& network, const std::filesystem::path& folder);
  void prepare(const std::filesystem::path& folder);
  void announce(const PatchSampler& sampler) const;
  void announce_held_out(const std::vector<double>& trained_m2) const;
  void announce_memory() const;
  /// What is kept of a step, which is scored once.
  std::vector<LevelScore> score(const nn::TensorMap& weights, std::int64_t step);
  std::optional<double> validate(const nn::TensorMap& weights, std::int64_t step);
  void save(const std::string& package, const TrainingOutcome& trained, const nlohmann::json& folds) const;

  TrainOptions m_options;
  OperationContext& m_context;
  nn::RankExchange* m_ranks;
  torch::Device m_device;
  Precision m_precision;
  std::filesystem::path m_folder;        ///< of the run
  std::optional<FolderClaim> m_claim;    ///< of m_folder, from the first thing that is written there
  std::shared_ptr<ByteBudget> m_memory;  ///< of scenes and labels
  TrainingConfig m_config;
  std::optional<AugmentationPipeline> m_augmentation;
  ClassGroups m_groups;
  std::vector<TrainingScene> m_scenes;
  std::vector<BandStatistics> m_statistics;
  nlohmann::json m_network_options;
  nn::ModelManifest m_manifest;
  std::optional<StartModel> m_start;
  nlohmann::json m_start_training = nlohmann::json::object();  ///< of the model that it begins with
  nlohmann::json m_fusion;    ///< what was found in fitting the levels; null: equal weights
  std::size_t m_folds = 0;    ///< that are trained before the network itself
  bool m_is_scoring = false;  ///< all steps are done
  std::optional<std::pair<std::int64_t, std::vector<LevelScore>>> m_scored;  ///< last, with their step
  std::optional<TrainingLog> m_log;
  std::optional<StepNotes> m_notes;
};

}  // namespace orthocover::operations
