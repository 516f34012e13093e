#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/operation/operation.h"
#include "core/operations/judging_options.h"

namespace orthocover::operations {

/// How a model maps a scene for judging; empty or 0 means the model's own value.
struct ModelMapRequest {
  std::string scene;
  std::string model;
  std::vector<int> levels;
  std::vector<int> bands;
  std::optional<std::string> area;  ///< polygons; what lies beyond them need not be mapped
  int patch_size = 0;
  std::optional<double> pixel_size;  ///< metres on the ground, where the scene's file doesn't tell
  std::string device = "auto";
  int threads = 0;
};

/// A map that is needed for the run only.
struct ModelMap {
  std::string map;
  std::string confidence;
  nlohmann::json facts;  ///< of the run record: patches, seconds, planned memory
};

/// Opens such a map; messages about it name its scene.
/// @param pixel_size as it was mapped with
/// @throws Error{Data}
std::unique_ptr<MapSource> open_made_map(const std::string& map, const std::string& scene,
                                         std::optional<double> pixel_size, GeoIo& geo);

/// Warns where a model is judged on scenes that it was trained on, by their names: its scores promise too
/// much, but for what it held out.
/// @param training of the model's manifest
void warn_of_known_scenes(const std::string& model, const nlohmann::json& training,
                          const std::vector<std::string>& scenes, RunContext& run);

/// What alone is judged of a scene.
struct UnseenGround {
  Window scene;
  std::vector<LabelledRegion> regions;  ///< scene pixels
};

/// Ground of each scene that all models held out that were trained on it, by its name, and did not learn
/// before either; nothing for scenes that none was trained on.
/// @throws Error{Data} where there is no such ground
std::vector<std::optional<UnseenGround>> unseen_ground(const std::vector<std::string>& models,
                                                       const std::vector<std::string>& scenes,
                                                       std::optional<double> pixel_size,
                                                       OperationContext& context);

/// Tells scenes that none of the models was trained on.
/// @throws Error{Data} where that are all
void tell_of_whole_scenes(const std::vector<std::string>& models, const std::vector<std::string>& scenes,
                          const std::vector<std::optional<UnseenGround>>& grounds, RunContext& run);

/// Labels of a scene's map on such ground alone; all of them where there is none.
/// @throws Error{Internal} for a map of a part of the scene
std::unique_ptr<LabelSource> labels_on(const std::optional<UnseenGround>& ground, const RasterInfo& map,
                                       std::unique_ptr<LabelSource> labels);

/// Maps scenes as the operation segment does, in a folder that goes with the object.
class ModelMaps {
 public:
  ModelMaps();
  ~ModelMaps();
  ModelMaps(const ModelMaps&) = delete;
  ModelMaps& operator=(const ModelMaps&) = delete;

  /// @throws what segment throws
  ModelMap make(const ModelMapRequest& request, OperationContext& context);

 private:
  std::filesystem::path m_folder;
  int m_made = 0;
};

}  // namespace orthocover::operations
