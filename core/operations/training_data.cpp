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

/// Classes of several legends by their names. The values stay where they are free, else the classes are
/// numbered.
Legend joined(const std::vector<LabelLegend>& legends) {
  std::vector<LegendClass> classes;
  bool clash = false;
  for (const LabelLegend& own : legends) {
    for (const LegendClass& entry : own.legend.classes()) {
      const auto same_name = [&](const LegendClass& other) {
        return to_lower(other.name) == to_lower(entry.name);
      };
      const auto known = std::ranges::find_if(classes, same_name);
      if (known != classes.end()) {
        clash = clash || known->value != entry.value;
        continue;
      }
      clash = clash || std::ranges::find(classes, entry.value, &LegendClass::value) != classes.end();
      classes.push_back(entry);
    }
  }
  for (std::size_t i = 0; clash && i < classes.size(); ++i)
    classes[i].value = static_cast<std::uint8_t>(i + 1);
  return Legend(std::move(classes));
}

}  // namespace

TrainingClasses training_classes(const TrainingFiles& files, const std::optional<std::string>& legend,
                                 GeoIo& geo) {
  TrainingClasses classes;
  if (legend) {
    classes.legend = read_legend(*legend);
    classes.codings.assign(files.labels.size(), LabelCoding(classes.legend));
    return classes;
  }
  std::vector<LabelLegend> own;
  for (const std::string& path : files.labels) {
    std::optional<LabelLegend> found = geo.read_label_legend(path, files.class_field);
    if (!found) throw data_error("{}: names no classes; give their --legend", path);
    own.push_back(std::move(*found));
  }
  classes.legend = joined(own);
  ClassGroups groups(classes.legend.size());
  for (std::size_t i = 0; i < own.size(); ++i)
    classes.codings.emplace_back(classes.legend, own[i].legend, own[i].map, groups, files.labels[i]);
  return classes;
}

std::vector<TrainingScene> open_training_scenes(const TrainingFiles& files, const TrainingClasses& classes,
                                                bool need_ground_size, GeoIo& geo, RunContext& context) {
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
    LabelRequest request;
    request.path = files.labels[i];
    request.coding = classes.codings[i];
    request.class_field = files.class_field;
    request.where = files.where;
    request.warn = [&](const std::string& message) { context.log(LogLevel::Warning, message); };
    scene.labels = geo.open_labels(request, info);
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
