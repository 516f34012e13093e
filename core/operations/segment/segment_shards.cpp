#include "core/operations/segment/segment_shards.h"

#include <algorithm>

#include "core/base/error.h"
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

Window window_around(const std::vector<Window>& blocks, const Window& region) {
  Window around;
  for (const Window& block : blocks) around = unite(around, block);
  return in_scene(region, around);
}

std::vector<std::vector<SceneFiles>> deal_out_scenes(const std::vector<SceneFiles>& scenes, int shards,
                                                     OperationContext& context) {
  std::vector<double> sizes;
  for (const SceneFiles& scene : scenes) {
    context.run.check_cancelled();
    try {
      sizes.push_back(
          static_cast<double>(context.geo.open_raster(scene.input, {})->info().window().pixels()));
    } catch (const Error& error) {
      sizes.push_back(0);
      context.run.log(LogLevel::Warning, fmt::format("{}; it counts as empty: shards that can open it share "
                                                     "the scenes out otherwise, so that some come twice "
                                                     "or never",
                                                     error.what()));
    }
  }
  const std::vector<int> shard_of = deal_out(sizes, shards);
  std::vector<std::vector<SceneFiles>> dealt(static_cast<std::size_t>(shards));
  for (std::size_t i = 0; i < scenes.size(); ++i)
    dealt[static_cast<std::size_t>(shard_of[i])].push_back(scenes[i]);
  return dealt;
}

}  // namespace orthocover::operations
