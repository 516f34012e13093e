#include "core/resampling/spooled_raster.h"

#include <algorithm>
#include <utility>

#include "core/ports/unreadable_pixels.h"

namespace orthocover {
namespace {

constexpr std::int64_t kMostHeldPx = 64 << 20;
/// Rows that are decoded at a time, and sides of the blocks that readers are told.
constexpr std::int64_t kStripRows = 64;
constexpr std::int64_t kBlockCols = 1024;

}  // namespace

bool SpooledRaster::suits(const RasterInfo& info) {
  return (info.driver == "JPEG" || info.driver == "PNG") && info.cols * info.rows > kMostHeldPx;
}

SpooledRaster::SpooledRaster(std::unique_ptr<RasterSource> source, std::filesystem::path folder)
    : m_source(std::move(source)),
      m_info(m_source->info()),
      m_depth(depth_of(m_info)),
      m_scratch(std::move(folder)) {
  m_info.block_cols = std::min(kBlockCols, m_info.cols);
  m_info.block_rows = kStripRows;
  std::uint64_t offset = 0;
  for (int overview = -1; overview < static_cast<int>(m_info.overviews.size()); ++overview) {
    m_copies.emplace_back().offset = offset;
    offset += bytes_of_copy(overview);
  }
}

std::uint64_t SpooledRaster::bytes() const {
  return bytes_of_copy(-1);
}

std::uint64_t SpooledRaster::bytes_of_copy(int overview) const {
  return static_cast<std::uint64_t>(m_info.window_of_copy(overview).pixels()) *
         (m_info.bands.size() * bytes_of(m_depth) + 1);
}

/// Decodes so many rows of a copy, if that isn't done.
/// @return false where it can't be: pixels of the rest may be had from the source alone
bool SpooledRaster::decode(int overview, std::int64_t rows) const {
  Copy& copy = m_copies[static_cast<std::size_t>(overview + 1)];
  if (copy.decoded.load(std::memory_order_acquire) >= rows) return true;
  const std::scoped_lock lock(m_decoding);
  const Window whole = m_info.window_of_copy(overview);
  const auto plane_px = static_cast<std::uint64_t>(whole.pixels());
  while (copy.decoded < rows && !copy.is_broken) {
    const Window strip = intersect({0, copy.decoded, whole.cols, kStripRows}, whole);
    const auto pixels = static_cast<std::size_t>(strip.pixels());
    const auto before = static_cast<std::uint64_t>(copy.decoded * whole.cols);
    try {
      PixelTile tile = PixelTile::read(*m_source, strip, overview, m_depth);
      if (tile.valid.empty()) tile.valid.assign(pixels, 1);
      const std::size_t side = bytes_of(m_depth);
      for (std::size_t band = 0; band < m_info.bands.size(); ++band)
        m_scratch.write(copy.offset + (band * plane_px + before) * side,
                        std::as_bytes(std::span(tile.values).subspan(band * pixels * side, pixels * side)));
      m_scratch.write(copy.offset + m_info.bands.size() * plane_px * side + before,
                      std::as_bytes(std::span(tile.valid)));
      copy.decoded.store(strip.bottom(), std::memory_order_release);
    } catch (const UnreadablePixels&) {
      copy.is_broken = true;
    }
  }
  return copy.decoded >= rows;
}

PixelTile SpooledRaster::tile(const Window& window, int overview) const {
  if (!decode(overview, window.bottom())) return PixelTile::read(*m_source, window, overview, m_depth);
  const Window whole = m_info.window_of_copy(overview);
  const std::uint64_t offset = m_copies[static_cast<std::size_t>(overview + 1)].offset;
  PixelTile tile{window, m_depth, {}, {}};
  const auto pixels = static_cast<std::size_t>(window.pixels());
  tile.values.resize(m_info.bands.size() * pixels * bytes_of(m_depth));
  tile.valid.resize(pixels);
  std::uint64_t plane = offset;
  const auto read_plane = [&](std::uint8_t* to, std::size_t side) {
    const std::size_t row_bytes = static_cast<std::size_t>(window.cols) * side;
    for (std::int64_t row = window.row; row < window.bottom(); ++row, to += row_bytes)
      m_scratch.read(plane + static_cast<std::uint64_t>(row * whole.cols + window.col) * side,
                     std::as_writable_bytes(std::span(to, row_bytes)));
    plane += static_cast<std::uint64_t>(whole.pixels()) * side;
  };
  for (std::size_t band = 0; band < m_info.bands.size(); ++band)
    read_plane(tile.values.data() + band * pixels * bytes_of(m_depth), bytes_of(m_depth));
  read_plane(tile.valid.data(), 1);
  return tile;
}

void SpooledRaster::read(const Window& window, int overview, PixelBlock& out) const {
  out.resize(static_cast<int>(m_info.bands.size()), window.cols, window.rows);
  tile(window, overview).unpack(window, out);
}

void SpooledRaster::read_bytes(const Window& window, int overview, ByteBlock& out) const {
  out.resize(static_cast<int>(m_info.bands.size()), window.cols, window.rows);
  tile(window, overview).unpack(window, out);
}

void SpooledRaster::read_validity(const Window& window, std::vector<std::uint8_t>& valid) const {
  valid = tile(window, -1).valid;
  if (valid.empty()) valid.assign(static_cast<std::size_t>(window.pixels()), 1);
}

}  // namespace orthocover
