#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/nn/model_package.h"
#include "core/training/data/training_scene.h"

namespace orthocover::operations {

/// The options of a run with what they stand for: whether values are stretched, names of the scenes, a digest
/// of all their labels.
nlohmann::json resolved_options(nlohmann::json options, const nn::ModelManifest& manifest,
                                const std::vector<TrainingScene>& scenes);

/// TrainingOptions::fixed of a run.
nlohmann::json fixed_facts(const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes);

}  // namespace orthocover::operations
