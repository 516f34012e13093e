#include "core/operations/training/model_input.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
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

/// Whether values are stretched to 0..1, of any type.
bool is_stretched(const nn::ModelManifest& manifest) {
  const bool is_whole = manifest.data_type == "uint8" || manifest.data_type == "uint16";
  return is_whole && manifest.stretch_percent.has_value();
}

}  // namespace

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

}  // namespace orthocover::operations
