#include "core/operations/training_data.h"

#include <algorithm>

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

}  // namespace

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
    for (const LabelledRegion& region : scene.held_out) {
      names.push_back(region.name.empty() ? scene.name : scene.name + ":" + region.name);
    }
  }
  return names;
}

}  // namespace orthocover::operations
