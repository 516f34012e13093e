#include "core/operations/training_data.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operations/model_options.h"

namespace orthocover::operations {
namespace {

/// Colours of the bands where the scene tells them all apart, else the usual names for their number.
std::vector<std::string> names_of(const RasterInfo& info) {
  std::vector<std::string> names;
  for (const BandInfo& band : info.bands) names.push_back(to_lower(band.color));
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  const bool distinct = std::ranges::adjacent_find(sorted) == sorted.end();
  if (distinct && std::ranges::find(names, "undefined") == names.end()) return names;
  return band_names({fmt::format("{}", names.size())});
}

void check_same_input(const RasterInfo& info, const RasterInfo& first) {
  if (info.bands.size() == first.bands.size() && info.bands[0].data_type == first.bands[0].data_type) return;
  throw data_error("{} has {} bands of {}, {} has {} of {}; a model has one kind of input, see --bands",
                   info.path, info.bands.size(), info.bands[0].data_type, first.path, first.bands.size(),
                   first.bands[0].data_type);
}

}  // namespace

std::vector<TrainingScene> open_training_scenes(const TrainingFiles& files, const Legend& legend,
                                                bool need_ground_size, GeoIo& geo) {
  std::vector<TrainingScene> scenes;
  for (std::size_t i = 0; i < files.scenes.size(); ++i) {
    TrainingScene scene;
    scene.name = std::filesystem::path(files.scenes[i]).stem().string();
    scene.source = geo.open_raster(files.scenes[i], files.bands);
    const RasterInfo& info = scene.source->info();
    if (!scenes.empty()) check_same_input(info, scenes.front().source->info());
    if (!info.ground_size_m && need_ground_size) {
      throw data_error("{}: its ground size is unknown, --ground-size can't be met; georeference the scene",
                       info.path);
    }
    scene.ground_size_m = info.ground_size_m.value_or(1);
    scene.labels = geo.open_labels(files.labels[i], info, legend, files.class_field, files.where);
    scenes.push_back(std::move(scene));
  }
  return scenes;
}

std::vector<BandStatistics> describe_input(const std::vector<TrainingScene>& scenes,
                                           nn::ModelManifest& manifest) {
  const RasterInfo& info = scenes.front().source->info();
  const std::string type = to_lower(info.bands[0].data_type);
  manifest.data_type = type == "byte" ? "uint8" : type;
  manifest.scale = type == "byte" ? 1.0 / 255 : type == "uint16" ? 1.0 / 65535 : 1;
  std::vector<BandStatistics> statistics = measure_bands(scenes, manifest.scale);
  manifest.bands = default_bands(names_of(info));
  if (type != "byte" || manifest.bands.size() != 3) {
    for (std::size_t b = 0; b < manifest.bands.size(); ++b) {
      manifest.bands[b].mean = statistics.back().mean[b];
      manifest.bands[b].std = std::max(1e-6, statistics.back().deviation[b]);
    }
  }
  return statistics;
}

double median_ground_size(const std::vector<TrainingScene>& scenes) {
  std::vector<double> sizes;
  for (const TrainingScene& scene : scenes) sizes.push_back(scene.ground_size_m);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::ranges::nth_element(sizes, middle);
  return *middle;
}

std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes) {
  std::vector<std::string> names;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledRegion& region : scene.held_out) names.push_back(scene.name + ":" + region.name);
  }
  return names;
}

}  // namespace orthocover::operations
