#include "core/resampling/held_raster.h"

#include <algorithm>
#include <type_traits>

namespace orthocover {
namespace {

constexpr std::int64_t kTileSide = 256;
/// Told to readers as the height of a block: strips of any height cost the same.
constexpr std::int64_t kStripRows = 16;

std::int64_t half_of(std::int64_t size) {
  return (size + 1) / 2;
}

/// Mean of `count` values; bytes and 16-bit values to the nearest, of two the even one.
template <class T, class Sum>
T mean_of(Sum sum, Sum count) {
  if constexpr (std::is_floating_point_v<T>) {
    return sum / count;
  } else {
    const Sum whole = sum / count;
    const Sum twice = 2 * (sum % count);
    return static_cast<T>(whole + (twice > count || (twice == count && whole % 2 == 1) ? 1 : 0));
  }
}

/// Mean of four values, without a division.
template <class T, class Sum>
T mean_of_four(Sum sum) {
  if constexpr (std::is_floating_point_v<T>)
    return sum / 4;
  else
    return static_cast<T>((sum + 1 + (sum >> 2 & 1)) >> 2);
}

}  // namespace

HeldRaster::HeldRaster(std::shared_ptr<const RasterSource> source, std::shared_ptr<ByteBudget> budget)
    : m_source(std::move(source)), m_info(m_source->info()) {
  m_depth = depth_of(m_info);
  m_info.block_cols = kTileSide;
  m_info.block_rows = kStripRows;
  add_copy(m_info.cols, m_info.rows, budget);
  for (const OverviewInfo& overview : m_info.overviews) add_copy(overview.cols, overview.rows, budget);
  m_file_copies = m_copies.size();
  while (std::max(m_copies.back().extent.cols, m_copies.back().extent.rows) > kTileSide) {
    const OverviewInfo next{half_of(m_copies.back().extent.cols), half_of(m_copies.back().extent.rows)};
    m_info.overviews.push_back(next);
    add_copy(next.cols, next.rows, budget);
  }
}

void HeldRaster::add_copy(std::int64_t cols, std::int64_t rows, std::shared_ptr<ByteBudget> budget) {
  const std::int64_t tile_cols = (cols + kTileSide - 1) / kTileSide;
  const std::int64_t tile_rows = (rows + kTileSide - 1) / kTileSide;
  m_copies.push_back({{0, 0, cols, rows},
                      tile_cols,
                      std::make_unique<TileStore<PixelTile>>(static_cast<std::size_t>(tile_cols * tile_rows),
                                                             std::move(budget))});
}

Window HeldRaster::tile_window(std::size_t copy, std::int64_t col, std::int64_t row) const {
  return intersect({col * kTileSide, row * kTileSide, kTileSide, kTileSide}, m_copies[copy].extent);
}

PixelTile HeldRaster::make(std::size_t copy, std::int64_t col, std::int64_t row) const {
  return is_in_file(copy) ? read_tile(copy, tile_window(copy, col, row)) : halved(copy, col, row);
}

PixelTile HeldRaster::read_tile(std::size_t copy, const Window& window) const {
  return PixelTile::read(*m_source, window, static_cast<int>(copy) - 1, m_depth);
}

PixelTile HeldRaster::halved(std::size_t copy, std::int64_t col, std::int64_t row) const {
  const Window window = tile_window(copy, col, row);
  const auto bands = static_cast<std::int64_t>(m_info.bands.size());
  PixelTile tile{window, m_depth, {}, {}};
  tile.values.resize(static_cast<std::size_t>(bands * window.pixels()) * bytes_of(m_depth));
  const Copy& finer = m_copies[copy - 1];
  for (std::int64_t down = 0; down < 2; ++down) {
    for (std::int64_t across = 0; across < 2; ++across) {
      const std::int64_t from_col = 2 * col + across;
      const std::int64_t from_row = 2 * row + down;
      if (tile_window(copy - 1, from_col, from_row).empty()) continue;
      // Tiles that only a coarser one wants are not held: no patch may ever look at them.
      const PixelTile* held =
          finer.tiles->find(static_cast<std::size_t>(from_row * finer.tile_cols + from_col));
      const PixelTile made = held == nullptr ? make(copy - 1, from_col, from_row) : PixelTile{};
      const PixelTile& from = held == nullptr ? made : *held;
      const std::int64_t to_col = across * kTileSide / 2;
      const std::int64_t to_row = down * kTileSide / 2;
      with_type_of(m_depth, [&]<class T>(T) { halve_into<T>(from, to_col, to_row, tile); });
    }
  }
  return tile;
}

template <class T>
void HeldRaster::halve_into(const PixelTile& from, std::int64_t to_col, std::int64_t to_row,
                            PixelTile& to) const {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, float, std::uint32_t>;
  const auto bands = static_cast<std::int64_t>(m_info.bands.size());
  const auto* values = reinterpret_cast<const T*>(from.values.data());
  auto* halves = reinterpret_cast<T*>(to.values.data());
  const bool masked = !from.valid.empty();
  if (masked && to.valid.empty()) to.valid.assign(static_cast<std::size_t>(to.place.cols * to.place.rows), 1);
  const auto any = [&](std::int64_t at) { return !masked || from.valid[static_cast<std::size_t>(at)] != 0; };
  for (std::int64_t row = 0; row < half_of(from.place.rows); ++row) {
    const std::int64_t lower = std::min(2 * row + 1, from.place.rows - 1);
    const std::int64_t to_at = (to_row + row) * to.place.cols + to_col;
    const bool plain = !masked && lower == 2 * row + 1;
    const std::int64_t whole = plain ? from.place.cols / 2 : 0;
    for (std::int64_t band = 0; band < bands; ++band) {
      const T* above = values + band * from.place.cols * from.place.rows + 2 * row * from.place.cols;
      const T* below = values + band * from.place.cols * from.place.rows + lower * from.place.cols;
      T* out = halves + band * to.place.cols * to.place.rows + to_at;
      for (std::int64_t col = 0; col < whole; ++col) {
        out[col] = mean_of_four<T>(static_cast<Sum>(above[2 * col]) + static_cast<Sum>(above[2 * col + 1]) +
                                   static_cast<Sum>(below[2 * col]) + static_cast<Sum>(below[2 * col + 1]));
      }
      for (std::int64_t col = whole; col < half_of(from.place.cols); ++col) {
        Sum sum = 0;
        Sum count = 0;
        for (std::int64_t y = 2 * row; y <= lower; ++y) {
          for (std::int64_t x = 2 * col; x <= std::min(2 * col + 1, from.place.cols - 1); ++x) {
            if (!any(y * from.place.cols + x)) continue;
            sum +=
                static_cast<Sum>(values[band * from.place.cols * from.place.rows + y * from.place.cols + x]);
            ++count;
          }
        }
        out[col] = count > 0 ? mean_of<T>(sum, count) : T{0};
        if (masked) to.valid[static_cast<std::size_t>(to_at + col)] = count > 0 ? 1 : 0;
      }
    }
  }
}

template <class Value>
void HeldRaster::read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const {
  const auto at = static_cast<std::size_t>(overview + 1);
  const Copy& copy = m_copies[at];
  out.resize(static_cast<int>(m_info.bands.size()), window.cols, window.rows);
  for (std::int64_t row = window.row / kTileSide; row * kTileSide < window.bottom(); ++row) {
    for (std::int64_t col = window.col / kTileSide; col * kTileSide < window.right(); ++col) {
      const auto index = static_cast<std::size_t>(row * copy.tile_cols + col);
      const Window place = tile_window(at, col, row);
      const Window part = intersect(place, window);
      if (is_in_file(at) && copy.tiles->is_full() && copy.tiles->find(index) == nullptr) {
        read_tile(at, part).unpack(window, out);
        continue;
      }
      std::optional<PixelTile> scratch;
      copy.tiles->get(index, scratch, [&] { return make(at, col, row); }).unpack(window, out);
    }
  }
}

template void HeldRaster::read_as(const Window& window, int overview, PixelBlock& out) const;
template void HeldRaster::read_as(const Window& window, int overview, ByteBlock& out) const;

}  // namespace orthocover
