#include "core/training/data/held_labels.h"

#include <algorithm>

#include "core/legend/legend.h"

namespace orthocover {
namespace {

constexpr std::int64_t kTileSide = 256;

std::int64_t tiles_across(std::int64_t size) {
  return (size + kTileSide - 1) / kTileSide;
}

/// Where the samples of one axis lie, and which of them fall into one tile.
struct SampledAxis {
  std::vector<std::int64_t> places;

  /// @param first, size of the window in scene pixels
  SampledAxis(std::int64_t first, std::int64_t size, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) places.push_back(first + (2 * i + 1) * size / (2 * count));
  }
  /// The first sample from `at` on.
  std::size_t from(std::int64_t at) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(places, at) - places.begin());
  }
};

}  // namespace

HeldLabels::HeldLabels(std::unique_ptr<LabelSource> source, const Window& extent,
                       std::shared_ptr<ByteBudget> budget)
    : m_source(std::move(source)),
      m_extent(extent),
      m_tile_cols(tiles_across(extent.cols)),
      m_tiles(static_cast<std::size_t>(m_tile_cols * tiles_across(extent.rows)), std::move(budget)) {}

HeldLabels::Tile HeldLabels::make(std::int64_t col, std::int64_t row) const {
  const Window window = intersect({col * kTileSide, row * kTileSide, kTileSide, kTileSide}, m_extent);
  Tile tile{window.cols, {}};
  m_source->read(window, window.cols, window.rows, tile.labels);
  if (std::ranges::count(tile.labels, tile.labels.front()) == window.pixels())
    tile.labels = std::vector<std::uint8_t>(1, tile.labels.front());
  return tile;
}

void HeldLabels::read(const Window& window, std::int64_t cols, std::int64_t rows,
                      std::vector<std::uint8_t>& labels) const {
  labels.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
  const Window inside = intersect(window, m_extent);
  if (inside.empty()) return;
  const SampledAxis across(window.col, window.cols, cols);
  const SampledAxis down(window.row, window.rows, rows);
  for (std::int64_t row = inside.row / kTileSide; row * kTileSide < inside.bottom(); ++row) {
    const std::size_t bottom = down.from(std::min((row + 1) * kTileSide, m_extent.bottom()));
    for (std::int64_t col = inside.col / kTileSide; col * kTileSide < inside.right(); ++col) {
      std::optional<Tile> scratch;
      const Tile& tile = m_tiles.get(static_cast<std::size_t>(row * m_tile_cols + col), scratch,
                                     [&] { return make(col, row); });
      const std::size_t right = across.from(std::min((col + 1) * kTileSide, m_extent.right()));
      const std::size_t left = across.from(col * kTileSide);
      for (std::size_t y = down.from(row * kTileSide); y < bottom; ++y) {
        std::uint8_t* const to = labels.data() + y * static_cast<std::size_t>(cols);
        if (tile.is_uniform()) {
          std::fill(to + left, to + right, tile.labels.front());
          continue;
        }
        const std::uint8_t* from = tile.labels.data() + (down.places[y] - row * kTileSide) * tile.cols;
        for (std::size_t x = left; x < right; ++x) to[x] = from[across.places[x] - col * kTileSide];
      }
    }
  }
}

}  // namespace orthocover
