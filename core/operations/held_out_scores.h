#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/metrics/confusion_matrix.h"
#include "core/nn/model_package.h"
#include "core/training/training_scene.h"

namespace orthocover::operations {

/// Scores weights on the regions that are held out, each stitch level by itself.
class HeldOutScores {
 public:
  /// @param manifest architecture, input, levels and legend of the model
  HeldOutScores(const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes,
                torch::Device device, RunContext& context)
      : m_manifest(manifest), m_scenes(scenes), m_device(device), m_context(context) {}

  /// The mean IoU of each level, as a line for people.
  /// @throws Error{Cancelled}, as table() does
  std::string line(const nn::TensorMap& weights) const;

  /// An object for each level: `level`, `mean_iou`, `accuracy`, `classes`.
  nlohmann::json table(const nn::TensorMap& weights) const;

 private:
  std::vector<ConfusionMatrix> score(const nn::TensorMap& weights) const;

  const nn::ModelManifest& m_manifest;
  const std::vector<TrainingScene>& m_scenes;
  torch::Device m_device;
  RunContext& m_context;
};

}  // namespace orthocover::operations
