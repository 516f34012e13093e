#include "core/operations/training_outcome.h"

#include <algorithm>
#include <cmath>

#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operations/training_data.h"

namespace orthocover::operations {
namespace {

constexpr int kPictures = 6;  ///< in the report

nlohmann::json scene_facts(const std::vector<TrainingScene>& scenes,
                           const std::vector<BandStatistics>& statistics) {
  nlohmann::json data = nlohmann::json::array();
  for (std::size_t i = 0; i < scenes.size(); ++i)
    data.push_back({{"scene", scenes[i].name},
                    {"ground_size_m", scenes[i].ground_size_m},
                    {"band_means", statistics[i].mean},
                    {"band_deviations", statistics[i].deviation}});
  return data;
}

std::vector<SamplePicture> pictures_of(const TrainingOutcome& outcome, const nn::ModelManifest& manifest,
                                       const std::vector<TrainingScene>& scenes, torch::Device device) {
  const auto network = nn::fit_weights(manifest.architecture, manifest.network(), outcome.weights, "weights");
  network->to(device);
  return sample_pictures(*network, device, scenes, validation_options(manifest), manifest.legend, kPictures);
}

std::int64_t kept_step(const TrainOptions& options, const TrainingReport& report) {
  return options.keep == "best" && report.best_score ? report.best_step : report.steps;
}

std::int64_t patches_of(const TrainingReport& report, const TrainOptions& by) {
  return report.steps * by.batch_size * by.accumulate;
}

}  // namespace

std::string kept_weights(const TrainOptions& options, const TrainingReport& report) {
  const auto step = kept_step(options, report);
  return step > 0 ? fmt::format("weights of step {}", step) : "weights of --start-from: no step was better";
}

nlohmann::json training_facts(const TrainingOutcome& outcome, const TrainOptions& options,
                              const Legend& legend, const std::vector<TrainingScene>& scenes,
                              const std::vector<BandStatistics>& statistics) {
  const TrainingReport& report = outcome.report;
  nlohmann::json ground = nlohmann::json::object();
  for (std::size_t c = 0; c < legend.classes().size(); ++c)
    ground[legend.classes()[c].name] = std::round(outcome.area_m2[c]);
  return {{"data", scene_facts(scenes, statistics)},
          {"labelled_ground_m2", ground},
          {"held_out", held_out_names(scenes)},
          {"scores_held_out", score_table(outcome.scores, legend)},
          {"steps", report.steps},
          {"kept_step", kept_step(options, report)},
          {"patches", patches_of(report, options)},
          {"loss", options.loss},
          {"seed", options.seed}};
}

TrainingSummary training_summary(const TrainingOutcome& outcome, const TrainOptions& options,
                                 const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes,
                                 torch::Device device, const nlohmann::json& resolved) {
  const TrainingReport& report = outcome.report;
  TrainingSummary summary;
  summary.model = manifest.name;
  summary.legend = manifest.legend;
  summary.area_m2 = outcome.area_m2;
  summary.scores = outcome.scores;
  std::vector<std::string> names(scenes.size());
  std::ranges::transform(scenes, names.begin(), &TrainingScene::name);
  summary.facts = {
      {"scenes", join(names)},
      {"held out", join(held_out_names(scenes))},
      {"network", manifest.architecture},
      {"device", device.str()},
      {"steps", std::to_string(report.steps)},
      {"patches", std::to_string(patches_of(report, options))},
      {"time", format_duration(report.seconds)},
      {"best score",
       report.best_score ? fmt::format("{:.3f} at step {}", *report.best_score, report.best_step) : "-"}};
  for (const auto& [key, value] : resolved.items())
    summary.settings.emplace_back(key, value.is_string() ? value.get<std::string>() : json_line(value));
  summary.pictures = pictures_of(outcome, manifest, scenes, device);
  return summary;
}

}  // namespace orthocover::operations
