#pragma once

#include <functional>
#include <vector>

#include "core/inference/scene_segmenter.h"
#include "core/parts/part_format.h"

namespace orthocover::operations {

/// Blocks of the map (pixels of the map) for each of some shards, of about the same number of pixels to map.
/// @param area may be null
std::vector<std::vector<Window>> shards_of(const SegmentPlan& plan, const AreaMask* area, int count);

/// Whether a block is one of these.
std::function<bool(const Window&)> one_of(std::vector<Window> blocks);

/// Those of one shard.
std::vector<Window> blocks_of_shard(const SegmentPlan& plan, const AreaMask* area, const ShardNumber& shard);

}  // namespace orthocover::operations
