#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// Blocks of a map, dealt out to shards: each gets a run of blocks that lie beside each other in bands across
/// the shorter side of the map, so that few patches are under two shards; all runs are of about the same
/// work.
/// @param region scene pixels of the map
/// @param work of a block (pixels of the map), for example its pixels inside an area; not negative
/// @return for each shard its blocks; all blocks once, none for a shard where there are too few
std::vector<std::vector<Window>> plan_shards(const Window& region, std::int64_t block_px, int shards,
                                             const std::function<double(const Window& block)>& work);

/// Deals out things of different size to shards of about the same work: the largest first, each to the shard
/// that has least. The same for the same sizes, whoever asks.
/// @return for each thing the shard, counted from 0
std::vector<int> deal_out(const std::vector<double>& sizes, int shards);

}  // namespace orthocover
