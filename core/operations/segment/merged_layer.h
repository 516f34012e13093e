#pragma once

#include "core/operation/operation.h"
#include "core/operations/batch/scene_batch.h"
#include "core/operations/segment/segment_options.h"

namespace orthocover::operations {

/// Share of a run's time that maps take; the layer over them takes the rest.
inline constexpr double kMapsShare = 0.9;

/// Shows what keeps the maps of a batch from being one layer (--merge-across) before the first is made.
/// @param looks_back whether a layer that an earlier run has made may be replaced, or stays as it is
/// @throws Error{Usage, Data, Resource}
void check_merged_layer(const SegmentOptions& options, bool looks_back, const std::vector<SceneFiles>& scenes,
                        OperationContext& context);

/// Makes the layer of the maps that are there. One that fails does not take them with it.
/// @param report of the batch, which gets the layer, or why there is none
/// @return whether it succeeded
/// @throws Error{Cancelled}
bool make_merged_layer(const SegmentOptions& options, bool looks_back, const BatchResult& batch,
                       const Legend& legend, nlohmann::json& report, OperationContext& context);

}  // namespace orthocover::operations
