#include <fmt/format.h>

#include <regex>

#include "core/base/atomic_file.h"
#include "core/nn/model_package.h"
#include "tests/core/nn/weights/refusal.h"

namespace orthocover::nn {
namespace {

using Json = nlohmann::json;

/// Checks a value against the part of JSON Schema that the manifest's schema uses, and complains, in words,
/// about what is not declared.
class SchemaCheck {
 public:
  explicit SchemaCheck(Json root) : m_root(std::move(root)) {}

  std::vector<std::string> complaints(const Json& value) const {
    std::vector<std::string> found;
    check(value, m_root, "", found);
    return found;
  }

 private:
  static bool is_type(const Json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == value.type_name();
  }

  void check(const Json& value, const Json& schema, const std::string& path,
             std::vector<std::string>& found) const {
    if (schema.is_boolean()) return;
    const auto complain = [&](const std::string& what) { found.push_back(path + ": " + what); };
    if (schema.contains("$ref")) {
      const std::string pointer = schema["$ref"].get<std::string>().substr(1);
      return check(value, m_root.at(Json::json_pointer(pointer)), path, found);
    }
    if (schema.contains("type") && !is_type(value, schema["type"])) return complain("wrong type");
    if (schema.contains("const") && value != schema["const"]) complain("not the constant");
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
      complain("not listed");
    if (schema.contains("minimum") && value < schema["minimum"]) complain("too small");
    if (schema.contains("exclusiveMinimum") && value <= schema["exclusiveMinimum"]) complain("too small");
    if (schema.contains("maximum") && value > schema["maximum"]) complain("too large");
    if (schema.contains("pattern") && !matches(value, schema["pattern"])) complain("does not match");
    if (schema.contains("oneOf")) check_one_of(value, schema["oneOf"], path, found);
    if (value.is_object()) check_object(value, schema, path, found);
    if (value.is_array()) check_array(value, schema, path, found);
  }

  static bool matches(const Json& value, const std::string& pattern) {
    return std::regex_search(value.get<std::string>(), std::regex(pattern));
  }

  void check_one_of(const Json& value, const Json& choices, const std::string& path,
                    std::vector<std::string>& found) const {
    int fitting = 0;
    for (const Json& choice : choices) {
      std::vector<std::string> inner;
      check(value, choice, path, inner);
      fitting += inner.empty() ? 1 : 0;
    }
    if (fitting != 1) found.push_back(fmt::format("{}: fits {} of the choices", path, fitting));
  }

  void check_object(const Json& value, const Json& schema, const std::string& path,
                    std::vector<std::string>& found) const {
    for (const Json& key : schema.value("required", Json::array())) {
      if (!value.contains(key.get<std::string>()))
        found.push_back(path + ": lacks " + key.get<std::string>());
    }
    const bool described = schema.contains("properties");
    for (const auto& [key, item] : value.items()) {
      if (described && schema["properties"].contains(key)) {
        check(item, schema["properties"][key], path + "/" + key, found);
      } else if (described) {
        found.push_back(path + "/" + key + ": is not declared");
      }
    }
  }

  void check_array(const Json& value, const Json& schema, const std::string& path,
                   std::vector<std::string>& found) const {
    if (value.size() < schema.value("minItems", std::size_t{0})) found.push_back(path + ": too short");
    if (value.size() > schema.value("maxItems", value.size())) found.push_back(path + ": too long");
    if (!schema.contains("items")) return;
    for (const Json& item : value) check(item, schema["items"], path + "[]", found);
  }

  Json m_root;
};

Json schema() {
  return Json::parse(read_small_file(ORTHOCOVER_SOURCE_DIR "/schemas/model/v1/model.schema.json", 1 << 20));
}

ModelManifest manifest() {
  ModelManifest sample;
  sample.name = "meadow";
  sample.description = "About";
  sample.architecture = "orthonet-small";
  sample.bands = {{"red", 0.5, 0.2}, {"nir", 0.3, 0.25}};
  sample.levels = {{1, 0.7, 1.1}, {2, 0.3, 0.9}};
  sample.legend = Legend({{10, "grass", {0, 128, 0}, "short"}, {7, "wood", {1, 2, 3}, ""}});
  sample.licence = "CC0-1.0";
  sample.stretch_percent = {2, 98};
  sample.overlap = 0.2;
  sample.network_options = {{"width", 16}};
  sample.training = {{"data", "some"}};
  sample.weights_sha256 = std::string(64, 'a');
  sample.weights_bytes = 5;
  return sample;
}

TEST(ManifestSchema, DeclaresEverythingThatManifestsHave) {
  EXPECT_THAT(SchemaCheck(schema()).complaints(to_json(manifest())), testing::IsEmpty());
}

TEST(ManifestSchema, AndTheReaderRefuseTheSame) {
  const SchemaCheck check(schema());
  const std::vector<std::pair<std::string, Json>> changes{
      {"/orthocover:patch_size_px", 31},
      {"/orthocover:patch_size_px", 16385},
      {"/orthocover:overlap", 0.51},
      {"/orthocover:overlap", -0.1},
      {"/orthocover:schema_version", 2},
      {"/orthocover:ground_size_m", 0},
      {"/orthocover:ground_size_range_m", {0.1}},
      {"/orthocover:stretch_percent", {2}},
      {"/orthocover:stretch_percent", {2, 101}},
      {"/orthocover:fusion/method", "vote"},
      {"/orthocover:fusion/levels", Json::array()},
      {"/orthocover:fusion/levels/0/scale", 0},
      {"/orthocover:fusion/levels/0/temperature", 0},
      {"/orthocover:typo", 1},
      {"/orthocover:training", "text"},
      {"/mlm:tasks/0", "regression"},
      {"/mlm:input/0/input/data_type", "uint8"},
      {"/mlm:input/0/value_scaling/0/stddev", 0},
      {"/mlm:input/0/value_scaling/0/type", "l2"},
      {"/mlm:output/0/classification:classes/0/value", 255},
      {"/mlm:output/0/classification:classes/0/color_hint", "green"},
      {"/bands/0/data_type", "complex64"},
      {"/assets/weights/file:checksum", "aa"},
      {"/assets/weights/file:size", 0},
      {"/mlm:name", 3}};
  for (const auto& [pointer, value] : changes) {
    Json json = to_json(manifest());
    json[Json::json_pointer(pointer)] = value;
    EXPECT_THAT(check.complaints(json), testing::Not(testing::IsEmpty())) << pointer;
    refusal([&] { manifest_from_json(json, pointer); });
  }
}

TEST(ManifestSchema, AndTheReaderRequireTheSame) {
  const Json required = schema().at("required");
  const Json whole = to_json(manifest());
  for (const auto& [key, value] : whole.items()) {
    Json json = whole;
    json.erase(key);
    if (std::ranges::find(required, Json(key)) != required.end()) {
      refusal([&] { manifest_from_json(json, "m"); });
    } else {
      EXPECT_NO_THROW(manifest_from_json(json, "m")) << key;
    }
  }
}

}  // namespace
}  // namespace orthocover::nn
