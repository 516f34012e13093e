#include "core/operations/training/training_outcome.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iterator>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/operations/batch/scene_files.h"
#include "core/operations/training/training_set.h"
#include "core/training/data/masked_labels.h"

namespace orthocover::operations {
namespace {

constexpr int kPictures = 6;                   ///< in the report
constexpr std::size_t kMostRegions = 1000000;  ///< of a scene, as of split_into_blocks()

nlohmann::json size_px(const RasterInfo& info) {
  return nlohmann::json::array({info.cols, info.rows});
}

/// Held-out ground of a scene, as its entry of `training.data` tells.
/// @param model names it in messages
std::vector<LabelledRegion> ground_of(const nlohmann::json& data, const Window& scene,
                                      const std::string& model) {
  const nlohmann::json held = data.value("held_out_px", nlohmann::json::array());
  std::vector<LabelledRegion> ground;
  try {
    for (const nlohmann::json& region : held.size() > kMostRegions ? nlohmann::json() : held) {
      const nlohmann::json& numbers = region.at("window");
      if (!std::ranges::all_of(numbers, &nlohmann::json::is_number_integer)) break;
      const auto [col, row, cols, rows] = numbers.get<std::array<std::int64_t, 4>>();
      const Window window{col, row, cols, rows};
      const bool is_small = std::max({col, row, cols, rows}) <= std::max(scene.cols, scene.rows);
      if (is_small && !window.empty() && scene.contains(window))
        ground.push_back({region.at("name"), window});
    }
  } catch (const nlohmann::json::exception&) {
    ground.clear();
  }
  if (ground.size() != held.size())
    throw model_error("{}: held_out_px of its scene {} is no list of up to {} windows on it; train it again",
                      model, data.at("scene").dump(), kMostRegions);
  return ground;
}

/// The same of all entries of a scene: none was trained on what another one held out.
std::vector<LabelledRegion> ground_called(const std::string& name, const nlohmann::json& training,
                                          const RasterInfo& scene, const std::string& model) {
  std::vector<LabelledRegion> ground;
  for (const nlohmann::json& data : training.at("data")) {
    if (!data.is_object() || data.value("scene", nlohmann::json()) != name) continue;
    if (data.value("size_px", size_px(scene)) != size_px(scene)) return {};
    for (LabelledRegion& region : ground_of(data, scene.window(), model))
      if (std::ranges::find(ground, region.window, &LabelledRegion::window) == ground.end())
        ground.push_back(std::move(region));
  }
  return ground;
}

/// Ground of a scene that is held out and that the model to begin with did not learn either.
/// @param start `training` of its manifest, which names the scenes `learned`
nlohmann::json held_out_px(const TrainingScene& scene, const nlohmann::json& start,
                           const SceneNames& learned) {
  const RasterInfo& info = scene.source->info();
  std::vector<LabelledRegion> ground = common_ground(scene.held_out, {{"", info.window()}});
  for (const std::string& name : learned.like(scene.name))
    ground = common_ground(ground, ground_called(name, start, info, "--start-from"));
  nlohmann::json held = nlohmann::json::array();
  for (const auto& [name, window] : ground)
    held.push_back({{"name", name}, {"window", {window.col, window.row, window.cols, window.rows}}});
  return held;
}

std::vector<SamplePicture> pictures_of(const TrainingOutcome& outcome, const nn::ModelManifest& manifest,
                                       const std::vector<TrainingScene>& scenes, torch::Device device) {
  const auto network = scoring_network(manifest, outcome.weights, device);
  return sample_pictures(*network, device, scenes, validation_options(manifest), manifest.legend, kPictures);
}

std::int64_t patches_of(const TrainingReport& report, const TrainOptions& by) {
  return report.steps * by.batch_size * by.accumulate;
}

/// Whether some folders of a file, one below the other, make a name when dashes join them.
bool lies_in(const std::filesystem::path& file, const std::string& name) {
  const std::filesystem::path folder = real_path(file).parent_path();
  for (auto begin = folder.begin(); begin != folder.end(); ++begin) {
    std::string joined = begin->string();
    for (auto next = std::next(begin); joined.size() < name.size() && next != folder.end(); ++next)
      joined += fmt::format("-{}", next->string());
    if (joined == name) return true;
  }
  return false;
}

/// What the training tells of the scene that a file may be.
std::optional<nlohmann::json> training_scene(const nlohmann::json& training, const std::string& file) {
  const std::set<std::string> names = scenes_called_like(file, SceneNames(trained_scenes(training)));
  if (names.size() > 1)
    throw data_error("--held-out: {} may be any of the scenes {} of the training; name it so", file,
                     join(std::vector(names.begin(), names.end())));
  for (const nlohmann::json& data : names.empty() ? nlohmann::json() : training.at("data"))
    if (data.is_object() && data.value("scene", nlohmann::json()) == *names.begin())
      return std::make_optional<nlohmann::json>(data);
  return std::nullopt;
}

}  // namespace

std::int64_t kept_step(const TrainOptions& options, const TrainingReport& report) {
  return options.keep == "best" && report.best_score ? report.best_step : report.steps;
}

std::string kept_weights(const TrainOptions& options, const TrainingReport& report) {
  const auto step = kept_step(options, report);
  return step > 0 ? fmt::format("weights of step {}", step) : "weights of --start-from: no step was better";
}

nlohmann::json scene_facts(const std::vector<TrainingScene>& scenes,
                           const std::vector<BandStatistics>& statistics, const nlohmann::json& start) {
  const SceneNames learned(trained_scenes(start));
  nlohmann::json data = nlohmann::json::array();
  for (std::size_t i = 0; i < scenes.size(); ++i)
    data.push_back({{"scene", scenes[i].name},
                    {"ground_size_m", scenes[i].ground_size_m},
                    {"size_px", size_px(scenes[i].source->info())},
                    {"held_out_px", held_out_px(scenes[i], start, learned)},
                    {"band_means", statistics[i].mean},
                    {"band_deviations", statistics[i].deviation}});
  return {{"data", data}, {"held_out", held_out_names(scenes)}};
}

nlohmann::json training_facts(const TrainingOutcome& outcome, const TrainOptions& options,
                              const Legend& legend, const std::vector<TrainingScene>& scenes,
                              const std::vector<BandStatistics>& statistics, const nlohmann::json& start) {
  const TrainingReport& report = outcome.report;
  nlohmann::json ground = nlohmann::json::object();
  for (std::size_t c = 0; c < legend.classes().size(); ++c)
    ground[legend.classes()[c].name] = std::round(outcome.area_m2[c]);
  nlohmann::json facts = scene_facts(scenes, statistics, start);
  facts.update({{"labelled_ground_m2", ground},
                {"scores_held_out", score_table(outcome.scores, legend)},
                {"steps", report.steps},
                {"kept_step", kept_step(options, report)},
                {"patches", patches_of(report, options)},
                {"loss", options.loss},
                {"seed", options.seed}});
  add_start_training(start, facts);
  return facts;
}

std::set<std::string> scenes_called_like(const std::string& file, const SceneNames& trained) {
  const std::string stem = stems_of({file}).at(file);
  const std::set<std::string> all = trained.like(stem);
  std::set<std::string> in_folders;
  for (const std::string& name : all)
    if (name.ends_with(fmt::format("-{}", stem)) &&
        lies_in(file, name.substr(0, name.size() - stem.size() - 1)))
      in_folders.insert(name);
  if (!in_folders.empty()) return in_folders;
  return all.contains(stem) ? std::set{stem} : all;
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
                                                       const RasterInfo& scene) {
  const std::optional<nlohmann::json> data = training_scene(training, scene.path);
  if (!data) return std::nullopt;
  const std::string name = data->at("scene");
  const auto is_of_scene = [&](const nlohmann::json& held) {
    return held == name || (held.is_string() && std::string(held).starts_with(fmt::format("{}:", name)));
  };
  if (!data->contains("held_out_px") && std::ranges::any_of(unseen_names(training), is_of_scene))
    throw data_error(
        "--held-out: {} was trained by an earlier version, which didn't record the ground that it held out; "
        "train again",
        model);
  if (const nlohmann::json trained = data->value("size_px", size_px(scene)); trained != size_px(scene))
    throw data_error("--held-out: {} has {} px, in the training of {} it had {}; give the same file",
                     scene.path, size_px(scene).dump(), model, trained.dump());
  std::vector<LabelledRegion> ground = ground_called(name, training, scene, model);
  if (ground.empty()) {
    if (std::ranges::any_of(training.value("held_out", nlohmann::json::array()), is_of_scene))
      throw data_error(
          "--held-out: {} began with a model (--start-from) that learned what was held out of {} later, or "
          "doesn't tell; leave the scene out",
          model, scene.path);
    throw data_error("--held-out: {} held nothing of {} out in training; leave the scene out", model,
                     scene.path);
  }
  return ground;
}

void write_beside(const std::string& package, const std::function<void()>& write) try {
  write();
} catch (const Error& error) {
  throw Error(error.kind(), fmt::format("{}; the model package {} is whole, --resume writes the rest",
                                        error.what(), package));
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
      {"held out", some_of(held_out_names(scenes), kMostHeldOutNames)},
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
