#include "core/operations/level_fusion.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/text.h"

namespace orthocover::operations {
namespace {

/// Points below which equal weights are as good a guess.
constexpr std::size_t kFewestPoints = 500;

/// That a manifest may have.
constexpr double kLeastTemperature = 1e-3;

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

}  // namespace

bool can_fit_fusion(const nn::ModelManifest& manifest, const LevelSamples& samples) {
  return manifest.fusion == "log-linear" && samples.size() >= kFewestPoints;
}

void set_fusion(nn::ModelManifest& manifest, const FusionFit& fit) {
  for (std::size_t l = 0; l < manifest.levels.size(); ++l) {
    manifest.levels[l].weight = rounded(fit.weights[l]);
    manifest.levels[l].temperature = rounded(std::max(kLeastTemperature, fit.temperature));
  }
}

std::string fusion_line(const nn::ModelManifest& manifest, const FusionFit& fit) {
  std::vector<std::string> weights;
  std::vector<std::string> alone;
  for (std::size_t l = 0; l < manifest.levels.size(); ++l) {
    weights.push_back(fmt::format("{}x {:.2f}", manifest.levels[l].scale, fit.weights[l]));
    alone.push_back(fmt::format("{}x {:.3f}", manifest.levels[l].scale, fit.level_accuracy[l]));
  }
  return fmt::format(
      "fusion of the levels: weights {}, temperature {:.2f}; share of held-out points right: {}, fused "
      "{:.3f} "
      "(equal weights {:.3f}), any level {:.3f}",
      join(weights), fit.temperature, join(alone), fit.accuracy, fit.equal_accuracy, fit.oracle_accuracy);
}

nlohmann::json fusion_facts(const nn::ModelManifest& manifest, const FusionFit& fit, std::size_t points) {
  nlohmann::json levels = nlohmann::json::array();
  for (std::size_t l = 0; l < manifest.levels.size(); ++l)
    levels.push_back({{"level", manifest.levels[l].scale}, {"accuracy", rounded(fit.level_accuracy[l])}});
  return {{"points", points},
          {"levels", levels},
          {"accuracy_fused", rounded(fit.accuracy)},
          {"accuracy_equal_weights", rounded(fit.equal_accuracy)},
          {"accuracy_any_level", rounded(fit.oracle_accuracy)},
          {"log_loss", rounded(fit.loss)},
          {"log_loss_equal_weights", rounded(fit.loss_equal)}};
}

}  // namespace orthocover::operations
