#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/training/data/training_scene.h"

namespace orthocover::operations {

/// `scene:region` of all that is held out; `scene` alone for a whole one.
std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes);

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

/// Held-out ground that a model was trained on.
/// @param training of the model's manifest
/// @param held names as of held_out_names()
std::vector<std::string> seen_by(const nlohmann::json& training, const std::vector<std::string>& held);

/// Adds what a model has seen to the facts of one that began with its weights: its scenes to `data`, and as
/// `held_out_but_seen` what is held out now and wasn't then.
/// @param start `training` of the first model's manifest
void add_start_training(const nlohmann::json& start, nlohmann::json& facts);

}  // namespace orthocover::operations
