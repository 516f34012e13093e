#pragma once

#include <vector>

#include "core/training/validation.h"

namespace orthocover {

/// Factors on the levels' scores whose sum makes a map: weight by temperature in a log-linear pool. A factor
/// on one level only is that level by itself.
using LevelFactors = std::vector<double>;

/// Scores pools of the stitch levels on the held-out regions, all of them on the same pixels, those of the
/// finest level: the scores of coarser levels are brought there bilinearly, as maps are made. Memory does not
/// depend on the regions' size. The network is put into evaluation and back.
/// @param options those of level 1
/// @param levels stitch levels, at least one
/// @param pools factors in the order of the levels
/// @throws Error{Cancelled}
/// @return for each pool a matrix of each held-out region, in the order of the scenes
std::vector<std::vector<ConfusionMatrix>> validate_pools(
    nn::SegmentationNetwork& network, torch::Device device, const std::vector<TrainingScene>& scenes,
    const ValidationOptions& options, const std::vector<int>& levels, const std::vector<LevelFactors>& pools,
    RunContext& context);

}  // namespace orthocover
