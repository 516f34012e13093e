#include "core/training/data/training_config.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/strict_json.h"
#include "core/training/data/config_object.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uintmax_t kMaxConfigBytes = 16U << 20;
constexpr std::uintmax_t kMaxLegendBytes = 1U << 20;
constexpr std::size_t kMaxSources = 1000;
constexpr std::size_t kMaxFiles = 100000;
constexpr std::size_t kMaxBands = 1024;
constexpr std::size_t kMaxMapKeys = 1000;
constexpr std::size_t kMaxTargets = 254;
constexpr int kMaxBandNumber = 65535;

/// Reads the file's objects with paths from its folder.
class Reader {
 public:
  Reader(fs::path folder, std::string file) : m_folder(std::move(folder)), m_file(std::move(file)) {}

  TrainingConfig read(const Json& json) const {
    TrainingConfig config;
    ConfigObject root(json, m_file);
    root.text("$schema");
    root.whole("schema_version", 1, 1, 1);
    config.legend = legend(root, "legend");
    for (ConfigObject& source : root.objects("sources", kMaxSources))
      config.sources.push_back(read_source(source));
    if (root.has("split")) config.split = read_split(root.object("split"));
    if (root.has("augmentation")) {
      root.object("augmentation");
      config.augmentation = root.at("augmentation");
    }
    root.finish();
    return config;
  }

 private:
  std::string located(const std::string& path) const {
    if (path.empty() || path.starts_with("/vsi") || fs::path(path).is_absolute()) return path;
    return (m_folder / path).lexically_normal().string();
  }

  std::vector<std::string> located(std::vector<std::string> paths) const {
    for (std::string& path : paths) path = located(path);
    return paths;
  }

  std::optional<Legend> legend(ConfigObject& object, const std::string& key) const {
    if (!object.has(key)) return std::nullopt;
    const Json& value = object.at(key);
    if (!value.is_string()) return Legend::from_json(value, m_file + ": " + object.place(key));
    const std::string file = located(object.text(key));
    return Legend::from_json(
        parse_strict_json(read_small_file(file, kMaxLegendBytes), file, ErrorKind::Usage), file);
  }

  static LabelMap read_map(ConfigObject& source) {
    LabelMap map;
    if (!source.has("map")) return map;
    ConfigObject object = source.object("map");
    const Json& entries = source.at("map");
    if (entries.size() > kMaxMapKeys) {
      throw usage_error("{} has {} entries, at most {} are read", source.place("map"), entries.size(),
                        kMaxMapKeys);
    }
    for (const auto& [key, value] : entries.items())
      map[key] = value.is_null() ? std::vector<std::string>() : object.texts(key, kMaxTargets);
    return map;
  }

  TrainingSource read_source(ConfigObject& object) const {
    TrainingSource source;
    source.scenes = located(object.texts("scenes", kMaxFiles));
    source.labels = located(object.texts("labels", kMaxFiles));
    source.images = located(object.text("images"));
    source.masks = located(object.text("masks"));
    source.class_field = object.text("class_field");
    source.where = object.text("where");
    source.dense_layer = object.text("dense_layer");
    source.bands = object.whole_numbers("bands", kMaxBands, 1, kMaxBandNumber);
    source.weight = object.number("weight", 1e-3, 1e3).value_or(1);
    source.place = object.text("place");
    source.train_only = object.flag("train_only", false);
    source.classes = legend(object, "classes");
    source.map = read_map(object);
    source.ground_size_m = object.number("ground_size_m", 1e-4, 1e4);
    source.background = object.text("background");
    const std::string values = object.word("mask_values", "auto", {"auto", "index", "color"});
    if (values != "auto") source.by_color = values == "color";
    source.color_tolerance = static_cast<int>(object.whole("color_tolerance", 0, 0, 255));
    source.unknown_is_ignored = object.word("unknown", "refuse", {"refuse", "ignore"}) == "ignore";
    object.finish();
    check_files(source, object);
    return source;
  }

  void check_files(const TrainingSource& source, const ConfigObject& object) const {
    const auto refuse = [&](const std::string& reason) {
      throw usage_error("{}: {}: {}", m_file, object.path(), reason);
    };
    const bool from_scenes = !source.scenes.empty() || !source.labels.empty();
    const bool from_folders = !source.images.empty() || !source.masks.empty();
    if (from_scenes == from_folders) refuse("give either 'scenes' with 'labels', or 'images' with 'masks'");
    if (from_folders && (source.images.empty() || source.masks.empty()))
      refuse("'images' and 'masks' go together; both may name the same folder");
    if (from_scenes && (source.scenes.empty() || source.labels.empty()))
      refuse("'scenes' and 'labels' go together");
    if (from_scenes && source.labels.size() != 1 && source.labels.size() != source.scenes.size()) {
      refuse(fmt::format("{} labels for {} scenes; give one for each scene, or one file for all",
                         source.labels.size(), source.scenes.size()));
    }
  }

  static SplitOptions read_split(ConfigObject object) {
    SplitOptions split;
    const std::string by = object.word("by", "region", {"region", "scene", "place", "blocks"});
    split.by = by == "scene"    ? SplitBy::Scene
               : by == "place"  ? SplitBy::Place
               : by == "blocks" ? SplitBy::Blocks
                                : SplitBy::Region;
    split.hold_out = object.texts("hold_out", kMaxFiles);
    split.share = object.number("share", 0, 0.5).value_or(split.share);
    split.block_m = object.number("block_m", 1, 1e6).value_or(split.block_m);
    split.gap_m = object.number("gap_m", 0, 1e6).value_or(split.gap_m);
    split.seed = static_cast<std::uint64_t>(object.whole("seed", 1, 0, 2147483647));
    object.finish();
    return split;
  }

  fs::path m_folder;
  std::string m_file;
};

}  // namespace

TrainingConfig read_training_config(const fs::path& file) {
  return parse_training_config(read_small_file(file, kMaxConfigBytes), file.parent_path(), file.string());
}

TrainingConfig parse_training_config(std::string_view text, const fs::path& folder, const std::string& what) {
  return Reader(folder, what).read(parse_strict_json(text, what, ErrorKind::Usage));
}

}  // namespace orthocover
