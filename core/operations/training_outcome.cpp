#include "core/operations/training_outcome.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operations/training_data.h"
#include "core/training/masked_labels.h"

namespace orthocover::operations {
namespace {

constexpr int kPictures = 6;  ///< in the report

nlohmann::json scene_facts(const std::vector<TrainingScene>& scenes,
                           const std::vector<BandStatistics>& statistics) {
  nlohmann::json data = nlohmann::json::array();
  for (std::size_t i = 0; i < scenes.size(); ++i)
    data.push_back({{"scene", scenes[i].name},
                    {"ground_size_m", scenes[i].ground_size_m},
                    {"size_px", {scenes[i].source->info().cols, scenes[i].source->info().rows}},
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

/// What the training tells of the scene that a file may be, by its name or with that of its folder.
std::optional<nlohmann::json> training_scene(const nlohmann::json& training,
                                             const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::set<std::string> known = SceneNames(trained_scenes(training)).like(stem);
  if (known.empty()) return std::nullopt;
  const std::string in_folder =
      fmt::format("{}-{}", std::filesystem::absolute(file).parent_path().stem().string(), stem);
  const std::string name = known.contains(in_folder) ? in_folder
                           : known.contains(stem)    ? stem
                                                     : *known.begin();
  if (known.size() > 1 && name != in_folder && name != stem)
    throw data_error("--held-out: {} may be any of the scenes {} of the training; name it so", file.string(),
                     join(std::vector(known.begin(), known.end())));
  for (const nlohmann::json& data : training.at("data"))
    if (data.is_object() && data.value("scene", nlohmann::json()) == name) return data;
  return std::nullopt;
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

std::vector<std::string> unseen_names(const nlohmann::json& training) {
  std::vector<std::string> names;
  const auto seen = training.value("held_out_but_seen", nlohmann::json::array());
  for (const nlohmann::json& held : training.value("held_out", nlohmann::json::array()))
    if (held.is_string() && std::ranges::find(seen, held) == seen.end()) names.push_back(held);
  return names;
}

std::optional<std::vector<LabelledRegion>> held_out_by(const std::string& model,
                                                       const nlohmann::json& training,
                                                       const RasterInfo& scene, const LabelSource& labels) {
  const std::optional<nlohmann::json> data = training_scene(training, scene.path);
  if (!data) return std::nullopt;
  const std::string name = data->at("scene");
  std::vector<std::string> regions;
  for (const std::string& held : unseen_names(training)) {
    if (held == name) regions.emplace_back();
    if (held.starts_with(name + ":")) regions.push_back(held.substr(name.size() + 1));
  }
  if (regions.empty())
    throw data_error("--held-out: {} held nothing of {} out in training; leave it out", model, scene.path);
  const nlohmann::json size_px = {scene.cols, scene.rows};
  if (const nlohmann::json trained = data->value("size_px", size_px); trained != size_px)
    throw data_error("--held-out: {} has {} px, in the training of {} it had {}; give the same file",
                     scene.path, size_px.dump(), model, trained.dump());
  const nlohmann::json size_m = data->value("ground_size_m", nlohmann::json());
  return held_out_regions(regions, scene, size_m.is_number() ? size_m.get<double>() : 0, labels);
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
