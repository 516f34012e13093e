#include "core/geometry/shard_plan.h"

#include <algorithm>
#include <numeric>

namespace orthocover {
namespace {

/// Row by row in a high map, column by column in a wide one.
std::vector<Window> blocks_in_bands(const Window& region, std::int64_t block_px) {
  std::vector<Window> blocks;
  const auto add = [&](std::int64_t col, std::int64_t row) {
    blocks.push_back(
        {col, row, std::min(block_px, region.cols - col), std::min(block_px, region.rows - row)});
  };
  if (region.rows >= region.cols) {
    for (std::int64_t row = 0; row < region.rows; row += block_px)
      for (std::int64_t col = 0; col < region.cols; col += block_px) add(col, row);
  } else {
    for (std::int64_t col = 0; col < region.cols; col += block_px)
      for (std::int64_t row = 0; row < region.rows; row += block_px) add(col, row);
  }
  return blocks;
}

}  // namespace

std::vector<std::vector<Window>> plan_shards(const Window& region, std::int64_t block_px, int shards,
                                             const std::function<double(const Window& block)>& work) {
  const std::vector<Window> blocks = blocks_in_bands(region, block_px);
  std::vector<double> works;
  for (const Window& block : blocks) works.push_back(work(block));
  double total = std::accumulate(works.begin(), works.end(), 0.0);
  if (total <= 0) {
    works.assign(blocks.size(), 1.0);
    total = static_cast<double>(blocks.size());
  }
  std::vector<std::vector<Window>> dealt(static_cast<std::size_t>(shards));
  double before = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    // A block belongs where its middle lies.
    const double share = (before + works[i] / 2) / total * shards;
    dealt[static_cast<std::size_t>(std::clamp(static_cast<int>(share), 0, shards - 1))].push_back(blocks[i]);
    before += works[i];
  }
  return dealt;
}

std::vector<int> deal_out(const std::vector<double>& sizes, int shards) {
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  std::vector<double> load(static_cast<std::size_t>(shards));
  std::vector<int> shard_of(sizes.size());
  for (const std::size_t thing : order) {
    const auto least = std::ranges::min_element(load);
    shard_of[thing] = static_cast<int>(least - load.begin());
    *least += sizes[thing];
  }
  return shard_of;
}

}  // namespace orthocover
