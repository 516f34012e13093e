#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/operation/operation.h"

namespace orthocover::operations {

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

}  // namespace orthocover::operations
