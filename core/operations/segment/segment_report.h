#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/legend/legend.h"
#include "core/operations/batch/batch_table.h"
#include "core/operations/batch/scene_files.h"

namespace orthocover::operations {

/// What `segment` made of its scenes, for OperationResult::report: outputs of the scenes that did not fail,
/// all scenes with the numbers of their run records, and the area of each class over all of them.
/// @param rows of the same scenes in the same order
nlohmann::json segment_report(const std::vector<SceneFiles>& scenes, const std::vector<SceneRow>& rows,
                              const Legend& legend);

}  // namespace orthocover::operations
