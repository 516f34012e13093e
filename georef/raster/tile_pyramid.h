#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "core/ports/raster_sink.h"

namespace orthocover {

/// How four pixels become one of an overview; those without data do not count.
enum class OverviewMethod {
  Mode,    ///< the value that most have; of equal ones that which comes twice first, row by row
  Average  ///< rounded to the nearest, halves up
};

/// Sorts windows of a raster into its tiles, and makes the tiles of the overviews, each level of half the
/// size of the one before, as soon as what lies under them is there. So nothing has to be read again at the
/// end. Keeps what is needed of a tile that waits for a neighbour: with windows row by row, half a byte for
/// each pixel of two rows of tiles, and band.
class TilePyramid {
 public:
  static constexpr std::int64_t kTilePx = RasterSink::kBlockPx;

  /// Takes a tile with data. @param level 0 is the raster itself
  /// @param pixels @shape [kTilePx, kTilePx], no data beyond the raster's rim
  using WriteTile = std::function<void(int level, int band, std::int64_t tile_col, std::int64_t tile_row,
                                       std::span<const std::uint8_t> pixels)>;

  /// @param levels of overviews
  TilePyramid(std::int64_t cols, std::int64_t rows, int levels, OverviewMethod method, std::uint8_t nodata,
              WriteTile write);

  /// Pixels of a band, each once. @param pixels @shape [window.rows, window.cols]
  void add(const Window& window, int band, std::span<const std::uint8_t> pixels);
  /// Gives out the tiles of which parts are missing: there is no data in these.
  void finish();

 private:
  static constexpr std::int64_t kHalfPx = kTilePx / 2;
  using Pixels = std::vector<std::uint8_t>;
  /// Level, band, row and column of a tile.
  using Key = std::tuple<int, int, std::int64_t, std::int64_t>;
  struct Partial {
    Pixels pixels;
    std::int64_t missing_px = 0;
  };
  struct Quarters {
    std::array<Pixels, 4> pixels;  ///< @shape [kHalfPx, kHalfPx], empty where there is none
    int missing = 0;
  };

  Window extent(int level) const;
  void add_part(const Window& tile, const Window& window, int band, std::span<const std::uint8_t> pixels);
  void complete(const Key& key, std::span<const std::uint8_t> tile);
  void complete(const Key& key, const Quarters& quarters);
  Pixels reduced(std::span<const std::uint8_t> tile) const;

  std::int64_t m_cols;
  std::int64_t m_rows;
  int m_levels;
  OverviewMethod m_method;
  std::uint8_t m_nodata;
  WriteTile m_write;
  std::map<Key, Partial> m_partial;
  std::map<Key, Quarters> m_quarters;
};

}  // namespace orthocover
