#include "core/resampling/tile_cache.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "core/ports/unreadable_pixels.h"

namespace orthocover {
namespace {

/// Tiles have whole blocks, and at least so many columns and pixels.
constexpr std::int64_t kLeastCols = 256;
constexpr std::int64_t kLeastPixels = 1 << 16;
/// Told to readers as the height of a block.
constexpr std::int64_t kStripRows = 8;

std::int64_t rounded_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

/// Columns and rows of a tile.
std::pair<std::int64_t, std::int64_t> tile_size(const RasterInfo& info) {
  const std::int64_t cols = rounded_up(kLeastCols, std::max<std::int64_t>(1, info.block_cols));
  const std::int64_t rows = std::max<std::int64_t>(1, kLeastPixels / cols);
  return {cols, rounded_up(rows, std::max<std::int64_t>(1, info.block_rows))};
}

/// Whether a pixel can be had only after all before it: rows of a picture that isn't a TIFF.
bool is_sequential(const RasterInfo& info) {
  return info.block_rows == 1 && info.block_cols == info.cols && info.driver != "GTiff";
}

}  // namespace

TileUses::TileUses(std::size_t tiles, std::size_t reads,
                   const std::function<std::vector<std::size_t>(std::size_t)>& tiles_of)
    : m_are_known(true), m_reads(tiles) {
  for (std::size_t read = 0; read < reads; ++read)
    for (const std::size_t tile : tiles_of(read)) m_reads.count(tile);
  m_reads.end_of_counting();
  for (std::size_t read = 0; read < reads; ++read)
    for (const std::size_t tile : tiles_of(read)) m_reads.put(tile, static_cast<std::uint32_t>(read));
}

std::uint32_t TileUses::next(std::size_t tile, std::uint32_t now) const {
  if (!m_are_known) return kNever;
  const auto reads = m_reads.of(tile);
  const auto found = std::ranges::lower_bound(reads, now);
  return found == reads.end() ? kNever : *found;
}

TileCache::TileCache(const RasterSource& source, std::uint64_t budget_bytes, const RunContext* run)
    : m_source(source),
      m_info(source.info()),
      m_budget(budget_bytes),
      m_run(run),
      m_depth(depth_of(source.info())),
      m_is_sequential(is_sequential(source.info())) {
  std::tie(m_tile_cols, m_tile_rows) = tile_size(source.info());
  m_info.block_rows = kStripRows;
  m_first_tiles.push_back(0);
  for (int copy = -1; copy < static_cast<int>(m_info.overviews.size()); ++copy) {
    const std::int64_t rows = rounded_up(m_info.window_of_copy(copy).rows, m_tile_rows) / m_tile_rows;
    m_first_tiles.push_back(m_first_tiles.back() + static_cast<std::size_t>(tile_cols_of(copy) * rows));
  }
  m_is_valid_throughout.resize(m_first_tiles[1]);
}

/// Columns of tiles.
std::int64_t TileCache::tile_cols_of(int overview) const {
  return rounded_up(m_info.window_of_copy(overview).cols, m_tile_cols) / m_tile_cols;
}

std::uint64_t TileCache::tile_bytes(const RasterInfo& info) {
  const auto [cols, rows] = tile_size(info);
  return static_cast<std::uint64_t>(std::min(cols, info.cols) * std::min(rows, info.rows)) *
         (info.bands.size() * bytes_of(depth_of(info)) + 1);
}

Window TileCache::place_of(const Key& key) const {
  const auto& [overview, col, row] = key;
  return intersect({col * m_tile_cols, row * m_tile_rows, m_tile_cols, m_tile_rows},
                   m_info.window_of_copy(overview));
}

template <class Visit>
void TileCache::for_each_tile(const Window& window, int overview, Visit visit) const {
  if (window.empty()) return;
  for (std::int64_t row = window.row / m_tile_rows; row * m_tile_rows < window.bottom(); ++row)
    for (std::int64_t col = window.col / m_tile_cols; col * m_tile_cols < window.right(); ++col)
      visit(Key{overview, col, row});
}

/// The tile among those of all copies.
std::size_t TileCache::number_of(const Key& key) const {
  const auto& [overview, col, row] = key;
  return m_first_tiles[static_cast<std::size_t>(overview + 1)] +
         static_cast<std::size_t>(row * tile_cols_of(overview) + col);
}

void TileCache::expect(std::size_t reads, const std::function<std::vector<Place>(std::size_t)>& windows_of) {
  m_uses = TileUses(m_first_tiles.back(), reads, [&](std::size_t read) {
    std::vector<std::size_t> tiles;
    for (const auto& [overview, window] : windows_of(read))
      for_each_tile(window, overview, [&](const Key& key) { tiles.push_back(number_of(key)); });
    std::ranges::sort(tiles);
    tiles.erase(std::ranges::unique(tiles).begin(), tiles.end());
    return tiles;
  });
}

void TileCache::proceed(std::size_t read) {
  const std::scoped_lock lock(m_mutex);
  m_now = static_cast<std::uint32_t>(read);
  while (!m_ranks.empty() && std::get<0>(*m_ranks.begin()) < m_now) {
    const auto [next, use, key] = *m_ranks.begin();
    rank(key, m_slots[key], use);
  }
}

/// Gives a tile its place among those that are there. Of one that no patch wants any more a mask may still
/// want the validity, unless all is valid.
void TileCache::rank(const Key& key, Slot& slot, std::int64_t use) const {
  m_ranks.erase(slot.rank);
  std::uint32_t next = m_uses.next(number_of(key), m_now);
  if (m_uses.are_known() && next == TileUses::kNever && !slot.tile->valid.empty()) --next;
  slot.rank = {next, use, key};
  m_ranks.insert(slot.rank);
}

template <class Value>
void TileCache::read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const {
  out.resize(static_cast<int>(info().bands.size()), window.cols, window.rows);
  std::vector<Key> others;  // made by other threads at the moment
  for_each_tile(window, overview, [&](const Key& key) {
    if (m_run != nullptr) m_run->check_cancelled();
    bool claimed = false;
    if (const TilePtr tile = find_or_claim(key, claimed))
      tile->unpack(window, out);
    else if (claimed)
      make_into(key, window, out);
    else
      others.push_back(key);
  });
  for (const Key& key : others) {
    if (const TilePtr tile = wait_for(key))
      tile->unpack(window, out);
    else
      make_into(key, window, out);
  }
}

std::vector<TileCache::Place> TileCache::tiles_for(const Window& window, int overview) const {
  const auto bytes =
      static_cast<std::uint64_t>(window.pixels()) * (m_info.bands.size() * bytes_of(m_depth) + 1);
  std::vector<Place> tiles;
  if (bytes > m_budget / 4 * 3) return tiles;
  for_each_tile(window, overview, [&](const Key& key) { tiles.push_back({overview, place_of(key)}); });
  return tiles;
}

void TileCache::make_ahead(const Place& tile) const {
  if (m_run != nullptr) m_run->check_cancelled();
  const Key key{tile.overview, tile.window.col / m_tile_cols, tile.window.row / m_tile_rows};
  bool claimed = false;
  find_or_claim(key, claimed);
  if (!claimed) return;
  try {
    make(key);
  } catch (const UnreadablePixels&) {  // who reads the tile may not want the block that is lost
  }
}

/// The tile if it is there; else it is the caller's to make, or another thread is making it.
TileCache::TilePtr TileCache::find_or_claim(const Key& key, bool& claimed) const {
  const std::scoped_lock lock(m_mutex);
  const auto [found, is_new] = m_slots.try_emplace(key);
  claimed = is_new;
  if (found->second.tile) rank(key, found->second, --m_used);
  return found->second.tile;
}

void TileCache::read_validity(const Window& window, std::vector<std::uint8_t>& valid) const {
  std::vector<TilePtr> tiles;
  for (std::int64_t row = window.row / m_tile_rows; row * m_tile_rows < window.bottom(); ++row) {
    for (std::int64_t col = window.col / m_tile_cols; col * m_tile_cols < window.right(); ++col)
      if (!find_validity(col, row, tiles)) return m_source.read_validity(window, valid);
  }
  valid.assign(static_cast<std::size_t>(window.pixels()), 1);
  for (const TilePtr& tile : tiles) tile->unpack_validity(window, valid);
}

/// Whether the validity of a tile is known; if not all of its pixels are valid, the tile tells which.
bool TileCache::find_validity(std::int64_t col, std::int64_t row, std::vector<TilePtr>& tiles) const {
  const std::scoped_lock lock(m_mutex);
  if (m_is_valid_throughout[number_of({-1, col, row})]) return true;
  const auto found = m_slots.find({-1, col, row});
  if (found == m_slots.end() || !found->second.tile) return false;
  tiles.push_back(found->second.tile);
  return true;
}

/// The tile that another thread is making; where that failed, or it is gone already, it is the caller's to
/// make.
TileCache::TilePtr TileCache::wait_for(const Key& key) const {
  std::unique_lock lock(m_mutex);
  while (true) {
    const auto [found, is_new] = m_slots.try_emplace(key);
    if (is_new || found->second.tile) return found->second.tile;
    m_changed.wait(lock);
  }
}

/// Makes a tile that the caller has claimed, and copies what it has of the window.
template <class Value>
void TileCache::make_into(const Key& key, const Window& window, PixelBlockOf<Value>& out) const {
  try {
    make(key)->unpack(window, out);
  } catch (const UnreadablePixels&) {
    // Of a tile of several blocks, the one that is lost may not be wanted.
    const Window place = place_of(key);
    const Window part = intersect(place, window);
    if (part == place) throw;
    PixelTile::read(m_source, part, std::get<0>(key), m_depth).unpack(window, out);
  }
}

/// Makes a tile that the caller has claimed.
TileCache::TilePtr TileCache::make(const Key& key) const {
  try {
    std::unique_lock turn(m_decoding, std::defer_lock);
    if (m_is_sequential) turn.lock();
    const Window place = place_of(key);
    const auto tile =
        std::make_shared<const PixelTile>(PixelTile::read(m_source, place, std::get<0>(key), m_depth));
    keep(key, tile);
    return tile;
  } catch (...) {
    const std::scoped_lock lock(m_mutex);
    m_slots.erase(key);
    m_changed.notify_all();
    throw;
  }
}

void TileCache::keep(const Key& key, const TilePtr& tile) const {
  const std::scoped_lock lock(m_mutex);
  Slot& slot = m_slots[key];
  slot.tile = tile;
  rank(key, slot, --m_used);
  if (std::get<0>(key) < 0 && tile->valid.empty()) m_is_valid_throughout[number_of(key)] = true;
  m_held += tile->bytes();
  while (m_held > m_budget && m_ranks.size() > 1) {
    const auto last = std::prev(m_ranks.end());
    const auto slot_of_last = m_slots.find(std::get<Key>(*last));
    m_held -= slot_of_last->second.tile->bytes();
    m_slots.erase(slot_of_last);
    m_ranks.erase(last);
  }
  m_changed.notify_all();
}

template void TileCache::read_as(const Window& window, int overview, PixelBlock& out) const;
template void TileCache::read_as(const Window& window, int overview, ByteBlock& out) const;

}  // namespace orthocover
