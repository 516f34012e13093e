#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/inference/segment_plan.h"
#include "core/operation/operation.h"
#include "core/operations/batch/scene_files.h"
#include "core/parts/part_format.h"
#include "core/ports/area_mask.h"

namespace orthocover::operations {

/// Where the blocks of maps come from.
struct SegmentSource {
  ShardNumber shard;               ///< only this part of the work is done
  bool many = false;               ///< several inputs: a shard is some of the scenes, not some of the blocks
  bool merge = false;              ///< blocks come from finished shards, not from the network
  std::vector<std::string> parts;  ///< those shards, where they do not lie beside the map
  bool remove_parts = false;       ///< once the map is there

  /// Whether a part file is made instead of maps.
  bool is_block_shard() const { return !shard.is_whole() && !many; }
};

/// Blocks of the map (pixels of the map) for each of some shards, of about the same number of pixels to map.
/// @param area may be null
std::vector<std::vector<Window>> shards_of(const SegmentPlan& plan, const AreaMask* area, int count);

/// Whether a block is one of these.
std::function<bool(const Window&)> one_of(std::vector<Window> blocks);

/// Those of one shard.
std::vector<Window> blocks_of_shard(const SegmentPlan& plan, const AreaMask* area, const ShardNumber& shard);

/// Scene pixels around blocks of a map of `region`.
Window window_around(const std::vector<Window>& blocks, const Window& region);

/// The scenes of each shard of a batch: about the same number of pixels for all.
/// @throws Error{Cancelled}
std::vector<std::vector<SceneFiles>> deal_out_scenes(const std::vector<SceneFiles>& scenes, int shards,
                                                     OperationContext& context);

}  // namespace orthocover::operations
