#include "core/training/pool_validation.h"

#include <algorithm>
#include <cmath>

#include "core/resampling/patch_reader.h"

namespace orthocover {
namespace {

/// Side of the blocks that are judged at once, in pixels of the finest level.
constexpr std::int64_t kBlockPx = 1024;

std::vector<Window> blocks_of(const Window& whole) {
  std::vector<Window> blocks;
  for (std::int64_t row = whole.row; row < whole.bottom(); row += kBlockPx) {
    for (std::int64_t col = whole.col; col < whole.right(); col += kBlockPx)
      blocks.push_back(intersect({col, row, kBlockPx, kBlockPx}, whole));
  }
  return blocks;
}

/// The cells of a coarser grid between whose centres the pixels' centres lie.
/// @param ratio of the pixels' side to the cells'
Window cells_around(const Window& block, double ratio) {
  const auto first = [&](std::int64_t at) {
    return static_cast<std::int64_t>(std::floor((static_cast<double>(at) + 0.5) * ratio - 0.5));
  };
  const auto end = [&](std::int64_t at) {
    return static_cast<std::int64_t>(std::ceil((static_cast<double>(at) - 0.5) * ratio - 0.5)) + 1;
  };
  const std::int64_t col = first(block.col);
  const std::int64_t row = first(block.row);
  return {col, row, end(block.right()) - col, end(block.bottom()) - row};
}

/// Linear between the centres of cells along one dimension.
/// @param first cell
/// @param from first pixel of `count`
torch::Tensor between_cells(const torch::Tensor& scores, int dimension, std::int64_t first, std::int64_t from,
                            std::int64_t count, double ratio) {
  const std::int64_t last = scores.size(dimension) - 1;
  const torch::Tensor at =
      (torch::arange(count, torch::kFloat64) + (static_cast<double>(from) + 0.5)) * ratio -
      (static_cast<double>(first) + 0.5);
  const torch::Tensor cell = at.floor();
  const torch::Tensor share = (at - cell).to(torch::kFloat32).to(scores.device());
  const torch::Tensor before = cell.to(torch::kLong).clamp(0, last);
  const torch::Tensor after = (before + 1).clamp(0, last);
  const torch::Tensor weight = dimension == 1 ? share.view({count, 1}) : share.view({1, count});
  return scores.index_select(dimension, before.to(scores.device())) * (1 - weight) +
         scores.index_select(dimension, after.to(scores.device())) * weight;
}

/// Judges one scene on every level.
class SceneJudge {
 public:
  SceneJudge(nn::SegmentationNetwork& network, torch::Device device, const TrainingScene& scene,
             const ValidationOptions& options, const std::vector<int>& levels)
      : m_network(network), m_device(device), m_scene(scene), m_options(options) {
    for (const int level : levels) m_scales.push_back(patch_scale(scene, options.ground_size_m * level));
    m_finest = *std::ranges::min_element(m_scales, {}, &PixelScale::x);
  }

  /// Adds a region's pixels to the matrix of each pool.
  void judge(const Window& region, const std::vector<LevelFactors>& pools,
             const std::vector<ConfusionMatrix*>& matrices, RunContext& context) const {
    for (const Window& block : blocks_of(on_grid(region, m_finest))) {
      PixelBlock pixels;
      std::vector<std::uint8_t> labels;
      if (!read_labelled(m_scene, m_finest, {block, block}, m_options.classes, pixels, labels)) continue;
      std::vector<torch::Tensor> scores;
      for (const PixelScale& scale : m_scales) scores.push_back(scores_of(block, scale, context));
      for (std::size_t pool = 0; pool < pools.size(); ++pool) {
        torch::Tensor sum = scores[0] * pools[pool][0];
        for (std::size_t l = 1; l < scores.size(); ++l) sum += scores[l] * pools[pool][l];
        const torch::Tensor best = sum.argmax(0).to(torch::kUInt8).cpu().contiguous();
        matrices[pool]->add(labels, {best.data_ptr<std::uint8_t>(), labels.size()});
      }
    }
  }

 private:
  /// One level's scores at the block's pixels.
  /// @return @shape [classes, rows, cols]
  torch::Tensor scores_of(const Window& block, const PixelScale& scale, RunContext& context) const {
    const double ratio = m_finest.x / scale.x;
    const Window cells = cells_around(block, ratio);
    torch::Tensor scores = torch::zeros({m_options.classes, cells.rows, cells.cols}, m_device);
    for (const auto& [tile, patch] : grid_tiles(cells, m_options.patch_px)) {
      context.check_cancelled();
      PixelBlock pixels;
      if (!read_patch(*m_scene.source, scale, patch, pixels)) continue;
      const torch::Tensor seen =
          m_network.forward(network_input(pixels, m_options).to(m_device)).to(torch::kFloat32)[0];
      scores.narrow(1, tile.row - cells.row, tile.rows)
          .narrow(2, tile.col - cells.col, tile.cols)
          .copy_(seen.narrow(1, tile.row - patch.row, tile.rows).narrow(2, tile.col - patch.col, tile.cols));
    }
    if (ratio == 1) return scores;
    scores = between_cells(scores, 1, cells.row, block.row, block.rows, ratio);
    return between_cells(scores, 2, cells.col, block.col, block.cols, ratio);
  }

  nn::SegmentationNetwork& m_network;
  torch::Device m_device;
  const TrainingScene& m_scene;
  const ValidationOptions& m_options;
  std::vector<PixelScale> m_scales;  ///< by level, scene pixels per patch pixel
  PixelScale m_finest;
};

}  // namespace

std::vector<std::vector<ConfusionMatrix>> validate_pools(
    nn::SegmentationNetwork& network, torch::Device device, const std::vector<TrainingScene>& scenes,
    const ValidationOptions& options, const std::vector<int>& levels, const std::vector<LevelFactors>& pools,
    RunContext& context) {
  const nn::InferenceScope scope;
  const bool was_training = network.is_training();
  network.eval();
  std::vector<std::vector<ConfusionMatrix>> scores(pools.size());
  for (const TrainingScene& scene : scenes) {
    const SceneJudge judge(network, device, scene, options, levels);
    for (const LabelledRegion& region : scene.held_out) {
      std::vector<ConfusionMatrix*> matrices;
      for (auto& of_pool : scores) matrices.push_back(&of_pool.emplace_back(options.classes));
      judge.judge(region.window, pools, matrices, context);
    }
  }
  network.train(was_training);
  return scores;
}

}  // namespace orthocover
