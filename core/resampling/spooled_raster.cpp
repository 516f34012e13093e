#include "core/resampling/spooled_raster.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"

namespace orthocover {
namespace {

/// Blocks that readers are told of; so many rows are decoded at once.
constexpr std::int64_t kStripRows = 64;
constexpr std::int64_t kBlockCols = 1024;

}  // namespace

SpooledRaster::SpooledRaster(std::unique_ptr<RasterSource> source, std::filesystem::path folder,
                             RunContext& run)
    : m_source(std::move(source)),
      m_run(run),
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

std::uint64_t SpooledRaster::bytes_of_copy(int overview) const {
  return static_cast<std::uint64_t>(m_info.window_of_copy(overview).pixels()) *
         (m_info.bands.size() * bytes_of(m_depth) + 1);
}

/// @param visit (bytes, begin of their plane in the file, bytes of a pixel), of bands and validity
template <class Visit>
void SpooledRaster::for_each_plane(PixelTile& tile, int overview, Visit visit) const {
  const auto pixels = static_cast<std::size_t>(tile.place.pixels());
  const std::size_t side = bytes_of(m_depth);
  std::uint64_t plane = copy_of(overview).offset;
  for (std::size_t band = 0; band < m_info.bands.size(); ++band) {
    visit(std::span(tile.values).subspan(band * pixels * side, pixels * side), plane, side);
    plane += static_cast<std::uint64_t>(m_info.window_of_copy(overview).pixels()) * side;
  }
  visit(std::span(tile.valid), plane, std::size_t{1});
}

/// Has so many rows of a copy decoded; false if that fails.
bool SpooledRaster::decode(int overview, std::int64_t rows) const {
  Copy& copy = copy_of(overview);
  if (copy.decoded.load(std::memory_order_acquire) >= rows) return true;
  const std::scoped_lock lock(m_decoding);
  const Window whole = m_info.window_of_copy(overview);
  while (copy.decoded < rows && !copy.is_broken) {
    m_run.check_cancelled();
    const Window strip = intersect({0, copy.decoded, whole.cols, kStripRows}, whole);
    try {
      PixelTile tile = PixelTile::read(*m_source, strip, overview, m_depth);
      tile.valid.resize(static_cast<std::size_t>(strip.pixels()), 1);  // none: all are
      for_each_plane(tile, overview, [&](auto bytes, std::uint64_t plane, std::size_t side) {
        m_scratch.write(plane + static_cast<std::uint64_t>(strip.row * whole.cols) * side,
                        std::as_bytes(bytes));
      });
      copy.decoded.store(strip.bottom(), std::memory_order_release);
    } catch (const Error& error) {
      copy.is_broken = true;
      if (error.kind() == ErrorKind::Resource)
        m_run.log(LogLevel::Warning,
                  fmt::format("{}: no room to keep it decoded, this takes long", m_info.path));
    }
  }
  return copy.decoded >= rows;
}

PixelTile SpooledRaster::tile(const Window& window, int overview) const {
  if (!decode(overview, window.bottom())) {
    const std::scoped_lock lock(m_decoding);
    return PixelTile::read(*m_source, window, overview, m_depth);
  }
  const std::int64_t cols = m_info.window_of_copy(overview).cols;
  PixelTile tile{window, m_depth, {}, {}};
  const auto pixels = static_cast<std::size_t>(window.pixels());
  tile.values.resize(m_info.bands.size() * pixels * bytes_of(m_depth));
  tile.valid.resize(pixels);
  for_each_plane(tile, overview, [&](auto bytes, std::uint64_t plane, std::size_t side) {
    const std::size_t row_bytes = static_cast<std::size_t>(window.cols) * side;
    for (std::int64_t row = 0; row < window.rows; ++row)
      m_scratch.read(
          plane + static_cast<std::uint64_t>((window.row + row) * cols + window.col) * side,
          std::as_writable_bytes(bytes.subspan(static_cast<std::size_t>(row) * row_bytes, row_bytes)));
  });
  return tile;
}

}  // namespace orthocover
