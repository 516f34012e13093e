#include "core/nn/model_package.h"

#include <fmt/format.h>

#include <fstream>

#include "core/base/atomic_file.h"
#include "core/nn/weights/safetensors.h"
#include "tests/core/nn/weights/refusal.h"
#include "tests/core/nn/weights/temporary_folder.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;
using Json = nlohmann::json;

ModelManifest sample_manifest() {
  ModelManifest manifest;
  manifest.name = "meadow";
  manifest.description = "A model of meadows";
  manifest.architecture = "orthonet-small";
  manifest.bands = {{"red", 0.485, 0.229}, {"green", 0.456, 0.224}, {"nir", 0.3, 0.25}};
  manifest.data_type = "uint16";
  manifest.scale = 1.0 / 65535;
  manifest.stretch_percent = {1, 99};
  manifest.ground_size_m = 0.07;
  manifest.levels = {{1, 0.7, 1.1}, {2, 0.3, 0.9}};
  manifest.legend = Legend({{10, "grass", {0, 128, 0}, "short"}, {7, "wood", {1, 2, 3}, ""}});
  manifest.licence = "CC-BY-4.0";
  manifest.training = {{"data", {"one", "two"}}};
  return manifest;
}

TensorMap state_for(const ModelManifest& manifest) {
  torch::manual_seed(1);
  return state_of(*make_network(manifest.architecture, manifest.network()));
}

/// A saved package whose manifest the test then changes.
class PackageOnDisk {
 public:
  PackageOnDisk() {
    save_model_package(path(), sample_manifest(), state_for(sample_manifest()), false, false);
  }
  fs::path path() const { return m_folder / "package"; }
  const TemporaryFolder& folder() const { return m_folder; }
  std::string refusal_with(const std::string& pointer, const Json& value) const {
    const fs::path file = path() / "model.json";
    Json json = Json::parse(read_small_file(file, 1 << 20));
    json[Json::json_pointer(pointer)] = value;
    write_file_atomically(file, json.dump());
    return refusal([&] { load_network(open_model_package(path())); });
  }

 private:
  TemporaryFolder m_folder;
};

TEST(ModelManifest, SurvivesItsJsonForm) {
  const ModelManifest manifest = sample_manifest();
  const ModelManifest copy = manifest_from_json(to_json(manifest), "model.json");
  EXPECT_EQ(copy.name, manifest.name);
  EXPECT_EQ(copy.stretch_percent, manifest.stretch_percent);
  EXPECT_EQ(copy.architecture, manifest.architecture);
  EXPECT_EQ(copy.data_type, "uint16");
  EXPECT_DOUBLE_EQ(copy.scale, manifest.scale);
  ASSERT_EQ(copy.bands.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(copy.bands[i].name, manifest.bands[i].name);
    EXPECT_DOUBLE_EQ(copy.bands[i].mean, manifest.bands[i].mean);
    EXPECT_DOUBLE_EQ(copy.bands[i].std, manifest.bands[i].std);
  }
  EXPECT_EQ(copy.ground_size_m, 0.07);
  ASSERT_EQ(copy.levels.size(), 2U);
  EXPECT_EQ(copy.levels[1].scale, 2);
  EXPECT_EQ(copy.levels[1].weight, 0.3);
  EXPECT_EQ(copy.levels[1].temperature, 0.9);
  EXPECT_EQ(copy.fusion, "log-linear");
  ASSERT_EQ(copy.legend.size(), 2);
  EXPECT_EQ(copy.legend.classes()[1].value, 7);
  EXPECT_EQ(copy.legend.classes()[1].color, (Color{1, 2, 3}));
  EXPECT_EQ(copy.legend.classes()[0].description, "short");
  EXPECT_EQ(copy.licence, "CC-BY-4.0");
  EXPECT_EQ(copy.training, manifest.training);
}

TEST(ModelManifest, UnderstandsTheOtherScalingsOfTheExtension) {
  Json json = to_json(sample_manifest());
  json.erase("orthocover:pixel_scale");
  json["mlm:input"][0]["value_scaling"] = {{{"type", "min-max"}, {"minimum", 10}, {"maximum", 30}},
                                           {{"type", "scale"}, {"value", 255}},
                                           {{"type", "offset"}, {"value", 4}}};
  const ModelManifest manifest = manifest_from_json(json, "m");
  EXPECT_EQ(manifest.scale, 1.0);
  EXPECT_EQ(manifest.bands[0].mean, 10);
  EXPECT_EQ(manifest.bands[0].std, 20);
  EXPECT_EQ(manifest.bands[1].std, 255);
  EXPECT_EQ(manifest.bands[2].mean, 4);
  json["mlm:input"][0]["value_scaling"] = {{{"type", "scale"}, {"value", 100}}};
  EXPECT_EQ(manifest_from_json(json, "m").bands[2].std, 100);
  json["mlm:input"][0]["value_scaling"] = nullptr;
  EXPECT_EQ(manifest_from_json(json, "m").bands[2].std, 1);
}

TEST(ModelManifest, KeepsItsOverlapAndNeedsNone) {
  ModelManifest manifest = sample_manifest();
  EXPECT_FALSE(to_json(manifest).contains("orthocover:overlap"));
  EXPECT_FALSE(manifest_from_json(to_json(manifest), "m").overlap);
  manifest.overlap = 0.1875;
  EXPECT_EQ(manifest_from_json(to_json(manifest), "m").overlap, 0.1875);
}

TEST(ModelManifest, NamesTheFieldTheValueAndWhatIsAllowed) {
  const auto with = [](const std::string& pointer, const Json& value) {
    Json json = to_json(sample_manifest());
    json[Json::json_pointer(pointer)] = value;
    return refusal([&] { manifest_from_json(json, "m.json"); });
  };
  EXPECT_EQ(with("/orthocover:patch_size_px", 3),
            "m.json: orthocover:patch_size_px is 3; allowed: a whole number in 32..16384");
  EXPECT_THAT(with("/orthocover:patch_size_px", 18446744073709551615U), HasSubstr("allowed: a whole number"));
  EXPECT_THAT(with("/orthocover:overlap", 0.6),
              HasSubstr("orthocover:overlap is 0.6; allowed: a number in 0..0.5"));
  EXPECT_THAT(with("/orthocover:stretch_percent", {98, 2}),
              HasSubstr("orthocover:stretch_percent is [98,2]; allowed: a lower and a higher percentile"));
  EXPECT_THAT(with("/orthocover:stretch_percent", {-1, 98}), HasSubstr("allowed: a number in 0..100"));
  EXPECT_THAT(with("/orthocover:schema_version", 2), HasSubstr("orthocover:schema_version is 2; allowed: 1"));
  EXPECT_THAT(with("/orthocover:fusion/method", "vote"),
              HasSubstr("orthocover:fusion.method is \"vote\"; allowed: log-linear, mean-softmax"));
  EXPECT_THAT(with("/orthocover:fusion/levels/1/scale", 1),
              HasSubstr("levels[1].scale is 1; allowed: more than"));
  EXPECT_THAT(with("/orthocover:fusion/levels/1/temperature", 0), HasSubstr("levels[1].temperature is 0"));
  EXPECT_THAT(with("/orthocover:fusion/levels", Json::array()), HasSubstr("allowed: a list of 1..16"));
  EXPECT_THAT(with("/orthocover:ground_size_m", 3), HasSubstr("orthocover:ground_size_m is 3"));
  EXPECT_THAT(with("/orthocover:ground_size_range_m", {0.5, 0.1}),
              HasSubstr("the finest, then the coarsest"));
  EXPECT_THAT(
      with("/orthocover:patchsize_px", 3),
      HasSubstr("unknown field 'orthocover:patchsize_px' (did you mean 'orthocover:patch_size_px'?)"));
  EXPECT_THAT(with("/mlm:input/0/value_scaling/1/stddev", 0), HasSubstr("value_scaling[1].stddev is 0"));
  EXPECT_THAT(with("/mlm:input/0/value_scaling/1/type", "l2"), HasSubstr("allowed: z-score, min-max"));
  EXPECT_THAT(with("/mlm:input/0/bands/1", "Red"),
              HasSubstr("bands[1] is \"Red\"; allowed: a name that no other"));
  EXPECT_THAT(with("/mlm:input/0/input/shape/1", 4), HasSubstr("shape[1] is 4; allowed: 3"));
  EXPECT_THAT(with("/mlm:input/0/input/dim_order/1", "time"), HasSubstr("dim_order"));
  EXPECT_THAT(with("/bands/0/data_type", "complex"), HasSubstr("bands[0].data_type is \"complex\""));
  EXPECT_THAT(with("/bands/1/data_type", "uint8"), HasSubstr("allowed: uint16, the type of the first band"));
  EXPECT_THAT(with("/bands/1/name", "blue"), HasSubstr("allowed: 'green', as in mlm:input"));
  EXPECT_THAT(with("/mlm:output/0/result/shape/1", 8), HasSubstr("shape[1] is 8; allowed: 2"));
  EXPECT_THAT(with("/mlm:output/0/classification:classes/0/value", 0), HasSubstr("legend value 0"));
  EXPECT_THAT(with("/mlm:tasks/0", "regression"), HasSubstr("allowed: semantic-segmentation"));
  EXPECT_THAT(with("/orthocover:network_options", 1), HasSubstr("allowed: an object"));
  EXPECT_THAT(with("/assets/weights/file:checksum", "12"), HasSubstr("1220, then the 64 hexadecimal digits"));
  EXPECT_THAT(with("/mlm:name", std::string(201, 'x')), HasSubstr("allowed: a text of 1..200 bytes"));
}

TEST(ModelManifest, NamesEveryMissingField) {
  const Json whole = to_json(sample_manifest());
  for (const char* key :
       {"mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output", "bands", "version", "assets",
        "orthocover:schema_version", "orthocover:ground_size_m", "orthocover:ground_size_range_m",
        "orthocover:patch_size_px", "orthocover:fusion"}) {
    Json json = whole;
    json.erase(key);
    EXPECT_EQ(refusal([&] { manifest_from_json(json, "m"); }), fmt::format("m: '{}' is missing", key));
  }
}

TEST(ModelPackage, GivesBackTheNetworkThatWasSaved) {
  const TemporaryFolder folder;
  const TensorMap state = state_for(sample_manifest());
  save_model_package(folder / "package/", sample_manifest(), state, false, false);
  const ModelPackage package = open_model_package(folder / "package");
  EXPECT_EQ(package.manifest.weights_sha256.size(), 64U);
  const auto network = load_network(package);
  EXPECT_FALSE(network->is_training());
  const TensorMap loaded = state_of(*network);
  ASSERT_EQ(loaded.size(), state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(loaded[i].first, state[i].first);
    EXPECT_TRUE(torch::equal(loaded[i].second, state[i].second)) << state[i].first;
  }
  EXPECT_EQ(folder.entries(), 1);
}

TEST(ModelPackage, StoresHalfPrecisionWhenAsked) {
  const TemporaryFolder folder;
  save_model_package(folder / "p", sample_manifest(), state_for(sample_manifest()), true, false);
  for (const auto& [name, tensor] : read_safetensors(folder / "p/weights.safetensors").tensors) {
    EXPECT_FALSE(tensor.is_floating_point() && tensor.scalar_type() != torch::kFloat16) << name;
  }
  EXPECT_NO_THROW(load_network(open_model_package(folder / "p")));
  TensorMap large = state_for(sample_manifest());
  large[0].second = torch::full_like(large[0].second, 1e6);
  save_model_package(folder / "q", sample_manifest(), large, true, false);
  const TensorMap stored = read_safetensors(folder / "q/weights.safetensors").tensors;
  const auto kept = std::ranges::find(stored, large[0].first, &TensorMap::value_type::first);
  EXPECT_TRUE(torch::equal(kept->second, large[0].second)) << "what 16 bits can't hold keeps 32";
}

TEST(ModelPackage, RefusesWeightsOutsideItsFolder) {
  const PackageOnDisk package;
  fs::copy_file(package.path() / "weights.safetensors", package.folder() / "outside.safetensors");
  fs::create_symlink("../outside.safetensors", package.path() / "link.safetensors");
  fs::create_directory(package.path() / "sub");
  const std::string href = "/assets/weights/href";
  EXPECT_THAT(package.refusal_with(href, "../outside.safetensors"),
              HasSubstr("allowed: a path inside the package"));
  EXPECT_THAT(package.refusal_with(href, "sub/../weights.safetensors"),
              HasSubstr("a path inside the package"));
  EXPECT_THAT(package.refusal_with(href, (package.folder() / "outside.safetensors").string()),
              HasSubstr("a path inside the package"));
  EXPECT_THAT(package.refusal_with(href, "https://example.com/w"), HasSubstr("a path inside the package"));
  EXPECT_THAT(package.refusal_with(href, "link.safetensors"), HasSubstr("leads out of the package"));
  EXPECT_THAT(package.refusal_with(href, "sub"), HasSubstr("is not a regular file"));
  EXPECT_THAT(package.refusal_with(href, "none"), HasSubstr("the weights file 'none' is missing"));
}

TEST(ModelPackage, RefusesWeightsThatWereReplacedOrDamaged) {
  const PackageOnDisk package;
  const fs::path weights = package.path() / "weights.safetensors";
  {
    std::fstream stream(weights, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(-1, std::ios::end);
    stream.put('\x7f');
  }
  EXPECT_THAT(refusal([&] { load_network(open_model_package(package.path())); }),
              HasSubstr("its SHA-256 is"));
  std::ofstream(weights, std::ios::app) << "x";
  EXPECT_THAT(refusal([&] { open_model_package(package.path()); }), HasSubstr("bytes, the manifest says"));
}

TEST(ModelPackage, RefusesFoldersThatAreNone) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal([&] { open_model_package(folder / "none"); }),
              HasSubstr("none: is not a model package: no such folder"));
  EXPECT_THAT(refusal([&] { open_model_package(folder.path()); }), HasSubstr("it has no model.json"));
  write_file_atomically(folder / "model.json", "{");
  EXPECT_THAT(refusal([&] { open_model_package(folder.path()); }),
              HasSubstr("model.json: is not valid JSON"));
  write_file_atomically(folder / "model.json", std::string(200000, '['));
  EXPECT_THAT(refusal([&] { open_model_package(folder.path()); }),
              HasSubstr("nested more than 64 levels deep"));
}

TEST(ModelPackage, RefusesWeightsThatAreNoNumbers) {
  for (const double value : {std::nan(""), double{INFINITY}, -double{INFINITY}}) {
    const TemporaryFolder folder;
    TensorMap state = state_for(sample_manifest());
    state[3].second = state[3].second.detach().clone();
    state[3].second.view(-1)[0] = value;
    save_model_package(folder / "p", sample_manifest(), state, false, false);
    EXPECT_THAT(refusal([&] { load_network(open_model_package(folder / "p")); }),
                HasSubstr("tensor '" + state[3].first + "' has values that are infinite or no numbers"));
  }
}

TEST(ModelPackage, RefusesNamesThatWouldSteerATerminal) {
  for (const char* pointer : {"/mlm:name", "/version", "/license"}) {
    const PackageOnDisk package;
    EXPECT_THAT(package.refusal_with(pointer, "a\x1b[2Jb"), HasSubstr("control character")) << pointer;
    EXPECT_THAT(package.refusal_with(pointer, "a\u202eb"), HasSubstr("control character")) << pointer;
  }
  const PackageOnDisk package;
  EXPECT_THAT(package.refusal_with("/description", "a\x1b]0;b\x07"), HasSubstr("line breaks and tabs"));
}

TEST(ModelPackage, RefusesNumbersBeyondAllBounds) {
  const PackageOnDisk package;
  const auto huge = Json::parse("123456789012345678901234567890");
  EXPECT_THAT(package.refusal_with("/orthocover:patch_size_px", huge),
              HasSubstr("a whole number in 32..16384"));
  EXPECT_THAT(package.refusal_with("/orthocover:patch_size_px", UINT64_MAX),
              HasSubstr("a whole number in 32..16384"));
  EXPECT_THAT(PackageOnDisk().refusal_with("/mlm:output/0/classification:classes/0/value", UINT64_MAX),
              HasSubstr("outside 1..254"));
  const TemporaryFolder folder;
  write_file_atomically(folder / "model.json", R"({"mlm:name": 1e999})");
  EXPECT_THAT(refusal([&] { open_model_package(folder.path()); }), HasSubstr("is not valid JSON"));
  write_file_atomically(folder / "model.json", R"({"version": "1", "version": "2"})");
  EXPECT_THAT(refusal([&] { open_model_package(folder.path()); }),
              HasSubstr("the key 'version' stands twice"));
}

TEST(ModelPackage, RefusesWeightsThatDoNotFitTheNetwork) {
  const TemporaryFolder folder;
  ModelManifest manifest = sample_manifest();
  const TensorMap state = state_for(manifest);
  manifest.legend = Legend::numbered(3);
  save_model_package(folder / "p", manifest, state, false, false);
  EXPECT_THAT(refusal([&] { load_network(open_model_package(folder / "p")); }), HasSubstr("head"));
}

TEST(ModelPackage, ReplacesPackagesOnlyWhenToldAndNothingElseEver) {
  const PackageOnDisk package;
  ModelManifest manifest = sample_manifest();
  manifest.name = "second";
  const auto save = [&](const fs::path& path, bool overwrite) {
    save_model_package(path, manifest, state_for(manifest), false, overwrite);
  };
  EXPECT_THAT(refusal([&] { save(package.path(), false); }, ErrorKind::Usage), HasSubstr("add --overwrite"));
  save(package.path(), true);
  EXPECT_EQ(open_model_package(package.path()).manifest.name, "second");
  fs::create_directory(package.path() / "precious");
  EXPECT_THAT(refusal([&] { save(package.path(), true); }, ErrorKind::Usage), HasSubstr("is left as it is"));
  fs::remove(package.path() / "precious");
  write_file_atomically(package.path() / "labels.tif", "text");
  EXPECT_THAT(refusal([&] { save(package.path(), true); }, ErrorKind::Usage),
              HasSubstr("holds 'labels.tif', which is no part of a model package, and is left as it is"));
  write_file_atomically(package.folder() / "file", "text");
  EXPECT_THAT(refusal([&] { save(package.folder() / "file", true); }, ErrorKind::Usage),
              HasSubstr("is left as it is"));
  EXPECT_THAT(refusal([&] { save(package.folder() / "no/where", true); }, ErrorKind::Resource),
              HasSubstr("does not exist; create it first"));
  EXPECT_THAT(refusal([&] { save(".", true); }, ErrorKind::Usage), HasSubstr("name the folder"));
  EXPECT_EQ(package.folder().entries(), 2);
}

TEST(ModelPackage, IsNotWrittenWithAManifestThatIsNotSound) {
  const TemporaryFolder folder;
  ModelManifest manifest = sample_manifest();
  manifest.patch_size_px = 1;
  EXPECT_THAT(refusal([&] { save_model_package(folder / "p", manifest, {}, false, false); }),
              HasSubstr("orthocover:patch_size_px is 1"));
  EXPECT_EQ(folder.entries(), 0);
  manifest = sample_manifest();
  manifest.training["held_out"] = std::string(49U << 20, 'x');
  EXPECT_THAT(refusal([&] { check_manifest(manifest, "p"); }), HasSubstr("p: its manifest would have 513"));
}

}  // namespace
}  // namespace orthocover::nn
