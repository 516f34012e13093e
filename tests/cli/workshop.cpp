#include "tests/cli/workshop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/nn/model_package.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::test {
namespace {

nn::ModelManifest small_model(int bands) {
  nn::ModelManifest manifest;
  manifest.name = "small";
  manifest.architecture = "orthonet-small";
  for (int b = 0; b < bands; ++b) manifest.bands.push_back({"band_" + std::to_string(b + 1), 0.5, 0.25});
  manifest.patch_size_px = 64;
  manifest.levels = {{1, 1, 1}};
  manifest.legend = two_classes();
  manifest.licence = "MIT";
  return manifest;
}

}  // namespace

Workshop::Workshop(int bands) {
  torch::manual_seed(1);
  nn::ModelManifest manifest = small_model(bands);
  const auto network = nn::make_network(manifest.architecture, manifest.network());
  nn::save_model_package(*this / "model", manifest, nn::state_of(*network), true, false);
}

Outcome Workshop::run(std::vector<std::string> words) const {
  words.insert(words.end(), {"--progress", "none"});
  return run_child(ORTHOCOVER_PROGRAM, words);
}

Outcome Workshop::segment(const std::vector<std::string>& words) const {
  std::vector<std::string> all = {"segment", "--model", *this / "model", "--device", "cpu", "--threads", "1"};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

void Workshop::expect_refusal(const std::vector<std::string>& words, int exit_code,
                              const std::vector<std::string>& parts) const {
  const std::vector<std::string> before = names();
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.errors;
  EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
  EXPECT_TRUE(outcome.errors.starts_with("orthocover " + words.front() + ": ")) << outcome.errors;
  std::size_t from = 0;
  for (const std::string& part : parts) {
    const std::size_t at = outcome.errors.find(part, from);
    EXPECT_NE(at, std::string::npos) << "'" << part << "' is not in: " << outcome.errors;
    if (at != std::string::npos) from = at;
  }
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(names(), before);
}

std::vector<std::string> training_words(const Workshop& shop, const std::vector<std::string>& more,
                                        const std::string& package) {
  std::vector<std::string> words = {"train", "--labels", shop / "labels.gpkg", "--legend",
                                    shop / "legend.json"};
  words.insert(words.end(), {"--patch-size", "64", "--batch-size", "2"});
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {shop / "scene.tif", package});
  return words;
}

void make_training_scene(const Workshop& shop, const std::string& name, const std::string& labels,
                         double left) {
  Made made;
  made.cols = 240;
  made.rows = 120;
  made.value = [](int band, int col, int row) {
    return (col < 120 ? 40 : 200) + (7 * col + 3 * row + band) % 9;
  };
  made.geotransform->at(0) = left;
  make_raster(shop / (name + ".tif"), made);
  const double x = left;
  const double y = 5000000;
  make_polygons(shop / (labels + ".gpkg"), "EPSG:32633",
                {{1, {x, y - 4, x + 12, y}},
                 {3, {x + 12, y - 4, x + 24, y}},
                 {1, {x, y - 12, x + 12, y - 8}},
                 {3, {x + 12, y - 12, x + 24, y - 8}}},
                {{1, {x, y - 4, x + 24, y}}, {2, {x, y - 12, x + 24, y - 8}}});
  write_bytes(shop / "legend.json", two_classes().to_json().dump());
}

std::vector<std::string> place_words(const Workshop& shop, const std::vector<std::string>& more,
                                     const std::string& package) {
  make_training_scene(shop, "other", "labels of other", 500100);
  std::filesystem::rename(shop / "labels.gpkg", shop / "labels of scene.gpkg");
  nlohmann::json sources = nlohmann::json::array();
  for (const std::string scene : {"scene", "other"})
    sources.push_back({{"scenes", scene + ".tif"},
                       {"labels", "labels of " + scene + ".gpkg"},
                       {"place", "place of the " + scene}});
  write_bytes(
      shop / "data.json",
      nlohmann::json{{"legend", "legend.json"}, {"sources", sources}, {"split", {{"share", 0}}}}.dump());
  std::vector<std::string> words = {"train",
                                    "--data",
                                    shop / "data.json",
                                    "--cross-validate",
                                    "place",
                                    "--levels",
                                    "1,2",
                                    "--patch-size",
                                    "64",
                                    "--batch-size",
                                    "2",
                                    "--device",
                                    "cpu"};
  words.insert(words.end(), more.begin(), more.end());
  words.push_back(package);
  return words;
}

std::string bytes_of_file(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace orthocover::test
