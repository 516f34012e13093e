#include "core/operations/training/training_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/geometry/box_index.h"
#include "core/operations/model/model_options.h"
#include "core/operations/training/training_set.h"

namespace orthocover::operations {
namespace {

/// What the scene calls its bands where it tells them all apart, else the usual names for their number, or
/// their numbers where they are some of more.
std::vector<std::string> names_of(const RasterInfo& info) {
  const std::vector<std::string> names = colours_of_bands(info);
  if (!names.empty()) return names;
  std::vector<std::string> numbered;
  for (const BandInfo& band : info.bands) numbered.push_back(fmt::format("band_{}", band.number));
  const auto all = static_cast<std::size_t>(info.file_bands - (info.has_alpha ? 1 : 0));
  const bool are_some =
      std::set(numbered.begin(), numbered.end()).size() == numbered.size() && numbered.size() < all;
  return are_some ? numbered : band_names({std::to_string(info.bands.size())});
}

/// Of scaled values; what varies less is constant.
constexpr double kLeastDeviation = 1e-6;

/// Shares of a class's labels beyond which what is held out is worth a warning.
constexpr double kMuchHeldOut = 0.6;
constexpr double kLittleHeldOut = 0.03;

std::vector<std::string> texts_of(const nlohmann::json& training, const char* key) {
  std::vector<std::string> texts;
  for (const nlohmann::json& text : training.value(key, nlohmann::json::array())) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::string scene_of(const std::string& region) {
  return region.substr(0, region.find(':'));
}

/// A name, and what of it stands behind each dash.
std::set<std::string> ends_of(const std::string& name) {
  std::set<std::string> ends{name};
  for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 1))
    ends.insert(name.substr(at + 1));
  return ends;
}

/// Names of ground that a model held out and did not learn before either.
std::set<std::string> unseen_of(const nlohmann::json& training) {
  const std::vector<std::string> held = texts_of(training, "held_out");
  std::set<std::string> unseen(held.begin(), held.end());
  for (const std::string& name : texts_of(training, "held_out_but_seen")) unseen.erase(name);
  return unseen;
}

/// What patches are made of: pixels, bands and how their values are scaled.
std::string input_line(const nn::ModelManifest& manifest) {
  std::vector<std::string> bands;
  for (const nn::ModelBand& band : manifest.bands)
    bands.push_back(fmt::format("{} {:.3g} +- {:.3g}", band.name, band.mean, band.std));
  const auto& stretch = manifest.stretch_percent;
  return fmt::format(
      "{:.3g} m a pixel, {} ({}, scale {:.3g}{})", manifest.ground_size_m, join(bands), manifest.data_type,
      manifest.scale,
      stretch ? fmt::format(", stretched from {} to {} %", stretch->first, stretch->second) : "");
}

std::string held_out_digest(const std::vector<TrainingScene>& scenes) {
  std::vector<std::string> ground;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledRegion& region : scene.held_out) {
      const Window& window = region.window;
      ground.push_back(fmt::format("{}:{} {} {} {} {}\n", scene.name, region.name, window.col, window.row,
                                   window.cols, window.rows));
    }
  }
  std::ranges::sort(ground);
  return sha256_of_text(join(ground));
}

/// @param windows_of a scene, whose labels count
template <typename WindowsOf>
std::string digest_of_labels(const std::vector<TrainingScene>& scenes, const WindowsOf& windows_of) {
  std::vector<std::string> labels;
  for (const TrainingScene& scene : scenes) {
    std::vector<Window> bounds;
    for (const LabelledPiece& piece : scene.labels->pieces()) bounds.push_back(piece.bounds);
    const BoxIndex index(std::move(bounds));
    for (const Window& window : windows_of(scene)) {
      for (const std::size_t i : index.meeting(window)) {
        const LabelledPiece& piece = scene.labels->pieces()[i];
        const Window part = intersect(piece.bounds, window);
        labels.push_back(fmt::format("{} {} {} {} {:.6g}\n", scene.name, piece.class_index, part.col,
                                     part.row, piece.area_px));
      }
    }
  }
  std::ranges::sort(labels);
  return sha256_of_text(join(labels));
}

std::string held_out_labels_digest(const std::vector<TrainingScene>& scenes) {
  return digest_of_labels(scenes, [](const TrainingScene& scene) { return windows_of(scene.held_out); });
}

/// Whether values are stretched to 0..1, of any type.
bool is_stretched(const nn::ModelManifest& manifest) {
  const bool is_whole = manifest.data_type == "uint8" || manifest.data_type == "uint16";
  return is_whole && manifest.stretch_percent.has_value();
}

}  // namespace

nlohmann::json resolved_options(nlohmann::json options, const nn::ModelManifest& manifest,
                                const std::vector<TrainingScene>& scenes) {
  // Whoever asked for a stretch, it is one run.
  options["scaling"] = manifest.stretch_percent ? "percentile" : "none";
  for (const TrainingScene& scene : scenes) options["scenes"].push_back(scene.name);
  options["training_labels"] = digest_of_labels(
      scenes, [](const TrainingScene& scene) { return std::vector<Window>{scene.source->info().window()}; });
  return options;
}

std::vector<BandStatistics> describe_input(const std::vector<TrainingScene>& scenes,
                                           nn::ModelManifest& manifest, const RunContext& run) {
  const RasterInfo& info = scenes.front().source->info();
  const std::string type = to_lower(info.data_type());
  manifest.data_type = type == "byte" ? "uint8" : type;
  manifest.scale = type == "byte" ? 1.0 / 255 : type == "uint16" ? 1.0 / 65535 : 1;
  std::vector<BandStatistics> statistics = measure_bands(scenes, manifest.scale, run);
  manifest.bands = default_bands(names_of(info));
  if (type != "byte" || !is_red_green_blue(names_of(info))) {
    for (std::size_t b = 0; b < manifest.bands.size(); ++b) {
      manifest.bands[b].mean = statistics.back().mean[b];
      const double deviation = statistics.back().deviation[b];
      manifest.bands[b].std = deviation > kLeastDeviation ? deviation : 1;
    }
  }
  return statistics;
}

void take_scaling(const nn::ModelManifest& start, const std::vector<TrainingScene>& scenes,
                  nn::ModelManifest& manifest, std::vector<BandStatistics>& statistics, RunContext& run) {
  if (start.bands.size() != manifest.bands.size())
    throw usage_error("--start-from: {} takes {} bands ({}), the scenes have {}; choose with --bands",
                      start.name, start.bands.size(), join(start.band_names()), manifest.bands.size());
  if (start.data_type != manifest.data_type && !(is_stretched(start) && is_stretched(manifest))) {
    return run.log(
        LogLevel::Warning,
        fmt::format("--start-from: {} takes values of {}, the scenes have {}: they are scaled anew",
                    start.name, start.data_type, manifest.data_type));
  }
  if (start.data_type == manifest.data_type && std::exchange(manifest.scale, start.scale) != start.scale)
    statistics = measure_bands(scenes, start.scale, run);
  for (std::size_t i = 0; i < start.bands.size(); ++i) {
    manifest.bands[i].mean = start.bands[i].mean;
    manifest.bands[i].std = start.bands[i].std;
  }
}

void take_fusion(const nn::ModelManifest& start, nn::ModelManifest& manifest) {
  if (std::ranges::equal(start.levels, manifest.levels, {}, &nn::LevelFusion::scale, &nn::LevelFusion::scale))
    manifest.levels = start.levels;
}

double weighted_median(const std::map<double, double>& weights) {
  double half = 0;
  for (const auto& [value, weight] : weights) half += weight / 2;
  auto middle = weights.begin();
  for (double below = middle->second; below < half && std::next(middle) != weights.end();
       below += middle->second)
    ++middle;
  return middle->first;
}

double median_ground_size(const std::vector<TrainingScene>& scenes) {
  // What is learned from beside the rest, as pictures of other cameras, must not decide.
  const bool is_any_known = std::ranges::any_of(scenes, &TrainingScene::has_ground_size);
  const auto is_out = [&](const TrainingScene& scene) { return is_any_known && !scene.has_ground_size; };
  const bool all_beside = std::ranges::all_of(
      scenes, [&](const TrainingScene& scene) { return scene.train_only || is_out(scene); });
  std::map<double, double> weights;
  for (const TrainingScene& scene : scenes) {
    if (is_out(scene) || (scene.train_only && !all_beside)) continue;
    double labelled_px = 0;
    for (const LabelledPiece& piece : scene.labels->pieces()) labelled_px += piece.area_px;
    weights[scene.ground_size_m] += scene.weight * labelled_px * scene.ground_size_m * scene.ground_size_m;
  }
  return weighted_median(weights);
}

void warn_of_lost_labels(const Legend& legend, const std::vector<TrainingScene>& scenes, RunContext& run) {
  constexpr std::size_t kMostPieces = 400;
  constexpr std::int64_t kSide = 64;
  constexpr double kMuch = 0.2;
  const auto has_gaps = [](const TrainingScene& scene) {
    const RasterInfo& info = scene.source->info();
    return info.has_alpha || info.has_mask ||
           std::ranges::any_of(info.bands, [](const BandInfo& band) { return band.nodata.has_value(); });
  };
  std::size_t pieces = 0;
  for (const TrainingScene& scene : scenes) pieces += has_gaps(scene) ? scene.labels->pieces().size() : 0;
  const std::size_t step = 1 + pieces / kMostPieces;
  std::vector<double> all(static_cast<std::size_t>(legend.size())), lost(all.size());
  std::vector<std::uint8_t> labels, valid;
  std::size_t number = 0;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledPiece& piece : scene.labels->pieces()) {
      const auto index = static_cast<std::size_t>(piece.class_index);
      if (index >= all.size() || number++ % step != 0) continue;
      run.check_cancelled();
      all[index] += piece.area_px;
      if (!has_gaps(scene)) continue;
      const Window at = centre_of(piece.bounds);
      const Window window = intersect({at.col - kSide / 2, at.row - kSide / 2, kSide, kSide}, piece.bounds);
      scene.labels->read(window, window.cols, window.rows, labels);
      scene.source->read_validity(window, valid);
      double of_class = 0, without_data = 0;
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] != piece.class_index) continue;
        of_class += 1;
        without_data += valid[i] == 0 ? 1 : 0;
      }
      if (of_class > 0) lost[index] += piece.area_px * without_data / of_class;
    }
  }
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (lost[c] <= kMuch * all[c] || lost[c] == 0) continue;
    run.log(
        LogLevel::Warning,
        fmt::format("class '{}': about {:.0f} % of its labels lie where scenes have no data; --bands takes a "
                    "fourth band that is no alpha as data",
                    legend.classes()[c].name, 100 * lost[c] / all[c]));
  }
}

std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes) {
  std::vector<std::string> names;
  std::set<std::string> known;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledRegion& region : scene.held_out) {
      const std::string name = region.name.empty() ? scene.name : scene.name + ":" + region.name;
      if (known.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

std::set<std::string> trained_scenes(const nlohmann::json& training) {
  std::set<std::string> scenes;
  for (const nlohmann::json& data : training.value("data", nlohmann::json::array())) {
    if (data.is_object() && data.contains("scene") && data.at("scene").is_string())
      scenes.insert(data.at("scene").get<std::string>());
  }
  return scenes;
}

SceneNames::SceneNames(const std::set<std::string>& names) : m_names(names) {
  for (const std::string& name : names)
    for (const std::string& end : ends_of(name)) m_by_end.emplace(end, name);
}

std::set<std::string> SceneNames::like(const std::string& name) const {
  std::set<std::string> found;
  for (auto [entry, end] = m_by_end.equal_range(name); entry != end; ++entry) found.insert(entry->second);
  for (const std::string& end : ends_of(name))
    if (m_names.contains(end)) found.insert(end);
  return found;
}

std::string held_out_ground(const Legend& legend, const std::vector<TrainingScene>& scenes,
                            const std::vector<double>& trained_m2, RunContext& run) {
  const auto [all_m2, held_m2] = labelled_areas(scenes, trained_m2.size());
  std::string text;
  // Beyond the classes are sets of several.
  for (std::size_t i = 0; i < legend.classes().size(); ++i) {
    const std::string& name = legend.classes()[i].name;
    const double share = held_m2[i] / std::max(1e-9, held_m2[i] + trained_m2[i]);
    text += fmt::format("{}{} {:.0f} m2 ({:.0f} %)", i == 0 ? "" : ", ", name, held_m2[i], 100 * share);
    if (share > kMuchHeldOut && trained_m2[i] > 0)
      run.log(LogLevel::Warning,
              fmt::format("class '{}': {:.0f} % of its labels are held out, few are left to train on; choose "
                          "what is with --hold-out, or label more places",
                          name, 100 * share));
    else if (held_m2[i] == 0 && trained_m2[i] > 0)
      run.log(LogLevel::Warning,
              fmt::format("class '{}': none of its labels are held out, so it has no scores", name));
    else if (const double part = held_m2[i] / std::max(1e-9, all_m2[i]);
             part < kLittleHeldOut && trained_m2[i] > 0)
      run.log(LogLevel::Warning, fmt::format("class '{}': only {:.1f} % of its labels are held out, so its "
                                             "scores say little",
                                             name, 100 * part));
  }
  return text;
}

nlohmann::json fixed_facts(const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes) {
  nlohmann::json classes;
  for (const LegendClass& entry : manifest.legend.classes())
    classes.push_back(fmt::format("{} {}", entry.value, entry.name));
  return {{"classes", classes},
          {"held_out", held_out_digest(scenes)},
          {"held_out_shown", held_out_labels_digest(scenes)},
          {"input", input_line(manifest)}};
}

std::vector<std::string> seen_by(const nlohmann::json& training, const std::vector<std::string>& held) {
  const SceneNames trained(trained_scenes(training));
  const std::set<std::string> unseen = unseen_of(training);
  std::vector<std::string> seen;
  for (const std::string& name : held) {
    const std::string scene = scene_of(name);
    const std::string region = name.substr(scene.size());
    const auto is_seen = [&](const std::string& own) {
      return !unseen.contains(own) && !unseen.contains(own + region);
    };
    if (std::ranges::any_of(trained.like(scene), is_seen)) seen.push_back(name);
  }
  return seen;
}

void add_start_training(const nlohmann::json& start, nlohmann::json& facts) {
  const std::set<std::string> known = trained_scenes(facts);
  const std::set<std::string> unseen = unseen_of(start);
  for (const std::string& scene : trained_scenes(start)) {
    if (!known.contains(scene) && !unseen.contains(scene))
      facts["data"].push_back({{"scene", scene}, {"of_start_model", true}});
  }
  const std::vector<std::string> seen = seen_by(start, texts_of(facts, "held_out"));
  if (!seen.empty()) facts["held_out_but_seen"] = seen;
}

}  // namespace orthocover::operations
