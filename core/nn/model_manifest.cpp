#include <algorithm>
#include <limits>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/model_package.h"
#include "core/nn/weights/json_field.h"

/// The JSON form of the manifest: names of the STAC Machine Learning Model extension (`mlm:`), of STAC itself
/// and its file and classification extensions where they exist, our own under `orthocover:`.
/// @source https://github.com/stac-extensions/mlm
namespace orthocover::nn {
namespace {

using Json = nlohmann::json;

constexpr int kSchemaVersion = 1;
constexpr std::size_t kMaxBands = 1024;
/// Bounds of pixel statistics and scales, so that products of them stay finite.
constexpr double kSmallest = 1e-15;
constexpr double kLargest = 1e15;
constexpr double kMaxGroundSize_m = 1e6;
/// A multihash: sha2-256, 32 bytes. @source https://github.com/stac-extensions/file
constexpr const char* kSha256Multihash = "1220";

const std::vector<std::string> kTasks{"semantic-segmentation"};

const std::vector<std::string>& own_keys() {
  static const std::vector<std::string> keys{"orthocover:schema_version",
                                             "orthocover:network_options",
                                             "orthocover:pixel_scale",
                                             "orthocover:ground_size_m",
                                             "orthocover:fusion",
                                             "orthocover:patch_size_px",
                                             "orthocover:ground_size_range_m",
                                             "orthocover:training",
                                             "orthocover:stretch_percent",
                                             "orthocover:overlap"};
  return keys;
}

/// Fields of other namespaces are free, misspelt ones of our own are not.
void check_own_keys(const Json& json, const std::string& what) {
  for (const auto& [key, value] : json.items()) {
    const bool known = std::find(own_keys().begin(), own_keys().end(), key) != own_keys().end();
    if (key.starts_with("orthocover:") && !known) {
      throw model_error("{}: unknown field '{}'{}", what, key, did_you_mean(key, own_keys()));
    }
  }
}

void check_version(const JsonField& root) {
  const JsonField field = root.at("orthocover:schema_version");
  if (field.value() != kSchemaVersion) {
    field.refuse(fmt::format("{}; a newer program is needed for another version", kSchemaVersion));
  }
}

/// Mean and standard deviation of one `value_scaling` entry, in units of the pixels. Every affine scaling of
/// the extension is understood.
ModelBand scaling_of(const JsonField& field) {
  if (field.value().is_null() || (field.object().contains("type") && field.at("type").value().is_null())) {
    return {"", 0, 1};
  }
  const auto number = [&](const char* key) { return field.at(key).number(-kLargest, kLargest); };
  const std::string type = field.at("type").word({"z-score", "min-max", "scale", "offset"});
  if (type == "z-score") return {"", number("mean"), field.at("stddev").number(kSmallest, kLargest)};
  if (type == "scale") return {"", 0, field.at("value").number(kSmallest, kLargest)};
  if (type == "offset") return {"", number("value"), 1};
  if (!(number("maximum") - number("minimum") >= kSmallest)) field.refuse("a maximum above the minimum");
  return {"", number("minimum"), number("maximum") - number("minimum")};
}

std::string band_name(const JsonField& field) {
  return field.value().is_object() ? field.at("name").text(1, 100) : field.text(1, 100);
}

void check_shape(const JsonField& structure, const char* axis, std::size_t count) {
  static constexpr const char* kRows = "height";
  static constexpr const char* kCols = "width";
  const JsonField order = structure.at("dim_order");
  if (order.value() != Json({"batch", axis, kRows, kCols})) {
    order.refuse(fmt::format("[\"batch\", \"{}\", \"height\", \"width\"]", axis));
  }
  const JsonField channels = structure.at("shape").items(4, 4)[1];
  if (channels.value() != count) channels.refuse(fmt::format("{}, as many as are listed", count));
  structure.at("data_type").word({"float32"});
}

void read_input(const JsonField& root, ModelManifest& manifest) {
  const JsonField input = root.at("mlm:input").items(1, 1)[0];
  const auto bands = input.at("bands").items(1, kMaxBands);
  const bool scaled = input.has("value_scaling") && !input.at("value_scaling").value().is_null();
  const auto scalings = scaled ? input.at("value_scaling").items(1, bands.size()) : std::vector<JsonField>();
  if (scaled && scalings.size() != 1 && scalings.size() != bands.size()) {
    input.at("value_scaling").refuse(fmt::format("1 or {} items, as many as bands", bands.size()));
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    ModelBand band = scaled ? scaling_of(scalings[scalings.size() == 1 ? 0 : i]) : ModelBand{};
    band.name = band_name(bands[i]);
    if (!names.insert(to_lower(band.name)).second) bands[i].refuse("a name that no other band has");
    band.mean *= manifest.scale;
    band.std *= manifest.scale;
    manifest.bands.push_back(std::move(band));
  }
  check_shape(input.at("input"), "channel", bands.size());
}

/// STAC's own `bands` say what kind of pixels each band has; the network wants one kind.
void read_data_type(const JsonField& root, ModelManifest& manifest) {
  const auto fields = root.at("bands").items(manifest.bands.size(), manifest.bands.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& name = manifest.bands[i].name;
    if (fields[i].at("name").text() != name) {
      fields[i].at("name").refuse(fmt::format("'{}', as in mlm:input", name));
    }
    const std::string type = fields[i].at("data_type").word(pixel_data_types());
    if (i > 0 && type != manifest.data_type) {
      fields[i].at("data_type").refuse(fmt::format("{}, the type of the first band", manifest.data_type));
    }
    manifest.data_type = type;
  }
}

void read_output(const JsonField& root, ModelManifest& manifest, const std::string& what) {
  const JsonField output = root.at("mlm:output").items(1, 1)[0];
  output.at("tasks").items(1, 1)[0].word(kTasks);
  manifest.legend = Legend::from_json(output.at("classification:classes").value(),
                                      what + ": mlm:output[0].classification:classes");
  check_shape(output.at("result"), "class", static_cast<std::size_t>(manifest.legend.size()));
}

void read_ground_size(const JsonField& root, ModelManifest& manifest) {
  const JsonField range = root.at("orthocover:ground_size_range_m");
  const auto ends = range.items(2, 2);
  manifest.min_ground_size_m = ends[0].positive();
  manifest.max_ground_size_m = ends[1].positive();
  if (manifest.min_ground_size_m > manifest.max_ground_size_m ||
      manifest.max_ground_size_m > kMaxGroundSize_m) {
    range.refuse("the finest, then the coarsest ground size in metres");
  }
  manifest.ground_size_m =
      root.at("orthocover:ground_size_m").number(manifest.min_ground_size_m, manifest.max_ground_size_m);
}

void read_fusion(const JsonField& root, ModelManifest& manifest) {
  const JsonField fusion = root.at("orthocover:fusion");
  manifest.fusion = fusion.at("method").word({"log-linear", "mean-softmax"});
  manifest.levels.clear();
  double sum = 0;
  for (const JsonField& field : fusion.at("levels").items(1, 16)) {
    const auto scale = static_cast<int>(field.at("scale").whole(1, 1024));
    if (!manifest.levels.empty() && scale <= manifest.levels.back().scale) {
      field.at("scale").refuse("more than the level before");
    }
    manifest.levels.push_back(
        {scale, field.at("weight").number(0, 1e6), field.at("temperature").number(1e-3, 1e3)});
    sum += manifest.levels.back().weight;
  }
  if (!(sum > 0)) fusion.at("levels").refuse("at least one weight above 0");
}

void read_weights(const JsonField& root, ModelManifest& manifest) {
  const JsonField asset = root.at("assets").at("weights");
  manifest.weights_file = asset.at("href").text(1, 1000);
  if (asset.has("file:size")) {
    manifest.weights_bytes =
        static_cast<std::uint64_t>(asset.at("file:size").whole(1, std::numeric_limits<std::int64_t>::max()));
  }
  if (!asset.has("file:checksum")) return;
  const JsonField field = asset.at("file:checksum");
  const std::string checksum = to_lower(field.text());
  const bool hexadecimal = checksum.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (checksum.size() != 68 || !checksum.starts_with(kSha256Multihash) || !hexadecimal) {
    field.refuse("1220, then the 64 hexadecimal digits of the file's SHA-256");
  }
  manifest.weights_sha256 = checksum.substr(4);
}

Json structure(int channels, const char* axis, int patch_size_px) {
  return {{"shape", {-1, channels, patch_size_px, patch_size_px}},
          {"dim_order", {"batch", axis, "height", "width"}},
          {"data_type", "float32"}};
}

void read_stretch(const JsonField& root, ModelManifest& manifest) {
  if (!root.has("orthocover:stretch_percent")) return;
  const JsonField field = root.at("orthocover:stretch_percent");
  const std::vector<JsonField> ends = field.items(2, 2);
  const double low = ends[0].number(0, 100);
  const double high = ends[1].number(0, 100);
  if (low >= high) field.refuse("a lower and a higher percentile");
  manifest.stretch_percent = std::pair(low, high);
}

Json input_json(const ModelManifest& manifest) {
  Json names = Json::array();
  Json scaling = Json::array();
  for (const ModelBand& band : manifest.bands) {
    names.push_back(band.name);
    scaling.push_back(
        {{"type", "z-score"}, {"mean", band.mean / manifest.scale}, {"stddev", band.std / manifest.scale}});
  }
  const auto channels = static_cast<int>(manifest.bands.size());
  return Json::array({{{"name", "image"},
                       {"bands", std::move(names)},
                       {"input", structure(channels, "channel", manifest.patch_size_px)},
                       {"value_scaling", std::move(scaling)}}});
}

Json output_json(const ModelManifest& manifest) {
  Json classes = Json::array();
  for (const LegendClass& entry : manifest.legend.classes()) {
    Json item = {{"value", entry.value}, {"name", entry.name}, {"color_hint", to_hex(entry.color).substr(1)}};
    if (!entry.description.empty()) item["description"] = entry.description;
    classes.push_back(std::move(item));
  }
  return Json::array({{{"name", "scores"},
                       {"tasks", kTasks},
                       {"result", structure(manifest.legend.size(), "class", manifest.patch_size_px)},
                       {"classification:classes", std::move(classes)}}});
}

Json weights_json(const ModelManifest& manifest) {
  Json asset = {{"href", manifest.weights_file},
                {"type", "application/octet-stream"},
                {"roles", {"mlm:model", "mlm:weights"}},
                {"mlm:artifact_type", "safetensors"}};
  if (manifest.weights_bytes > 0) asset["file:size"] = manifest.weights_bytes;
  if (!manifest.weights_sha256.empty()) {
    asset["file:checksum"] = fmt::format("{}{}", kSha256Multihash, manifest.weights_sha256);
  }
  return asset;
}

Json bands_json(const ModelManifest& manifest) {
  Json bands = Json::array();
  for (const ModelBand& band : manifest.bands) {
    bands.push_back({{"name", band.name}, {"data_type", manifest.data_type}});
  }
  return bands;
}

Json fusion_json(const ModelManifest& manifest) {
  Json levels = Json::array();
  for (const LevelFusion& level : manifest.levels) {
    levels.push_back({{"scale", level.scale}, {"weight", level.weight}, {"temperature", level.temperature}});
  }
  return {{"method", manifest.fusion}, {"levels", std::move(levels)}};
}

}  // namespace

std::vector<std::string> ModelManifest::band_names() const {
  std::vector<std::string> names;
  for (const ModelBand& band : bands) names.push_back(band.name);
  return names;
}

const std::vector<std::string>& pixel_data_types() {
  static const std::vector<std::string> types{"uint8",  "int8",  "uint16",  "int16",
                                              "uint32", "int32", "float32", "float64"};
  return types;
}

ModelManifest manifest_from_json(const nlohmann::json& json, const std::string& what) {
  const JsonField root(json, what);
  check_version(root);
  check_own_keys(json, what);
  ModelManifest manifest;
  manifest.name = root.at("mlm:name").text(1, 200);
  manifest.architecture = root.at("mlm:architecture").text(1, 200);
  root.at("mlm:tasks").items(1, 1)[0].word(kTasks);
  manifest.version = root.at("version").text(1, 100);
  if (root.has("description")) manifest.description = root.at("description").paragraphs();
  if (root.has("license")) manifest.licence = root.at("license").text(0, 200);
  manifest.scale = root.has("orthocover:pixel_scale")
                       ? root.at("orthocover:pixel_scale").number(kSmallest, kLargest)
                       : 1.0;
  read_stretch(root, manifest);
  read_input(root, manifest);
  read_data_type(root, manifest);
  read_output(root, manifest, what);
  read_ground_size(root, manifest);
  manifest.patch_size_px = static_cast<int>(root.at("orthocover:patch_size_px").whole(32, 16384));
  if (root.has("orthocover:overlap")) manifest.overlap = root.at("orthocover:overlap").number(0, 0.5);
  read_fusion(root, manifest);
  if (root.has("orthocover:network_options")) {
    manifest.network_options = root.at("orthocover:network_options").object();
  }
  if (root.has("orthocover:training")) manifest.training = root.at("orthocover:training").object();
  read_weights(root, manifest);
  return manifest;
}

nlohmann::json to_json(const ModelManifest& manifest) {
  Json json = {{"stac_extensions",
                {"https://stac-extensions.github.io/mlm/v1.4.0/schema.json",
                 "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
                 "https://stac-extensions.github.io/file/v2.1.0/schema.json"}},
               {"mlm:name", manifest.name},
               {"mlm:architecture", manifest.architecture},
               {"mlm:tasks", kTasks},
               {"mlm:framework", "PyTorch"},
               {"mlm:input", input_json(manifest)},
               {"mlm:output", output_json(manifest)},
               {"version", manifest.version},
               {"description", manifest.description},
               {"license", manifest.licence},
               {"bands", bands_json(manifest)},
               {"assets", {{"weights", weights_json(manifest)}}},
               {"orthocover:schema_version", kSchemaVersion},
               {"orthocover:network_options", manifest.network_options},
               {"orthocover:pixel_scale", manifest.scale},
               {"orthocover:ground_size_m", manifest.ground_size_m},
               {"orthocover:ground_size_range_m", {manifest.min_ground_size_m, manifest.max_ground_size_m}},
               {"orthocover:patch_size_px", manifest.patch_size_px},
               {"orthocover:fusion", fusion_json(manifest)},
               {"orthocover:training", manifest.training}};
  if (manifest.overlap) json["orthocover:overlap"] = *manifest.overlap;
  if (manifest.stretch_percent)
    json["orthocover:stretch_percent"] = {manifest.stretch_percent->first, manifest.stretch_percent->second};
  return json;
}

}  // namespace orthocover::nn
