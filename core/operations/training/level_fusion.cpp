#include "core/operations/training/level_fusion.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/text.h"

namespace orthocover::operations {
namespace {

/// Points below which the weights that there are are as good a guess.
constexpr std::size_t kFewestForWeights = 500;
/// The same for the temperature.
constexpr std::size_t kFewest = 30;

/// That a manifest may have.
constexpr double kLeastTemperature = 1e-3;

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

}  // namespace

std::optional<FusionFit> fit_fusion(nn::ModelManifest& manifest, const LevelSamples& samples) {
  if (manifest.fusion != "log-linear" || samples.size() < kFewest) return std::nullopt;
  std::vector<double> weights;
  double sum = 0;
  for (const nn::LevelFusion& level : manifest.levels) sum += level.weight;
  for (const nn::LevelFusion& level : manifest.levels) weights.push_back(level.weight / sum);
  const FusionFit fit = samples.size() < kFewestForWeights ? fit_temperature(samples, weights)
                                                           : orthocover::fit_fusion(samples);
  for (std::size_t l = 0; l < manifest.levels.size(); ++l) {
    manifest.levels[l].weight = rounded(fit.weights[l]);
    manifest.levels[l].temperature = rounded(std::max(kLeastTemperature, fit.temperature));
  }
  return fit;
}

std::string fusion_line(const nn::ModelManifest& manifest, const std::optional<FusionFit>& fit,
                        std::size_t points) {
  std::vector<std::string> weights;
  std::vector<std::string> alone;
  for (std::size_t l = 0; l < manifest.levels.size(); ++l) {
    weights.push_back(fmt::format("{}x {:.2f}", manifest.levels[l].scale, manifest.levels[l].weight));
    if (fit) alone.push_back(fmt::format("{}x {:.3f}", manifest.levels[l].scale, fit->level_accuracy[l]));
  }
  if (!fit)
    return fmt::format(
        "{} held-out points are too few to fit weights and temperature of the levels: {} are kept", points,
        join(weights));
  return fmt::format(
      "fusion of the levels: weights {}{}, temperature {:.2f}; share of held-out points right: {}, fused "
      "{:.3f} (equal weights {:.3f}), any level {:.3f}",
      join(weights), points < kFewestForWeights ? " as before" : "", fit->temperature, join(alone),
      fit->accuracy, fit->equal_accuracy, fit->oracle_accuracy);
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
