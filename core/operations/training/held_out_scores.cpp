#include "core/operations/training/held_out_scores.h"

#include <fmt/ranges.h>

#include "core/base/text.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operations/model/model_options.h"
#include "core/operations/training/fused_scores.h"

namespace orthocover::operations {

ValidationOptions validation_options(const nn::ModelManifest& manifest) {
  return {manifest.bands, manifest.scale, manifest.ground_size_m, manifest.legend.size(),
          manifest.patch_size_px};
}

std::shared_ptr<nn::SegmentationNetwork> scoring_network(const nn::ModelManifest& manifest,
                                                         const nn::TensorMap& weights, torch::Device device) {
  auto network = nn::fit_weights(manifest.architecture, manifest.network(), weights, "averaged weights");
  network->to(device);
  network->prepare_for_inference();
  return network;
}

std::vector<LevelScore> score_held_out(const nn::ModelManifest& manifest, const nn::TensorMap& weights,
                                       const std::vector<TrainingScene>& scenes, torch::Device device,
                                       RunContext& context) {
  const auto network = scoring_network(manifest, weights, device);
  std::vector<LevelScore> scores;
  for (const nn::LevelFusion& level : manifest.levels) {
    ValidationOptions options = validation_options(manifest);
    options.ground_size_m *= level.scale;
    LevelScore score{level.scale, ConfusionMatrix(manifest.legend.size()), {}};
    for (ConfusionMatrix& region : validate_regions(*network, device, scenes, options, context)) {
      score.matrix.add(region);
      if (region.total() > 0) score.regions.push_back(std::move(region));
    }
    scores.push_back(std::move(score));
  }
  return scores;
}

std::optional<double> mean_score(const std::vector<LevelScore>& scores) {
  double sum = 0;
  int count = 0;
  for (const LevelScore& score : scores) {
    const std::optional<double> mean = score.matrix.mean_iou();
    if (mean) sum += *mean, ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

std::string scored_line(const nn::ModelManifest& manifest) {
  return fmt::format("levels {} in patches of {} px", fmt::join(scales_of(manifest.levels), ", "),
                     manifest.patch_size_px);
}

std::string score_line(const std::vector<LevelScore>& scores) {
  std::string text = "mean IoU on what is held out";
  const char* separator = ":";
  for (const LevelScore& score : scores) {
    const std::optional<double> mean = score.matrix.mean_iou();
    text += fmt::format("{} {}x {}", separator, score.level, mean ? fmt::format("{:.3f}", *mean) : "-");
    separator = ",";
  }
  return text;
}

std::string unscored_classes(const std::vector<LevelScore>& scores, const Legend& legend) {
  std::vector<std::string> names;
  for (int c = 0; c < legend.size(); ++c)
    if (!scores.empty() && scores.front().matrix.total() > 0 && scores.front().matrix.truth_total(c) == 0)
      names.push_back(legend.classes()[static_cast<std::size_t>(c)].name);
  return names.empty() ? "" : "; without scores: " + join(names);
}

nlohmann::json score_table(const std::vector<LevelScore>& scores, const Legend& legend) {
  nlohmann::json table = nlohmann::json::array();
  for (const auto& [level, matrix, regions] : scores) {
    if (matrix.total() == 0) continue;
    table.push_back(matrix_facts(matrix, legend));
    table.back()["level"] = level;
  }
  return table;
}

}  // namespace orthocover::operations
