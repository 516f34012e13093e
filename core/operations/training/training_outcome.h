#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/nn/model_package.h"
#include "core/operations/training/held_out_scores.h"
#include "core/operations/training/seen_ground.h"
#include "core/operations/training/train_options.h"
#include "core/operations/training/training_log.h"
#include "core/training/level_samples.h"
#include "core/training/patch_loader.h"
#include "core/training/trainer.h"

namespace orthocover::operations {

/// A trained network with what it scores on what was held out.
struct TrainingOutcome {
  nn::TensorMap weights;
  TrainingReport report;
  std::vector<LevelScore> scores;
  LevelSamples samples;         ///< of what was held out
  std::vector<double> area_m2;  ///< labelled ground that was trained on, by class
};

/// The step whose weights are kept.
std::int64_t kept_step(const TrainOptions& options, const TrainingReport& report);
/// Which weights are kept, in words.
std::string kept_weights(const TrainOptions& options, const TrainingReport& report);

/// What of it is known before the first step: `data` and `held_out`.
/// @param start as of training_facts()
/// @throws Error{Model} where its record of held-out ground can't be read
nlohmann::json scene_facts(const std::vector<TrainingScene>& scenes,
                           const std::vector<BandStatistics>& statistics, const nlohmann::json& start);

/// What the manifest tells in `training`.
/// @param statistics of each scene
/// @param start `training` of the model to begin with, as of add_start_training(); an empty object: none
nlohmann::json training_facts(const TrainingOutcome& outcome, const TrainOptions& options,
                              const Legend& legend, const std::vector<TrainingScene>& scenes,
                              const std::vector<BandStatistics>& statistics, const nlohmann::json& start);

/// Names of the scenes that a file may be, by those that stems_of() gives.
std::set<std::string> scenes_called_like(const std::string& file, const SceneNames& trained);

/// Names of ground that a model held out and did not learn before either.
/// @param training of the model's manifest
std::vector<std::string> unseen_names(const nlohmann::json& training);

/// That ground of a scene, as the model's package records it; nothing where the model was not trained on a
/// scene of its name.
/// @param model names it in messages
/// @throws Error{Data} where there is none, or the package doesn't record it; Error{Model} for a record that
/// can't be read
std::optional<std::vector<LabelledRegion>> held_out_by(const std::string& model,
                                                       const nlohmann::json& training,
                                                       const RasterInfo& scene);

/// Writes what lies beside a package, of which a failure tells that it is whole.
/// @throws Error
void write_beside(const std::string& package, const std::function<void()>& write);

/// What the report tells, with sample predictions by the network that is kept.
/// @param resolved the options with all keys
TrainingSummary training_summary(const TrainingOutcome& outcome, const TrainOptions& options,
                                 const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes,
                                 torch::Device device, const nlohmann::json& resolved);

}  // namespace orthocover::operations
