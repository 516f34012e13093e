#include "core/training/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/base/error.h"
#include "core/geometry/box_index.h"
#include "core/legend/legend.h"
#include "core/training/data/masked_labels.h"

namespace orthocover {
namespace {

/// Samples of a block's labels, a side.
constexpr std::int64_t kSamples = 64;
constexpr std::size_t kMaxBlocks = 1000000;
constexpr std::int64_t kMaxPieces = 2000000;  ///< parts of polygons, about 100 bytes each

/// Blocks of one scene.
class BlockGrid {
 public:
  BlockGrid(const TrainingScene& scene, const SplitOptions& options)
      : m_extent(scene.source->info().window()),
        m_cols(whole(scene.pixels_along(options.block_m).x)),
        m_rows(whole(scene.pixels_along(options.block_m).y)) {}

  Window block(std::int64_t col, std::int64_t row) const {
    return intersect({col * m_cols, row * m_rows, m_cols, m_rows}, m_extent);
  }

  /// Numbers of the blocks that a window meets.
  Window under(const Window& window) const {
    const Window inside = intersect(window, m_extent);
    if (inside.empty()) return {};
    const std::int64_t col = inside.col / m_cols;
    const std::int64_t row = inside.row / m_rows;
    return {col, row, (inside.right() - 1) / m_cols - col + 1, (inside.bottom() - 1) / m_rows - row + 1};
  }

 private:
  static std::int64_t whole(double px) { return std::max<std::int64_t>(1, std::llround(px)); }

  Window m_extent;
  std::int64_t m_cols;
  std::int64_t m_rows;
};

struct Block {
  std::size_t scene;
  std::int64_t col;
  std::int64_t row;
  Window window;
};

std::vector<Block> labelled_blocks(const SplitOptions& options, const std::vector<TrainingScene>& scenes) {
  std::vector<Block> blocks;
  std::int64_t parts = 0;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    if (scenes[i].train_only) continue;
    const BlockGrid grid(scenes[i], options);
    std::map<std::pair<std::int64_t, std::int64_t>, Window> found;
    for (const LabelledPiece& piece : scenes[i].labels->pieces()) {
      const Window under = grid.under(piece.bounds);
      if (static_cast<std::size_t>(under.pixels()) + found.size() + blocks.size() > kMaxBlocks)
        throw usage_error("--block-size (block_m): {:g} m makes more than {} blocks; make them larger",
                          options.block_m, kMaxBlocks);
      parts += under.pixels();
      if (parts > kMaxPieces) {
        throw usage_error(
            "--block-size (block_m): {:g} m cuts the labels into more than {} pieces; make it larger",
            options.block_m, kMaxPieces);
      }
      for (std::int64_t row = under.row; row < under.bottom(); ++row) {
        for (std::int64_t col = under.col; col < under.right(); ++col)
          found.try_emplace({row, col}, grid.block(col, row));
      }
    }
    for (const auto& [at, window] : found) blocks.push_back({i, at.second, at.first, window});
  }
  return blocks;
}

ClassAreas areas_of(const Block& block, const TrainingScene& scene) {
  const std::int64_t cols = std::min(kSamples, block.window.cols);
  const std::int64_t rows = std::min(kSamples, block.window.rows);
  std::vector<std::uint8_t> labels;
  scene.labels->read(block.window, cols, rows, labels);
  const double sample_m2 = static_cast<double>(block.window.pixels()) / static_cast<double>(cols * rows) *
                           scene.ground_size_m * scene.ground_size_m;
  ClassAreas areas(256);
  for (const std::uint8_t label : labels) {
    if (label != kIgnoreLabel) areas[label] += sample_m2;
  }
  return areas;
}

/// The rings around held-out blocks, without those blocks.
std::vector<Window> gaps_of(const std::vector<Window>& held, double gap_m, const TrainingScene& scene) {
  std::vector<Window> gaps;
  if (gap_m == 0) return gaps;
  const BoxIndex index(held);
  for (const Window& block : held) {
    const Window wide = intersect(with_gap(scene, block, gap_m), scene.source->info().window());
    for (const Window& part : index.outside(wide)) gaps.push_back(part);
  }
  return gaps;
}

/// Pieces cut at the borders of blocks, without what the gap swallows.
std::vector<LabelledPiece> cut_pieces(const TrainingScene& scene, const BlockGrid& grid,
                                      const std::vector<Window>& gaps) {
  const BoxIndex index(gaps);
  std::vector<LabelledPiece> pieces;
  for (const LabelledPiece& piece : scene.labels->pieces()) {
    const Window under = grid.under(piece.bounds);
    for (std::int64_t row = under.row; row < under.bottom(); ++row) {
      for (std::int64_t col = under.col; col < under.right(); ++col) {
        const Window bounds = intersect(piece.bounds, grid.block(col, row));
        double left = 0;
        for (const Window& part : index.outside(bounds)) left += static_cast<double>(part.pixels());
        if (left == 0) continue;
        const double share = left / static_cast<double>(piece.bounds.pixels());
        pieces.push_back(
            {piece.class_index, bounds, piece.area_px * share, piece.region, piece.share * share});
      }
    }
  }
  return pieces;
}

}  // namespace

void split_into_blocks(const SplitOptions& options, std::vector<TrainingScene>& scenes) {
  const std::vector<Block> blocks = labelled_blocks(options, scenes);
  std::vector<ClassAreas> areas;
  for (const Block& block : blocks) areas.push_back(areas_of(block, scenes[block.scene]));
  std::vector<PartWindow> windows;
  for (const Block& block : blocks) windows.push_back({windows.size(), block.scene, block.window});
  const std::vector<bool> drawn =
      draw_held_out(areas, options.share, options.seed, same_ground_of(scenes, windows, blocks.size()));
  if (std::ranges::find(drawn, true) == drawn.end()) {
    throw data_error(
        "--block-size (block_m): of {} blocks of {:g} m none can be held out without losing a class; make "
        "them smaller",
        blocks.size(), options.block_m);
  }
  std::vector<std::vector<Window>> held(scenes.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!drawn[i]) continue;
    TrainingScene& scene = scenes[blocks[i].scene];
    // With its size, since blocks of another are other ground.
    scene.held_out.push_back(
        {fmt::format("block {},{} of {:g} m", blocks[i].col, blocks[i].row, options.block_m),
         blocks[i].window});
    held[blocks[i].scene].push_back(blocks[i].window);
  }
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    TrainingScene& scene = scenes[i];
    if (scene.train_only) continue;
    std::vector<Window> gaps = gaps_of(held[i], options.gap_m, scene);
    std::vector<LabelledPiece> pieces = cut_pieces(scene, BlockGrid(scene, options), gaps);
    scene.labels =
        std::make_unique<MaskedLabels>(std::move(scene.labels), std::move(gaps), std::move(pieces));
  }
  settle_held_out(scenes, options.gap_m);
}

}  // namespace orthocover
