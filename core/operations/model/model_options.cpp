#include "core/operations/model/model_options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/operations/batch/scene_files.h"

namespace orthocover::operations {
namespace {

constexpr std::array kImageNetMean{0.485, 0.456, 0.406};
constexpr std::array kImageNetStd{0.229, 0.224, 0.225};
const std::vector<std::string> kRedGreenBlue{"red", "green", "blue"};

}  // namespace

std::vector<std::string> band_names(const std::vector<std::string>& bands) {
  const bool is_count = bands.size() == 1 && bands[0].size() <= 3 && !bands[0].empty() &&
                        bands[0].find_first_not_of("0123456789") == std::string::npos;
  if (!is_count) return bands;
  const int count = std::stoi(bands[0]);
  if (count < 1) throw usage_error("--bands: a network has at least 1 band, {} are given", count);
  std::vector<std::string> names;
  if (count == 3 || count == 4) names = kRedGreenBlue;
  if (count == 4) names.emplace_back("nir");
  for (int i = static_cast<int>(names.size()); i < count; ++i) names.push_back(fmt::format("band_{}", i + 1));
  return names;
}

bool is_red_green_blue(const std::vector<std::string>& names) {
  return names == kRedGreenBlue;
}

std::vector<nn::ModelBand> default_bands(const std::vector<std::string>& names) {
  std::vector<nn::ModelBand> bands;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool image_net = is_red_green_blue(names);
    bands.push_back({names[i], image_net ? kImageNetMean[i] : 0, image_net ? kImageNetStd[i] : 1});
  }
  return bands;
}

std::filesystem::path package_folder(const std::string& package) {
  const std::filesystem::path folder(package);
  return folder.has_filename() ? folder : folder.parent_path();
}

std::vector<nn::LevelFusion> equal_levels(std::vector<int> levels) {
  std::sort(levels.begin(), levels.end());
  if (levels.empty() || std::adjacent_find(levels.begin(), levels.end()) != levels.end()) {
    throw usage_error("--levels: {} is not a list of different levels", fmt::join(levels, ","));
  }
  std::vector<nn::LevelFusion> fusion;
  for (const int scale : levels) fusion.push_back({scale, 1.0 / static_cast<double>(levels.size()), 1});
  return fusion;
}

std::vector<int> scales_of(const std::vector<nn::LevelFusion>& levels) {
  std::vector<int> scales;
  for (const nn::LevelFusion& level : levels) scales.push_back(level.scale);
  return scales;
}

nlohmann::json network_options(const std::vector<std::string>& texts) {
  nlohmann::json options = nlohmann::json::object();
  for (const auto& [key, value] : key_values(texts, "--network-option")) {
    const nlohmann::json parsed = nlohmann::json::parse(value, nullptr, /*allow_exceptions=*/false);
    options[key] = parsed.is_number() ? parsed : nlohmann::json(value);
  }
  return options;
}

}  // namespace orthocover::operations
