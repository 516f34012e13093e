#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/ports/label_source.h"
#include "core/resampling/tile_store.h"

namespace orthocover {

/// Labels of a scene that stay in memory, one byte a scene pixel, tile by tile from when they are first
/// wanted; tiles of one label alone take next to nothing. What the budget has no room for is read anew each
/// time, with the same result. Patches of other resolutions take the scene pixel at the centre of each of
/// theirs. Beyond the scene nothing is labelled.
class HeldLabels final : public LabelSource {
 public:
  /// @param extent of the scene, in its pixels
  HeldLabels(std::unique_ptr<LabelSource> source, const Window& extent, std::shared_ptr<ByteBudget> budget);

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  const std::vector<LabelledPiece>& pieces() const override { return m_source->pieces(); }
  const std::vector<LabelledRegion>& regions() const override { return m_source->regions(); }

 private:
  struct Tile {
    std::int64_t cols = 0;
    std::vector<std::uint8_t> labels;  ///< @shape [rows, cols]; one where all are the same

    std::uint64_t bytes() const { return sizeof(Tile) + labels.capacity(); }
    bool is_uniform() const { return labels.size() == 1; }
  };
  Tile make(std::int64_t col, std::int64_t row) const;

  std::unique_ptr<LabelSource> m_source;
  Window m_extent;
  std::int64_t m_tile_cols;
  TileStore<Tile> m_tiles;
};

}  // namespace orthocover
