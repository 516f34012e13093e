#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/metrics/confusion_matrix.h"
#include "core/nn/model_package.h"
#include "core/training/validation.h"

namespace orthocover::operations {

/// What judging level 1 needs of a model.
ValidationOptions validation_options(const nn::ModelManifest& manifest);

/// A network with these weights that only scores, which is faster than one that learns.
std::shared_ptr<nn::SegmentationNetwork> scoring_network(const nn::ModelManifest& manifest,
                                                         const nn::TensorMap& weights, torch::Device device);

/// What one stitch level by itself comes to on the regions that are held out.
struct LevelScore {
  int level = 1;
  ConfusionMatrix matrix;                ///< of all regions
  std::vector<ConfusionMatrix> regions;  ///< each region's, those without labels left out
};

/// Scores weights on every stitch level of the model.
/// @param manifest architecture, input, levels and legend of the model
/// @throws Error{Cancelled}
std::vector<LevelScore> score_held_out(const nn::ModelManifest& manifest, const nn::TensorMap& weights,
                                       const std::vector<TrainingScene>& scenes, torch::Device device,
                                       RunContext& context);

/// Mean over the levels of their mean IoU; nothing when nothing is held out.
std::optional<double> mean_score(const std::vector<LevelScore>& scores);

/// What mean_score() is a mean of: scores of other levels or patches can't be compared.
std::string scored_line(const nn::ModelManifest& manifest);

/// The mean IoU of each level, as a line for people.
std::string score_line(const std::vector<LevelScore>& scores);

/// Classes of which nothing was scored on the finest level, `; without scores: water`; empty where there are
/// none, or no scores at all.
std::string unscored_classes(const std::vector<LevelScore>& scores, const Legend& legend);

/// An object for each level with labels: `level`, `mean_iou`, `accuracy`, `classes`.
nlohmann::json score_table(const std::vector<LevelScore>& scores, const Legend& legend);

}  // namespace orthocover::operations
