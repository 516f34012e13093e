#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>
#include <vector>

#include "core/base/items_by_owner.h"
#include "core/base/run_context.h"
#include "core/ports/raster_source.h"
#include "core/resampling/pixel_tile.h"

namespace orthocover {

/// Which tiles are wanted by which reads of a known sequence; four bytes for each.
class TileUses {
 public:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

  /// No tile is wanted.
  TileUses() = default;
  /// @param tiles that there are
  /// @param reads in their order
  /// @param tiles_of the tiles that a read wants, below `tiles`; asked twice for each read
  TileUses(std::size_t tiles, std::size_t reads,
           const std::function<std::vector<std::size_t>(std::size_t)>& tiles_of);

  bool are_known() const { return m_are_known; }
  /// The first read from `now` on that wants the tile.
  std::uint32_t next(std::size_t tile, std::uint32_t now) const;

 private:
  bool m_are_known = false;
  ItemsByOwner m_reads;  ///< by tile
};

/// A scene whose decoded pixels are kept for a while, for all threads that read it: what several levels and
/// overlapping patches want is decoded once, and threads that want the same window decode its tiles beside
/// each other. Pixels are those of the source. The tiles longest unused go first, or, where it is known what
/// will be read, those that are wanted again last, or not at all.
class TileCache final : public RasterSource {
 public:
  /// @param source must outlive the object
  /// @param budget_bytes of tiles that nobody reads at the moment
  /// @param run once it is cancelled, reading throws Error{Cancelled}; may be null
  TileCache(const RasterSource& source, std::uint64_t budget_bytes, const RunContext* run = nullptr);

  /// Bytes of a tile, which has whole blocks of the file.
  static std::uint64_t tile_bytes(const RasterInfo& info);

  /// That of the source, but for the blocks: rows of pixels cost the same however they are read.
  const RasterInfo& info() const override { return m_info; }
  std::vector<std::string> files() const override { return m_source.files(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    read_as(window, overview, out);
  }
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override {
    read_as(window, overview, out);
  }
  /// What is known of it from tiles; that of the source where nothing is.
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override;

  /// A tile or a window, in pixels of the copy of the scene that it belongs to.
  struct Place {
    int overview = -1;
    Window window;
  };
  /// Tells what will be read: `reads` times the windows that `windows_of` gives for a number. Before others
  /// read.
  void expect(std::size_t reads, const std::function<std::vector<Place>(std::size_t)>& windows_of);
  /// Those before `read` are over.
  void proceed(std::size_t read);
  /// The tiles that a read of the window wants. None where they take more than 3/4 of the budget:
  /// what was made first would be gone before it is read.
  std::vector<Place> tiles_for(const Window& window, int overview) const;
  /// Makes a tile that is not there yet; does not wait for one that another thread is making. What can't be
  /// read shows when it is wanted.
  void make_ahead(const Place& tile) const;

 private:
  using TilePtr = std::shared_ptr<const PixelTile>;
  using Key = std::tuple<int, std::int64_t, std::int64_t>;  ///< overview, column and row of the tile
  /// How soon a tile is wanted: the next read that does, then how many uses were before its last, negative.
  using Rank = std::tuple<std::uint32_t, std::int64_t, Key>;
  /// A tile that is there, or is being made (null).
  struct Slot {
    TilePtr tile;
    Rank rank;  ///< in m_ranks, once it is there
  };

  template <class Visit>
  void for_each_tile(const Window& window, int overview, Visit visit) const;
  template <class Value>
  void read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const;
  TilePtr find_or_claim(const Key& key, bool& claimed) const;
  bool find_validity(std::int64_t col, std::int64_t row, std::vector<TilePtr>& tiles) const;
  TilePtr wait_for(const Key& key) const;
  template <class Value>
  void make_into(const Key& key, const Window& window, PixelBlockOf<Value>& out) const;
  TilePtr make(const Key& key) const;
  void keep(const Key& key, const TilePtr& tile) const;
  void rank(const Key& key, Slot& slot, std::int64_t use) const;
  std::int64_t tile_cols_of(int overview) const;
  std::size_t number_of(const Key& key) const;
  Window place_of(const Key& key) const;

  const RasterSource& m_source;
  RasterInfo m_info;
  const std::uint64_t m_budget;
  const RunContext* m_run;
  const PixelDepth m_depth;
  const bool m_is_sequential;  ///< the file is decoded from its beginning on
  std::int64_t m_tile_cols;
  std::int64_t m_tile_rows;
  mutable std::mutex m_mutex;
  mutable std::mutex m_decoding;  ///< held by who decodes a sequential file
  mutable std::condition_variable m_changed;
  mutable std::map<Key, Slot> m_slots;
  mutable std::set<Rank> m_ranks;  ///< the last one goes first
  mutable std::int64_t m_used = 0;
  std::vector<std::size_t> m_first_tiles;  ///< of each copy, in the numbers of m_uses, and the end
  TileUses m_uses;
  std::uint32_t m_now = 0;  ///< the first read that isn't over
  mutable std::uint64_t m_held = 0;
  mutable std::vector<bool> m_is_valid_throughout;  ///< full resolution; for tiles that are gone, too
};

}  // namespace orthocover
