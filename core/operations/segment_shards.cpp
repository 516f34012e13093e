#include "core/operations/segment_shards.h"

#include <algorithm>

#include "core/geometry/shard_plan.h"

namespace orthocover::operations {

std::vector<std::vector<Window>> shards_of(const SegmentPlan& plan, const AreaMask* area, int count) {
  std::vector<std::uint8_t> inside;
  const auto work = [&](const Window& block) {
    if (area == nullptr) return static_cast<double>(block.pixels());
    area->read(in_scene(plan.region, block), inside);
    return static_cast<double>(std::ranges::count(inside, std::uint8_t{1}));
  };
  return plan_shards(plan.region, RasterSink::kBlockPx, count, work);
}

std::function<bool(const Window&)> one_of(std::vector<Window> blocks) {
  const auto corner = [](const Window& block) { return std::pair(block.row, block.col); };
  std::ranges::sort(blocks, {}, corner);
  return [blocks = std::move(blocks), corner](const Window& block) {
    return std::ranges::binary_search(blocks, corner(block), {}, corner);
  };
}

std::vector<Window> blocks_of_shard(const SegmentPlan& plan, const AreaMask* area, const ShardNumber& shard) {
  return shards_of(plan, area, shard.count)[static_cast<std::size_t>(shard.index - 1)];
}

}  // namespace orthocover::operations
