#include "core/inference/scores/score_store.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/inference/onednn/parallel.h"

namespace orthocover {
namespace {

constexpr std::int64_t kTile = ScoreStore::kTileCells;
constexpr std::int64_t kTileArea = kTile * kTile;

std::uint64_t tile_key(int level, std::int64_t tile_col, std::int64_t tile_row) {
  return (static_cast<std::uint64_t>(level) << 56) | (static_cast<std::uint64_t>(tile_row) << 28) |
         static_cast<std::uint64_t>(tile_col);
}

std::size_t most_tiles_under_a_patch(const std::vector<LevelPlan>& levels, int score_stride) {
  std::size_t most = 1;
  for (const LevelPlan& level : levels) {
    const auto along = [&](std::int64_t patch) {
      return static_cast<std::size_t>(patch / score_stride / kTile + 2);
    };
    most = std::max(most, along(level.x.patch) * along(level.y.patch));
  }
  return most;
}

}  // namespace

std::uint64_t ScoreStore::tile_bytes(int classes) {
  return static_cast<std::uint64_t>(classes + 1) * kTileArea * sizeof(float);
}

std::uint64_t ScoreStore::least_bytes(const std::vector<LevelPlan>& levels, int score_stride, int classes) {
  return most_tiles_under_a_patch(levels, score_stride) * tile_bytes(classes);
}

ScoreStore::ScoreStore(const std::vector<LevelPlan>& levels, int score_stride, int classes,
                       std::uint64_t resident_bytes, const std::filesystem::path& scratch_folder)
    : m_classes(classes),
      m_most_resident(std::max<std::size_t>(resident_bytes / tile_bytes(classes),
                                            most_tiles_under_a_patch(levels, score_stride))),
      m_scratch(scratch_folder) {}

template <class Visit>
void ScoreStore::for_each_piece(int level, const ScoreCells& cells, Visit visit) const {
  for (std::int64_t tile_row = cells.row / kTile; tile_row * kTile < cells.row + cells.rows; ++tile_row) {
    const std::int64_t top = std::max(cells.row, tile_row * kTile);
    const std::int64_t bottom = std::min(cells.row + cells.rows, (tile_row + 1) * kTile);
    for (std::int64_t tile_col = cells.col / kTile; tile_col * kTile < cells.col + cells.cols; ++tile_col) {
      const std::int64_t left = std::max(cells.col, tile_col * kTile);
      const std::int64_t right = std::min(cells.col + cells.cols, (tile_col + 1) * kTile);
      visit(Piece{tile_key(level, tile_col, tile_row), left - tile_col * kTile, top - tile_row * kTile,
                  left - cells.col, top - cells.row, right - left, bottom - top});
    }
  }
}

void ScoreStore::add(int level, const ScoreCells& cells, const float* scores,
                     std::span<const float> col_weights, std::span<const float> row_weights) {
  const auto add_rows = [&](const Piece& piece, Tile& tile, std::int64_t plane) {
    float* const values = tile.data.data() + plane * kTileArea;
    // Only now: the zeros are in the cache still when something is added to them.
    if (tile.is_blank) std::fill_n(values, kTileArea, 0.0F);
    const float* weights = col_weights.data() + piece.col_in_cells;
    for (std::int64_t row = 0; row < piece.rows; ++row) {
      const std::int64_t cell_row = piece.row_in_cells + row;
      const float weight = row_weights[static_cast<std::size_t>(cell_row)];
      float* to = values + (piece.row_in_tile + row) * kTile + piece.col_in_tile;
      if (plane == m_classes)
        rows::add(weights, weight, piece.cols, to);
      else
        rows::add_product(scores + (plane * cells.rows + cell_row) * cells.cols + piece.col_in_cells, weights,
                          weight, piece.cols, to);
    }
  };
  // No read is waiting for the tiles that aren't there.
  for_each_plane(level, cells, m_classes + 1, add_rows, [](Tile& tile) { tile.is_blank = false; });
}

void ScoreStore::read(int level, const ScoreCells& cells, Buffer<float>& out) {
  out.resize(static_cast<std::size_t>(m_classes * cells.rows * cells.cols));
  const auto read_rows = [&](const Piece& piece, const Tile& tile, std::int64_t plane) {
    for (std::int64_t row = 0; row < piece.rows; ++row) {
      const std::int64_t in_tile = (piece.row_in_tile + row) * kTile + piece.col_in_tile;
      float* to =
          out.data() + (plane * cells.rows + piece.row_in_cells + row) * cells.cols + piece.col_in_cells;
      if (tile.is_blank)
        std::fill_n(to, piece.cols, 0.0F);
      else
        rows::divide(tile.data.data() + plane * kTileArea + in_tile,
                     tile.data.data() + m_classes * kTileArea + in_tile, piece.cols, to);
    }
  };
  for_each_plane(level, cells, m_classes, read_rows, [](Tile&) {});
}

/// Visits planes of the tiles that are there, in several threads; as many tiles at once as have room.
/// @param finish is called for each tile after all of its planes, by the calling thread
template <class Visit, class Finish>
void ScoreStore::for_each_plane(int level, const ScoreCells& cells, std::int64_t planes, Visit visit,
                                Finish finish) {
  std::vector<std::pair<Piece, Tile*>> pieces;
  const auto visit_pieces = [&] {
    parallel_for(planes * static_cast<std::int64_t>(pieces.size()), planes,
                 [&](std::int64_t first, std::int64_t last) {
                   for (std::int64_t i = first; i < last; ++i) {
                     const auto& [piece, tile] = pieces[static_cast<std::size_t>(i / planes)];
                     visit(piece, *tile, i % planes);
                   }
                 });
    for (const auto& [piece, tile] : pieces) finish(*tile);
    pieces.clear();
  };
  for_each_piece(level, cells, [&](const Piece& piece) {
    if (!m_tiles.contains(piece.key)) return;
    if (pieces.size() == m_most_resident) visit_pieces();
    pieces.emplace_back(piece, &resident(piece.key));
  });
  visit_pieces();
}

void ScoreStore::expect_read(int level, const ScoreCells& cells) {
  for_each_piece(level, cells, [&](const Piece& piece) { ++m_tiles[piece.key].expected_reads; });
}

void ScoreStore::release(int level, const ScoreCells& cells) {
  for_each_piece(level, cells, [&](const Piece& piece) {
    if (--m_tiles[piece.key].expected_reads == 0) drop(piece.key);
  });
}

ScoreStore::Tile& ScoreStore::resident(std::uint64_t key) {
  Tile& tile = m_tiles[key];
  if (!tile.data.empty()) {
    m_recent.splice(m_recent.begin(), m_recent, tile.recent);
    return tile;
  }
  if (m_resident >= m_most_resident) evict_oldest();
  if (!m_spare.empty()) {
    tile.data = std::move(m_spare.back());
    m_spare.pop_back();
  }
  tile.data.resize(static_cast<std::size_t>((m_classes + 1) * kTileArea));
  tile.is_blank = tile.slot < 0;
  if (!tile.is_blank) {
    m_scratch.read(static_cast<std::uint64_t>(tile.slot) * tile_bytes(m_classes),
                   std::as_writable_bytes(std::span(tile.data)));
  }
  m_recent.push_front(key);
  tile.recent = m_recent.begin();
  ++m_resident;
  return tile;
}

void ScoreStore::spill(Tile& tile) {
  if (tile.slot < 0) {
    tile.slot = m_free_slots.empty() ? m_next_slot++ : m_free_slots.back();
    if (!m_free_slots.empty()) m_free_slots.pop_back();
  }
  m_scratch.write(static_cast<std::uint64_t>(tile.slot) * tile_bytes(m_classes),
                  std::as_bytes(std::span(tile.data)));
  m_spilled_bytes += tile_bytes(m_classes);
}

void ScoreStore::evict_oldest() {
  Tile& tile = m_tiles.at(m_recent.back());
  if (!tile.is_blank) spill(tile);
  m_spare.push_back(std::move(tile.data));
  tile.data = {};
  m_recent.pop_back();
  --m_resident;
}

void ScoreStore::drop(std::uint64_t key) {
  const auto found = m_tiles.find(key);
  if (!found->second.data.empty()) {
    m_recent.erase(found->second.recent);
    m_spare.push_back(std::move(found->second.data));
    --m_resident;
  }
  if (found->second.slot >= 0) m_free_slots.push_back(found->second.slot);
  m_tiles.erase(found);
}

}  // namespace orthocover
