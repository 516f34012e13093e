#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <ranges>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

/// What a floor may include.
struct Floor {
  Names floors, vendors;
};

using Floors = std::map<std::string, Floor>;

/// Adds rows for the folders within one, each above those before it, the folder above all.
void divide(Floors& floors, const std::string& folder, const std::vector<std::string>& parts) {
  Floor within = floors.at(folder);
  for (const std::string& part : parts) {
    floors[folder + "/" + part] = within;
    within.floors.insert(folder + "/" + part);
  }
  floors[folder] = within;
}

Floors made_floors() {
  const Names model = {"core/geometry", "core/legend", "core/ports"};
  const auto with = [](Names names, const Names& more) {
    return names.insert(more.begin(), more.end()), names;
  };
  const Names run =
      with(model, {"core/metrics", "core/parts", "core/resampling", "core/vectorize", "core/nn"});
  const Names learning = with(run, {"core/training/data"});
  const Names operations =
      with(learning, {"core/inference", "core/training", "core/operation", "core/report"});
  Floors floors = {
      {"core/base", {{}, {}}},
      {"core/geometry", {{}, {}}},
      {"core/legend", {{}, {}}},
      {"core/ports", {{"core/geometry", "core/legend"}, {}}},
      {"core/metrics", {model, {}}},
      {"core/parts", {{"core/geometry"}, {}}},
      {"core/report", {model, {}}},
      {"core/resampling", {model, {"opencv"}}},
      {"core/vectorize", {model, {}}},
      {"core/nn", {{"core/legend"}, {"torch"}}},
      {"core/inference", {run, {"torch", "opencv", "onednn"}}},
      {"core/training", {learning, {"torch", "opencv"}}},
      {"core/training/data", {with(model, {"core/resampling"}), {}}},
      {"core/operation", {model, {}}},
      {"core/operations", {operations, {"torch", "opencv"}}},
      {"georef", {model, {"gdal"}}},
      {"qgis_plugin", {{"core/operation", "core/operations"}, {"qgis"}}},
      {"cli",
       {{"core/operation", "core/operations", "core/operations/batch", "core/ports", "georef"}, {"cli11"}}},
  };
  divide(floors, "core/inference", {"onednn", "scores"});
  floors["core/inference"].vendors.erase("onednn");
  divide(floors, "core/operations", {"batch", "results", "model", "segment", "training", "evaluation"});
  divide(floors, "georef", {"gdal", "ground", "style", "raster", "vector", "labels"});
  return floors;
}

/// The table of the architecture, one row per folder. Everybody may include themselves, `core/base`, the
/// standard library, the operating system, fmt and nlohmann.
const Floors& floors() {
  static const Floors kFloors = made_floors();
  return kFloors;
}

/// The vendor of a header; empty for ours and what everybody may use.
std::string vendor_of(const std::string& header) {
  static const std::vector<std::pair<std::regex, std::string>> kVendors = {
      {std::regex("^(torch|ATen|c10|caffe2|cuda)[/_.].*"), "torch"},
      {std::regex("^opencv2/.*"), "opencv"},
      {std::regex("^dnnl\\.hpp|^oneapi/dnnl/.*"), "onednn"},
      {std::regex("^(tbb|oneapi)/.*"), "tbb"},
      {std::regex("^(gdal|ogr|cpl|vrt|proj)[a-z_]*\\.h.*|^(geodesic|tiffio)\\.h"), "gdal"},
      {std::regex("^CLI/.*"), "cli11"},
      {std::regex("^(Q[A-Z][A-Za-z]*|(qgs|qgis)[a-z]*\\.h)"), "qgis"},
  };
  for (const auto& [pattern, vendor] : kVendors) {
    if (std::regex_match(header, pattern)) return vendor;
  }
  return "";
}

std::string floor_of(const std::string& path) {
  // Backwards: the folder within another comes first.
  for (const auto& [folder, floor] : std::views::reverse(floors()))
    if (path.starts_with(folder + "/")) return folder;
  return "";
}

/// One #include.
struct Include {
  std::string header;
  bool engine_only = false;  ///< between #ifdef ORTHOCOVER_ENGINE and its #endif
};

std::vector<Include> includes_of(std::istream& stream) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"].*)");
  std::vector<Include> includes;
  std::vector<bool> conditions;
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (line.starts_with("#if"))
      conditions.push_back(line == "#ifdef ORTHOCOVER_ENGINE");
    else if (line.starts_with("#endif") && !conditions.empty())
      conditions.pop_back();
    else if (std::regex_match(line, match, kInclude))
      includes.push_back({match[1], std::ranges::count(conditions, true) > 0});
  }
  return includes;
}

/// Why this include runs against the table; empty when it does not.
std::string objection(const std::string& file, const Include& include) {
  const std::string from = floor_of(file);
  const Floor& floor = floors().at(from);
  const std::string to = floor_of(include.header);
  const std::string told = file + " includes " + include.header;
  const bool own_floor = to == from || to == "core/base" || to.empty();
  if (!own_floor && !floor.floors.contains(to)) return told;
  const std::string vendor = vendor_of(include.header);
  if (!vendor.empty() && !floor.vendors.contains(vendor)) return told;
  // Declarations are compiled where LibTorch and OpenCV are not to be seen.
  const bool declares = from == "core/operations" && !include.engine_only && file.ends_with(".cpp");
  if (declares && !vendor.empty()) return told + " outside ORTHOCOVER_ENGINE";
  return "";
}

std::vector<std::string> source_files() {
  const fs::path root = ORTHOCOVER_SOURCE_DIR;
  std::vector<std::string> files;
  for (const char* folder : {"core", "georef", "cli", "qgis_plugin"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".h" || extension == ".cpp" || extension == ".in")
        files.push_back(fs::relative(entry.path(), root).string());
    }
  }
  return files;
}

TEST(IncludeFloors, EveryFolderOfTheCoreIsInTheTable) {
  for (const std::string& file : source_files()) EXPECT_NE(floor_of(file), "") << file;
}

TEST(IncludeFloors, NoArrowRunsAgainstTheTable) {
  const std::vector<std::string> files = source_files();
  ASSERT_GT(files.size(), 50U);
  for (const std::string& file : files) {
    std::ifstream stream(fs::path(ORTHOCOVER_SOURCE_DIR) / file);
    for (const Include& include : includes_of(stream)) {
      EXPECT_EQ(objection(file, include), "");
      // Ours are named from the root, so that the table sees them.
      EXPECT_FALSE(include.header.starts_with("..")) << file << " includes " << include.header;
    }
  }
}

TEST(IncludeFloors, ObjectsToWhatTheTableForbids) {
  const std::vector<std::pair<std::string, std::string>> forbidden = {
      {"core/geometry/x.cpp", "core/ports/raster_source.h"},
      {"core/inference/x.cpp", "core/training/trainer.h"},
      {"core/training/x.cpp", "core/inference/predictor.h"},
      {"core/inference/x.cpp", "dnnl.hpp"},
      {"core/inference/scores/x.cpp", "core/inference/wave.h"},
      {"core/nn/x.cpp", "opencv2/core.hpp"},
      {"core/nn/x.cpp", "dnnl.hpp"},
      {"core/operation/x.h", "torch/torch.h"},
      {"core/operations/x.cpp", "torch/torch.h"},
      {"core/operations/x.cpp", "gdal_priv.h"},
      {"core/operations/segment/x.cpp", "core/operations/evaluation/model_maps.h"},
      {"georef/x.cpp", "core/nn/network.h"},
      {"georef/gdal/x.cpp", "georef/style/qgis_style.h"},
      {"core/training/data/x.cpp", "core/training/trainer.h"},
      {"core/base/x.cpp", "core/legend/legend.h"},
      {"qgis_plugin/x.cpp", "core/inference/predictor.h"},
      {"qgis_plugin/x.cpp", "ogr_api.h"},
      {"cli/x.cpp", "qgsapplication.h"},
  };
  for (const auto& [from, to] : forbidden) EXPECT_NE(objection(from, {to}), "") << from << " " << to;
  EXPECT_EQ(objection("core/inference/x.cpp", {"core/nn/network.h"}), "");
  EXPECT_EQ(objection("georef/x.cpp", {"ogr_spatialref.h"}), "");
  EXPECT_EQ(objection("core/operations/x.cpp", {"core/nn/torch.h", true}), "");
}

}  // namespace
}  // namespace orthocover
