#include "core/inference/model_fit.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/geometry/level_plan.h"
#include "core/ports/band_name.h"
#include "core/resampling/scene_percentiles.h"
#include "core/resampling/stretched_source.h"

namespace orthocover {
namespace {

/// Resampling by less than this changes nothing but sharpness.
constexpr double kNearlyNative = 1.1;
/// Of the pixels of level 1, as far as they can be asked for; metres.
constexpr double kFinestWish = 1e-4;
constexpr double kCoarsestWish = 1e4;
constexpr double kMostWished = 32;  // times that a scene is enlarged

/// What the bands of a scene show; empty where one does not say so.
std::vector<std::string> colours_of(const RasterInfo& info) {
  std::vector<std::string> colours;
  for (const BandInfo& band : info.bands) {
    colours.push_back(band_name(band));
    if (!is_band_colour(colours.back())) return {};
  }
  return colours;
}

std::optional<double> number(std::string_view text) {
  const auto value = number_of<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string mlm_type(const std::string& gdal_type) {
  if (gdal_type == "Byte") return "uint8";
  return to_lower(gdal_type);
}

std::string poor_map(const nn::ModelManifest& manifest) {
  return fmt::format("model '{}' is meant for {:.3g}..{:.3g} m; expect a poor map", manifest.name,
                     manifest.min_ground_size_m, manifest.max_ground_size_m);
}

/// Whether there is a range that a scene can be stretched to: that of its whole numbers, or 0 to 1.
bool has_range(const nn::ModelManifest& manifest) {
  return full_range(manifest.data_type) > 1 ||
         std::ranges::all_of(manifest.bands,
                             [](const nn::ModelBand& b) { return b.mean >= 0 && b.mean <= 1 && b.std <= 1; });
}

void set_range(BandScaling& scaling, double low, double high, double range) {
  scaling.gain = stretch_gain(low, high, range);
  scaling.offset = -low * scaling.gain;
  scaling.limit = range;
}

}  // namespace

std::vector<int> choose_bands(const RasterInfo& info, const nn::ModelManifest& manifest,
                              RunContext& context) {
  const std::vector<std::string> wanted = manifest.band_names();
  std::vector<int> chosen = info.bands_called(wanted);
  if (chosen.empty()) {
    check_band_count(info, manifest);
    const std::vector<std::string> colours = colours_of(info);
    if (!colours.empty() && std::ranges::all_of(wanted, is_band_colour))
      context.log(LogLevel::Warning, fmt::format("{}: its bands are {}, they are taken as {}; choose with "
                                                 "--bands, or take another model",
                                                 info.path, join(colours), join(wanted)));
    return {};
  }
  if (info.bands.size() == wanted.size() && std::ranges::is_sorted(chosen)) return {};
  context.log(LogLevel::Info,
              fmt::format("{}: bands {} are taken as {}", info.path, fmt::join(chosen, ","), join(wanted)));
  return chosen;
}

void check_band_count(const RasterInfo& info, const nn::ModelManifest& manifest) {
  if (info.bands.size() == manifest.bands.size()) return;
  const auto of_file = static_cast<std::size_t>(std::max(1, info.file_bands - (info.has_alpha ? 1 : 0)));
  std::vector<std::size_t> example;
  for (std::size_t i = 0; i < manifest.bands.size(); ++i) {
    // A model of bands without names calls them by their numbers.
    const std::string& name = manifest.bands[i].name;
    const auto number = name.starts_with("band_") ? number_of<int>(name.substr(5)).value_or(0) : 0;
    example.push_back(std::min(number > 0 ? static_cast<std::size_t>(number) : i + 1, of_file));
  }
  throw data_error("{}: {} data band{} chosen, model '{}' wants {} ({}); choose them with --bands, e.g. {}",
                   info.path, info.bands.size(), info.bands.size() == 1 ? " is" : "s are", manifest.name,
                   manifest.bands.size(), join(manifest.band_names()), fmt::join(example, ","));
}

double base_scale(const RasterInfo& info, const nn::ModelManifest& manifest, const std::string& wish,
                  RunContext& context) {
  const std::optional<double> metres = number(wish);
  if (wish != "model" && wish != "native" && (!metres || *metres < kFinestWish || *metres > kCoarsestWish)) {
    throw option_error("--ground-size: '{}' is neither 'model', 'native' nor a length of {} to {} metres",
                       wish, kFinestWish, kCoarsestWish);
  }
  if (!info.ground_size_m) {
    if (wish == "native") return 1;
    if (metres)
      throw data_error(
          "{}: has no known ground size, so --ground-size {} can't be met; give its --pixel-size, or "
          "use native",
          info.path, wish);
    context.log(LogLevel::Warning,
                fmt::format("{}: has no known ground size; its pixels are taken as they are, the "
                            "model expects about {:.3g} m; give its --pixel-size",
                            info.path, manifest.ground_size_m));
    return 1;
  }
  const double scene = *info.ground_size_m;
  if (scene < kFinestWish)
    throw data_error(
        "{}: a pixel covers {:.2g} m: its CRS and its coordinates don't fit each other; give it the right "
        "CRS (gdal_edit.py -a_srs)",
        info.path, scene);
  if (wish != "model") {
    const double asked = metres.value_or(scene);
    if (asked * kMostWished < scene)
      throw usage_error("--ground-size: {} would enlarge {}, whose pixels cover {:.3g} m, more than {} times",
                        wish, info.path, scene, kMostWished);
    if (asked < manifest.min_ground_size_m || asked > manifest.max_ground_size_m) {
      context.log(LogLevel::Warning,
                  fmt::format("{}: a pixel of level 1 covers {:.3g} m with --ground-size {}, {}", info.path,
                              asked, wish, poor_map(manifest)));
    }
    return asked / scene;
  }
  if (scene > manifest.max_ground_size_m) {
    context.log(LogLevel::Warning,
                fmt::format("{}: a pixel covers {:.3g} m, {}", info.path, scene, poor_map(manifest)));
  }
  // As in training, where scores come from.
  const double scale = std::max(kFinestScale, manifest.ground_size_m / scene);
  return scale < kNearlyNative && scale > 1 / kNearlyNative ? 1 : scale;
}

std::vector<BandScaling> band_scaling(const RasterSource& source, const nn::ModelManifest& manifest,
                                      const std::string& wish, RunContext& context, int threads) {
  const RasterInfo& info = source.info();
  std::vector<BandScaling> scaling;
  for (const nn::ModelBand& band : manifest.bands) {
    scaling.push_back({1, 0, 1e30, manifest.scale, band.mean, band.std});
  }
  const double range = full_range(manifest.data_type);
  const bool same_type = mlm_type(info.data_type()) == manifest.data_type;
  if (wish == "none" || (wish == "auto" && same_type && !manifest.stretch_percent)) return scaling;
  if (wish == "auto" && manifest.data_type != "uint8" && !manifest.stretch_percent) {
    throw data_error("{}: is {}, model '{}' wants {}; give --scaling {}", info.path, info.data_type(),
                     manifest.name, manifest.data_type,
                     has_range(manifest) ? "percentile or LOW,HIGH" : "none if values mean the same");
  }
  if (!manifest.stretch_percent && wish != "auto" && !has_range(manifest))
    throw option_error("--scaling: model '{}' takes {} values as they are; give none", manifest.name,
                       manifest.data_type);
  if (wish == "auto" || wish == "percentile") {
    const auto [low, high] = manifest.stretch_percent.value_or(kUsualPercentiles);
    const auto bounds = scene_percentiles(source, low, high, "give --scaling LOW,HIGH", threads, context);
    for (std::size_t i = 0; i < scaling.size(); ++i)
      set_range(scaling[i], bounds[i].first, bounds[i].second, range);
    if (!manifest.stretch_percent || !same_type)
      context.log(LogLevel::Info,
                  fmt::format("{}: {} values are stretched from the scene's {:.0f}..{:.0f} % percentiles",
                              info.path, info.bands.front().data_type, low, high));
    return scaling;
  }
  const std::vector<std::string> ends = split(wish, ',');
  const auto low = ends.size() == 2 ? number(ends[0]) : std::nullopt;
  const auto high = ends.size() == 2 ? number(ends[1]) : std::nullopt;
  if (!low || !high || *low >= *high) {
    throw option_error("--scaling: '{}' is neither 'auto', 'none', 'percentile' nor LOW,HIGH", wish);
  }
  for (BandScaling& band : scaling) set_range(band, *low, *high, range);
  return scaling;
}

std::vector<LevelWeight> level_weights(const nn::ModelManifest& manifest, const std::vector<int>& levels) {
  // One that the model does not know counts little, but counts, and in the others' measure.
  LevelWeight unknown{1, 1};
  for (const nn::LevelFusion& entry : manifest.levels)
    if (entry.weight > 0) unknown = {std::min(unknown.weight, entry.weight), entry.temperature};
  std::vector<LevelWeight> weights;
  double sum = 0;
  for (const int level : levels) {
    LevelWeight weight = unknown;
    for (const nn::LevelFusion& entry : manifest.levels) {
      if (entry.scale == level) weight = {entry.weight, entry.temperature};
    }
    sum += weight.weight;
    weights.push_back(weight);
  }
  for (LevelWeight& weight : weights)
    weight.weight = sum > 0 ? weight.weight / sum : 1.0 / static_cast<double>(levels.size());
  return weights;
}

}  // namespace orthocover
