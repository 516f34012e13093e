#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/scratch_file.h"
#include "core/geometry/schedule.h"

namespace orthocover {

/// Blended class scores of all levels, in square tiles of cells. A limited number of tiles is in memory, the
/// least recently used go to a scratch file bit for bit; so the memory does not depend on the scene's size.
/// Not thread-safe.
class ScoreStore {
 public:
  static constexpr std::int64_t kTileCells = 128;

  /// @param levels plans of the levels, with the score stride of the network
  /// @param resident_bytes memory for tiles; at least one patch of tiles is always kept
  ScoreStore(const std::vector<LevelPlan>& levels, int score_stride, int classes,
             std::uint64_t resident_bytes, const std::filesystem::path& scratch_folder);

  /// Adds the scores of a patch, weighted by the blend window. What no announced read waits for is left out.
  /// @param cells where the patch lies in the level's grid of cells
  /// @param scores @shape [classes, cells.rows, cells.cols], contiguous
  /// @param col_weights, row_weights one weight per cell along each axis
  void add(int level, const ScoreCells& cells, const float* scores, std::span<const float> col_weights,
           std::span<const float> row_weights);

  /// Weighted mean of the scores added so far; 0 where none were.
  /// @param out resized to [classes, cells.rows, cells.cols]
  void read(int level, const ScoreCells& cells, Buffer<float>& out);

  /// Announces one future read() of these cells.
  void expect_read(int level, const ScoreCells& cells);
  /// Takes one announced read back; tiles that no read waits for are dropped.
  void release(int level, const ScoreCells& cells);

  /// Bytes of one tile.
  static std::uint64_t tile_bytes(int classes);
  /// Bytes of the tiles that are kept whatever the budget.
  static std::uint64_t least_bytes(const std::vector<LevelPlan>& levels, int score_stride, int classes);
  std::uint64_t spilled_bytes() const { return m_spilled_bytes; }
  std::size_t resident_tiles() const { return m_resident; }

 private:
  struct Tile {
    Buffer<float> data;      ///< @shape [classes + 1, kTileCells, kTileCells]; empty when spilled or new
    bool is_blank = false;   ///< `data` has no values yet; they stand for zeros
    std::int64_t slot = -1;  ///< place in the scratch file, -1: never spilled
    int expected_reads = 0;
    std::list<std::uint64_t>::iterator recent;
  };
  /// A part of a tile that meets a range of cells.
  struct Piece {
    std::uint64_t key;
    std::int64_t col_in_tile, row_in_tile, col_in_cells, row_in_cells, cols, rows;
  };

  template <class Visit>
  void for_each_piece(int level, const ScoreCells& cells, Visit visit) const;
  template <class Visit, class Finish>
  void for_each_plane(int level, const ScoreCells& cells, std::int64_t planes, Visit visit, Finish finish);
  Tile& resident(std::uint64_t key);
  void spill(Tile& tile);
  void evict_oldest();
  void drop(std::uint64_t key);

  int m_classes;
  std::size_t m_most_resident;
  std::size_t m_resident = 0;
  std::uint64_t m_spilled_bytes = 0;
  ScratchFile m_scratch;
  std::int64_t m_next_slot = 0;
  std::vector<std::int64_t> m_free_slots;
  std::vector<Buffer<float>> m_spare;  ///< buffers of dropped tiles
  std::unordered_map<std::uint64_t, Tile> m_tiles;
  std::list<std::uint64_t> m_recent;  ///< resident tiles, most recently used first
};

}  // namespace orthocover
