#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/nn/model_package.h"
#include "core/training/data/training_scene.h"
#include "core/training/patch_loader.h"

namespace orthocover::operations {

/// Fills in bands, data type and scaling of the manifest.
/// @return mean and deviation of the bands of each scene, and at the end of all together
std::vector<BandStatistics> describe_input(const std::vector<TrainingScene>& scenes,
                                           nn::ModelManifest& manifest, const RunContext& run);

/// Gives a model the scaling of bands that the weights were learned with which it begins with.
/// @param statistics of the scenes, measured again where the scale of values changes
/// @param run warned where the values are of another type, so that they have to be scaled anew
/// @throws Error{Usage} where the numbers of bands differ
void take_scaling(const nn::ModelManifest& start, const std::vector<TrainingScene>& scenes,
                  nn::ModelManifest& manifest, std::vector<BandStatistics>& statistics, RunContext& run);

/// Takes over weights and temperature of the levels, where they are the same.
void take_fusion(const nn::ModelManifest& start, nn::ModelManifest& manifest);

/// The value on whose either side lies at most half of the weights.
/// @param weights by value, at least one
double weighted_median(const std::map<double, double>& weights);

/// Without scenes whose own is unknown, where others are known.
/// @param scenes at least one
double median_ground_size(const std::vector<TrainingScene>& scenes);

/// `scene:region` of all that is held out; `scene` alone for a whole one.
std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes);

/// Warns of classes of whose labels much lies where the scenes have no data, by a sample of their pieces.
void warn_of_lost_labels(const Legend& legend, const std::vector<TrainingScene>& scenes, RunContext& run);

/// Held-out labels by class, `grass 12 m2 (20 %), ...`; warns of classes of which much or little is held out.
/// @param trained_m2 labelled ground to train on, by class and set of classes
std::string held_out_ground(const Legend& legend, const std::vector<TrainingScene>& scenes,
                            const std::vector<double>& trained_m2, RunContext& run);

/// Names of the scenes that a model was trained on.
/// @param training of the model's manifest
std::set<std::string> trained_scenes(const nlohmann::json& training);
/// Names of scenes, among which others are looked for that may be the same: where several have one name,
/// folders come before it, `east-ortho`.
class SceneNames {
 public:
  explicit SceneNames(const std::set<std::string>& names);
  /// Those that may be the scene of this name.
  std::set<std::string> like(const std::string& name) const;

 private:
  std::set<std::string> m_names;
  std::multimap<std::string, std::string> m_by_end;
};

/// The options of a run with what they stand for: whether values are stretched, names of the scenes, a digest
/// of all their labels.
nlohmann::json resolved_options(nlohmann::json options, const nn::ModelManifest& manifest,
                                const std::vector<TrainingScene>& scenes);

/// TrainingOptions::fixed of a run.
nlohmann::json fixed_facts(const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes);

/// Held-out ground that a model was trained on.
/// @param training of the model's manifest
/// @param held names as of held_out_names()
std::vector<std::string> seen_by(const nlohmann::json& training, const std::vector<std::string>& held);

/// Adds what a model has seen to the facts of one that began with its weights: its scenes to `data`, and as
/// `held_out_but_seen` what is held out now and wasn't then.
/// @param start `training` of the first model's manifest
void add_start_training(const nlohmann::json& start, nlohmann::json& facts);

}  // namespace orthocover::operations
