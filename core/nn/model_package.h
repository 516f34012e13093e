#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// One input band of a model; the network sees (pixel * scale - mean) / std.
struct ModelBand {
  std::string name;  ///< red, green, blue, nir ...
  double mean = 0;
  double std = 1;
};

/// How one stitch level enters the fusion.
struct LevelFusion {
  int scale = 1;           ///< the level's window covers `scale` times the ground of a level-1 patch
  double weight = 1;       ///< weights are brought to sum 1 over the levels in use
  double temperature = 1;  ///< logits are divided by it
};

/// The manifest `model.json` of a model package.
struct ModelManifest {
  std::string name;
  std::string version = "1.0.0";
  std::string description;
  std::string architecture;
  nlohmann::json network_options = nlohmann::json::object();
  std::vector<ModelBand> bands;
  std::string data_type = "uint8";  ///< MLM data type of the pixels that the model was trained on
  double scale = 1.0 / 255.0;       ///< factor on pixel values before mean and std
  /// Percentiles of each scene's own values that are stretched to the full range of its data type first;
  /// nothing: values as they are.
  std::optional<std::pair<double, double>> stretch_percent;
  double ground_size_m = 0.1;       ///< level 1 of training
  double min_ground_size_m = 0.02;  ///< finest ground size at level 1 that the model is meant for
  double max_ground_size_m = 0.5;   ///< coarsest
  int patch_size_px = 1000;
  std::optional<double>
      overlap;  ///< least overlap of neighbouring patches, share of the patch; nothing: not stated
  std::vector<LevelFusion> levels = {{1, 1, 1}};
  std::string fusion = "log-linear";  ///< or `mean-softmax`
  Legend legend;
  std::string licence;                                 ///< SPDX identifier, or "proprietary" / "unknown"
  nlohmann::json training = nlohmann::json::object();  ///< free: data, attribution, scores
  std::string weights_file = "weights.safetensors";
  std::string weights_sha256;       ///< 64 hexadecimal digits; empty until the package is written
  std::uint64_t weights_bytes = 0;  ///< size of the weights file; 0 = not stated

  /// In the order of the bands.
  std::vector<std::string> band_names() const;
  NetworkOptions network() const { return {static_cast<int>(bands.size()), legend.size(), network_options}; }
};

/// Manifest from its JSON form (schemas/model/v1), every field checked.
/// @throws Error{Model} naming `what`, the field, its value and what is allowed
ModelManifest manifest_from_json(const nlohmann::json& json, const std::string& what);
nlohmann::json to_json(const ModelManifest& manifest);

/// The MLM data types that pixels may have.
const std::vector<std::string>& pixel_data_types();

/// A checked package on disk.
struct ModelPackage {
  std::filesystem::path folder;
  ModelManifest manifest;
};

/// Reads and checks the manifest; refuses weights files that are missing, outside the folder or not of the
/// stated size. The digest is checked by load_network().
/// @throws Error{Model}
ModelPackage open_model_package(const std::filesystem::path& folder);

/// Builds the network and fills it; every tensor must be there with the right shape, and the file's digest
/// must match. The network is in eval mode.
/// @throws Error{Model} naming the missing or wrong key
std::shared_ptr<SegmentationNetwork> load_network(const ModelPackage& package);

/// load_network() on a device and prepared for inference (SegmentationNetwork::prepare_for_inference()): for
/// forward passes only, neither trained nor saved any more.
/// @param type in which the forward passes compute; what is folded into each other is folded in float32
/// @throws Error{Model} naming the missing or wrong key
std::shared_ptr<SegmentationNetwork> load_for_inference(const ModelPackage& package,
                                                        const torch::Device& device,
                                                        torch::ScalarType type = torch::kFloat);

/// Refuses what a package could not be opened with, for use before any work.
/// @param what names the package in messages
/// @throws Error{Model}
void check_manifest(const ModelManifest& manifest, const std::string& what);

/// The checks of save_model_package() on its folder alone, for use before any work.
/// @throws Error{Usage}, Error{Resource}
void check_package_target(const std::filesystem::path& folder, bool overwrite);

/// Writes a package folder whole or not at all. Fills in weights_sha256 and weights_bytes.
/// @param half store floating tensors as f16; else every tensor keeps its type and bits
/// @param overwrite replace a package that is there; a folder that is no package is never replaced
/// @throws Error{Usage} when `folder` exists and may not be replaced, Error{Model} when the manifest is not
/// sound or a value does not fit f16, Error{Resource}
void save_model_package(const std::filesystem::path& folder, ModelManifest manifest, const TensorMap& tensors,
                        bool half, bool overwrite);

}  // namespace orthocover::nn
