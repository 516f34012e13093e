#include "core/operations/model/model_facts.h"

#include <fmt/format.h>

#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/nn/multiply_adds.h"
#include "core/operations/results/fact_list.h"

namespace orthocover {
namespace {

std::string bands_text(const nn::ModelManifest& manifest) {
  return fmt::format("{} ({})", join(manifest.band_names()), manifest.data_type);
}

std::string levels_text(const nn::ModelManifest& manifest) {
  std::vector<std::string> levels;
  for (const nn::LevelFusion& level : manifest.levels)
    levels.push_back(fmt::format("{} (weight {:.3g})", level.scale, level.weight));
  return join(levels) + ", fused by " + manifest.fusion;
}

std::string values_text(const nn::ModelManifest& manifest) {
  if (!manifest.stretch_percent) return manifest.data_type + ", as they are";
  const auto [low, high] = *manifest.stretch_percent;
  return fmt::format("{}, each scene's {:g} to {:g} % percentiles stretched to the full range",
                     manifest.data_type, low, high);
}

std::string classes_text(const Legend& legend) {
  std::string text = "Classes:\n";
  for (const LegendClass& entry : legend.classes())
    text += fmt::format("  {:>3}  {}  {}{}\n", entry.value, to_hex(entry.color), entry.name,
                        entry.description.empty() ? "" : ": " + entry.description);
  return text;
}

}  // namespace

NetworkCost network_cost(const nn::ModelManifest& manifest, int patch_px) {
  const auto network = nn::make_network(manifest.architecture, manifest.network());
  std::int64_t parameters = 0;
  for (const torch::Tensor& tensor : network->parameters()) parameters += tensor.numel();
  return {parameters, nn::count_multiply_adds(*network, static_cast<int>(manifest.bands.size()), patch_px)};
}

nlohmann::ordered_json model_facts(const nn::ModelPackage& package) {
  nlohmann::ordered_json facts;
  facts["path"] = package.folder.string();
  const NetworkCost cost = network_cost(package.manifest, package.manifest.patch_size_px);
  facts["parameters"] = cost.parameters;
  facts["multiply_adds_of_patch"] = cost.multiply_adds;
  facts["weights_intact"] =
      sha256_of_file(package.folder / package.manifest.weights_file) == package.manifest.weights_sha256;
  facts["manifest"] = nn::to_json(package.manifest);
  return facts;
}

std::string model_report(const nn::ModelPackage& package, const nlohmann::ordered_json& facts) {
  const nn::ModelManifest& manifest = package.manifest;
  const bool intact = facts.at("weights_intact").get<bool>();
  FactList list(fmt::format("{} {}: {}", manifest.name, manifest.version, manifest.description));
  list.add("package", package.folder.string())
      .add("architecture", fmt::format("{}, {:.2f} million parameters", manifest.architecture,
                                       facts.at("parameters").get<double>() / 1e6))
      .add("bands", bands_text(manifest))
      .add("values", values_text(manifest))
      .add("ground size", fmt::format("{:g} m, meant for {:g} to {:g} m", manifest.ground_size_m,
                                      manifest.min_ground_size_m, manifest.max_ground_size_m))
      .add("patch", fmt::format("{0} x {0} px, {1:.2f} billion multiply-adds", manifest.patch_size_px,
                                facts.at("multiply_adds_of_patch").get<double>() / 1e9))
      .add("overlap",
           manifest.overlap ? fmt::format("{:g} of the patch at least", *manifest.overlap) : "not stated")
      .add("levels", levels_text(manifest))
      .add("weights", fmt::format("{}, {}", manifest.weights_file, format_bytes(manifest.weights_bytes)))
      .add("sha256", manifest.weights_sha256 + (intact ? " (intact)" : " (the file DIFFERS)"))
      .add("licence", manifest.licence);
  if (!intact) list.advise("the weights are not the ones of the manifest: get the package again");
  return list.text() + classes_text(manifest.legend);
}

}  // namespace orthocover
