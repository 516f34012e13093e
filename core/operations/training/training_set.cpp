#include "core/operations/training/training_set.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <span>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operations/batch/scene_files.h"
#include "core/ports/band_name.h"
#include "core/resampling/held_raster.h"
#include "core/resampling/scene_percentiles.h"
#include "core/training/data/held_labels.h"
#include "core/training/data/image_pairs.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 5;

void check_same_input(const RasterInfo& info, const RasterInfo& first) {
  const std::string type = info.data_type();
  const std::string of_first = first.data_type();
  if (info.bands.size() == first.bands.size() && type == of_first) return;
  throw data_error("{} has {} bands of {}, {} has {} of {}; a model has one kind of input, see --bands",
                   info.path, info.bands.size(), type, first.path, first.bands.size(), of_first);
}

std::string name_of_folder(const std::string& folder) {
  const fs::path path = fs::path(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

/// Opens the scenes of one source after the other.
class SetOpener {
 public:
  SetOpener(TrainingSet& set, bool need_ground_size, GeoIo& geo, RunContext& run,
            std::shared_ptr<ByteBudget> memory, std::map<std::string, std::string> names,
            std::vector<std::string> bands)
      : m_names(std::move(names)),
        m_set(set),
        m_need_ground_size(need_ground_size),
        m_geo(geo),
        m_run(run),
        m_memory(std::move(memory)),
        m_bands(std::move(bands)),
        m_is_model_known(!m_bands.empty()) {}

  void open(const TrainingSource& source, const LabelMap& map, const std::string& what) {
    LabelRequest request;
    request.coding = LabelCoding(m_set.legend, source.classes, map, m_set.groups, what);
    request.class_field = source.class_field;
    request.where = source.where;
    request.dense_layer = source.dense_layer;
    request.background = background(source, what);
    if (source.unknown_is_ignored) request.unknown = kIgnoreLabel;
    request.by_color = source.by_color;
    request.color_tolerance = source.color_tolerance;
    request.warn = [this](const std::string& text) {
      if (m_told.insert(text).second) m_run.log(LogLevel::Warning, text);
    };
    request.is_cancelled = [this] { return m_run.cancelled(); };
    if (!request.coding.labels_something())
      throw usage_error("{}: 'map' turns every class into ignore, nothing would be labelled", what);
    if (source.images.empty()) {
      for (std::size_t i = 0; i < source.scenes.size(); ++i) {
        request.path = source.labels[source.labels.size() == 1 ? 0 : i];
        const std::string& name = m_names.at(source.scenes[i]);
        add(source, name, source.place.empty() ? name : source.place, source.scenes[i], request);
      }
      return;
    }
    const std::string place = source.place.empty() ? name_of_folder(source.images) : source.place;
    for (const ImagePair& pair : pairs_of(source)) {
      request.path = pair.mask;
      add(source, pair.name, place, pair.image, request);
    }
  }

  /// Dark ones do not count in the bands' statistics, bright ones do.
  void tell_of_collars() const {
    if (m_collars.empty()) return;
    m_run.log(LogLevel::Warning,
              fmt::format("{} scene{} a corner of one value in all bands ({}): if nothing is there, an alpha "
                          "band, a mask or a no-data value should tell so, for maps, too",
                          m_collars.size(), m_collars.size() == 1 ? " has" : "s have",
                          some_of(m_collars, kMostFiles)));
  }

 private:
  std::optional<std::uint8_t> background(const TrainingSource& source, const std::string& what) const {
    if (source.background.empty()) return std::nullopt;
    const std::optional<int> index = m_set.legend.index_of(std::string_view(source.background));
    if (index) return static_cast<std::uint8_t>(*index);
    const std::vector<std::string> names = m_set.legend.names();
    throw usage_error("{}: background '{}' is not in the legend{}; it has {}", what, source.background,
                      did_you_mean(source.background, names), join(names));
  }

  std::vector<ImagePair> pairs_of(const TrainingSource& source) {
    ImagePairs found = find_image_pairs(source.images, source.masks);
    if (!found.images.empty()) {
      m_run.log(LogLevel::Warning,
                fmt::format("{}: {} images have no mask and are left out: {}", source.images,
                            found.images.size(), some_of(found.images, kMostFiles)));
    }
    if (!found.masks.empty()) {
      m_run.log(LogLevel::Warning,
                fmt::format("{}: {} masks have no image and are left out: {}", source.masks,
                            found.masks.size(), some_of(found.masks, kMostFiles)));
    }
    return std::move(found.pairs);
  }

  /// Sources of one file, which may come with labels of several kinds, share what is held of it.
  std::shared_ptr<const RasterSource> open_scene(const std::string& path, const std::vector<int>& bands) {
    if (!m_memory) return m_geo.open_raster(path, bands);
    std::shared_ptr<const RasterSource>& held = m_held[{path, bands}];
    if (!held) held = std::make_shared<HeldRaster>(m_geo.open_raster(path, bands), m_memory);
    return held;
  }

  /// Where the names of a scene's bands stand otherwise than wanted; empty: they don't.
  std::vector<int> order_of(const RasterInfo& scene) {
    if (m_bands.empty()) {
      m_bands = colours_of_bands(scene);
      std::vector<std::string> usual{"red", "green", "blue", "nir"};
      usual.resize(std::min(usual.size(), m_bands.size()));
      if (std::ranges::is_permutation(m_bands, usual)) m_bands = usual;
    }
    std::vector<int> order = scene.bands_called(m_bands);
    const bool same_count = scene.bands.size() == m_bands.size();
    const std::vector<std::string> own = colours_of_bands(scene);
    if (order.empty() && same_count && !own.empty() && std::ranges::all_of(m_bands, is_band_colour))
      m_run.log(LogLevel::Warning, fmt::format("{}: its bands are {}, they are taken as {}; choose them with "
                                               "--bands (bands), or leave the scene out",
                                               scene.path, join(own), join(m_bands)));
    if (order.empty() || (same_count ? std::ranges::is_sorted(order) : !m_is_model_known)) return {};
    m_run.log(LogLevel::Info, fmt::format("{}: bands {} are taken as {}", scene.path, fmt::join(order, ","),
                                          fmt::join(m_bands, ", ")));
    return order;
  }

  void add(const TrainingSource& source, const std::string& name, const std::string& place,
           const std::string& path, const LabelRequest& request) {
    m_run.check_cancelled();
    TrainingScene scene;
    scene.name = name;
    scene.place = place;
    scene.weight = source.weight;
    scene.train_only = source.train_only;
    scene.source = open_scene(path, source.bands);
    if (source.bands.empty()) {
      const std::vector<int> order = order_of(scene.source->info());
      if (!order.empty()) scene.source = open_scene(path, order);
    }
    const RasterInfo& info = scene.source->info();
    if (m_looked_at.insert(path).second && told_collar(*scene.source)) m_collars.push_back(path);
    if (!m_set.scenes.empty()) check_same_input(info, m_set.scenes.front().source->info());
    const std::optional<double> size = source.ground_size_m ? source.ground_size_m : info.ground_size_m;
    if (!size && m_need_ground_size) {
      throw data_error(
          "{}: its ground size is unknown, --ground-size can't be met; georeference the scene, or give "
          "ground_size_m in the training config",
          info.path);
    }
    if (!size && info.georeference.geotransform && info.georeference.crs_wkt.empty())
      throw data_error(
          "{}: has no CRS, so the size of its pixels is unknown; give the scene its CRS (gdal_edit.py "
          "-a_srs), or ground_size_m in the training config",
          info.path);
    scene.has_ground_size = size.has_value();
    scene.ground_size_m = size.value_or(1);
    scene.labels = m_geo.open_labels(request, info);
    scene.same_ground = [&geo = m_geo, info](const RasterInfo& other, const Window& window) {
      return geo.same_ground(other, window, info);
    };
    if (m_memory)
      scene.labels = std::make_unique<HeldLabels>(std::move(scene.labels), info.window(), m_memory);
    m_set.scenes.push_back(std::move(scene));
  }

  std::map<std::string, std::string> m_names;  ///< by path
  TrainingSet& m_set;
  bool m_need_ground_size;
  GeoIo& m_geo;
  RunContext& m_run;
  std::shared_ptr<ByteBudget> m_memory;
  std::vector<std::string> m_bands;  ///< in the order of the model
  bool m_is_model_known;             ///< so that it takes no others
  std::set<std::string> m_looked_at;
  std::vector<std::string> m_collars;
  std::set<std::string> m_told;  ///< warnings, which one file for all would repeat
  std::map<std::pair<std::string, std::vector<int>>, std::shared_ptr<const RasterSource>> m_held;
};

}  // namespace

std::string some_of(const std::vector<std::string>& names, std::size_t most) {
  if (names.size() <= most) return join(names);
  return fmt::format("{} and {} more", join(std::span(names).first(most)), names.size() - most);
}

std::vector<std::string> colours_of_bands(const RasterInfo& scene) {
  std::vector<std::string> names;
  for (const BandInfo& band : scene.bands) names.push_back(band_name(band));
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  const bool distinct = std::ranges::adjacent_find(sorted) == sorted.end();
  return distinct && std::ranges::count(names, "undefined") == 0 ? names : std::vector<std::string>();
}

TrainingSet open_training_set(const TrainingConfig& config, bool need_ground_size, GeoIo& geo,
                              RunContext& run, std::shared_ptr<ByteBudget> memory,
                              std::vector<std::string> bands) {
  TrainingSet set;
  std::vector<LabelMap> maps;
  for (const TrainingSource& source : config.sources) maps.push_back(source.map);
  set.legend = config.legend ? *config.legend : legend_of_labels(config.sources, geo, maps, run);
  set.groups = ClassGroups(set.legend.size());
  std::set<std::string> scenes;
  for (const TrainingSource& source : config.sources)
    scenes.insert(source.scenes.begin(), source.scenes.end());
  SetOpener opener(set, need_ground_size, geo, run, std::move(memory),
                   stems_of({scenes.begin(), scenes.end()}), std::move(bands));
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const std::string what = config.sources.size() == 1 ? "labels" : fmt::format("sources[{}]", i);
    warn_of_unmet_keys(config.sources[i], what, geo, run);
    opener.open(config.sources[i], maps[i], what);
  }
  opener.tell_of_collars();
  return set;
}

}  // namespace orthocover::operations
