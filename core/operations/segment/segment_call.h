#pragma once

#include <nlohmann/json.hpp>

#include "core/operation/operation.h"
#include "core/operations/segment/segment_options.h"
#include "core/operations/segment/segment_run.h"

namespace orthocover::operations {

/// What `segment` does, and `merge` with finished shards in place of the network.
/// @param context with declaration and resolved options of `segment`, for run records
/// @throws Error
OperationResult run_segment(const SegmentOptions& options, const SegmentSource& source,
                            OperationContext& context);

/// Options of `segment` that agree with those of another operation, the others at their defaults, without
/// those that only tell which part of the work is done now.
nlohmann::json segment_values(const OperationSpec& segment, const nlohmann::json& others);

/// Every scene with its outputs, as extras_of() takes them.
std::vector<SceneFiles> scene_files_of(const SegmentOptions& options);

}  // namespace orthocover::operations
