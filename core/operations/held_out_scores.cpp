#include "core/operations/held_out_scores.h"

#include "core/nn/weights/weight_fit.h"
#include "core/training/validation.h"

namespace orthocover::operations {

std::vector<ConfusionMatrix> HeldOutScores::score(const nn::TensorMap& weights) const {
  const auto network =
      nn::fit_weights(m_manifest.architecture, m_manifest.network(), weights, "averaged weights");
  network->to(m_device);
  std::vector<ConfusionMatrix> scores;
  for (const nn::LevelFusion& level : m_manifest.levels) {
    const ValidationOptions options{m_manifest.bands, m_manifest.scale,
                                    level.scale * m_manifest.ground_size_m, m_manifest.legend.size()};
    scores.push_back(validate(*network, m_device, m_scenes, options, m_context));
  }
  return scores;
}

std::string HeldOutScores::line(const nn::TensorMap& weights) const {
  std::string text = "mean IoU on what is held out";
  const std::vector<ConfusionMatrix> scores = score(weights);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::optional<double> mean = scores[i].mean_iou();
    text += fmt::format("{} {}x {}", i == 0 ? ":" : ",", m_manifest.levels[i].scale,
                        mean ? fmt::format("{:.3f}", *mean) : "-");
  }
  return text;
}

nlohmann::json HeldOutScores::table(const nn::TensorMap& weights) const {
  nlohmann::json table = nlohmann::json::array();
  const std::vector<ConfusionMatrix> scores = score(weights);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const ConfusionMatrix& matrix = scores[i];
    if (matrix.total() == 0) continue;
    nlohmann::json classes = nlohmann::json::object();
    for (int c = 0; c < matrix.classes(); ++c) {
      if (matrix.truth_total(c) == 0) continue;
      classes[m_manifest.legend.classes()[static_cast<std::size_t>(c)].name] = {
          {"iou", *matrix.iou(c)}, {"pixels", matrix.truth_total(c)}};
    }
    table.push_back({{"level", m_manifest.levels[i].scale},
                     {"mean_iou", *matrix.mean_iou()},
                     {"accuracy", *matrix.accuracy()},
                     {"classes", classes}});
  }
  return table;
}

}  // namespace orthocover::operations
