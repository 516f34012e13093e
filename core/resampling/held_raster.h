#pragma once

#include <memory>
#include <vector>

#include "core/ports/raster_source.h"
#include "core/resampling/pixel_tile.h"
#include "core/resampling/tile_store.h"

namespace orthocover {

/// A scene whose decoded pixels stay in memory, tile by tile from when they are first wanted, in the data
/// type of the file. What the budget has no room for is read anew each time, with the same result.
///
/// Behind the file's overviews come more, made here by halving until one is a single tile: bytes and 16-bit
/// values are rounded, a pixel is valid where one below it is.
class HeldRaster final : public RasterSource {
 public:
  HeldRaster(std::shared_ptr<const RasterSource> source, std::shared_ptr<ByteBudget> budget);

  const RasterInfo& info() const override { return m_info; }
  std::vector<std::string> files() const override { return m_source->files(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    read_as(window, overview, out);
  }
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override {
    read_as(window, overview, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    m_source->read_validity(window, valid);
  }

 private:
  /// The scene at one resolution.
  struct Copy {
    Window extent;
    std::int64_t tile_cols;
    std::unique_ptr<TileStore<PixelTile>> tiles;
  };

  template <class Value>
  void read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const;
  void add_copy(std::int64_t cols, std::int64_t rows, std::shared_ptr<ByteBudget> budget);
  bool is_in_file(std::size_t copy) const { return copy < m_file_copies; }
  Window tile_window(std::size_t copy, std::int64_t col, std::int64_t row) const;
  PixelTile make(std::size_t copy, std::int64_t col, std::int64_t row) const;
  PixelTile read_tile(std::size_t copy, const Window& window) const;
  PixelTile halved(std::size_t copy, std::int64_t col, std::int64_t row) const;
  template <class T>
  void halve_into(const PixelTile& from, std::int64_t to_col, std::int64_t to_row, PixelTile& to) const;

  std::shared_ptr<const RasterSource> m_source;
  RasterInfo m_info;
  PixelDepth m_depth;
  std::size_t m_file_copies;
  std::vector<Copy> m_copies;  ///< full resolution, then the overviews
};

}  // namespace orthocover
