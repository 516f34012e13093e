#include "core/resampling/held_raster.h"

#include <algorithm>
#include <cstring>
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
  const auto all_are = [&](const char* type) {
    return std::ranges::all_of(m_info.bands, [&](const BandInfo& band) { return band.data_type == type; });
  };
  m_depth = all_are("Byte") ? Depth::Byte : all_are("UInt16") ? Depth::UInt16 : Depth::Float;
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
                      std::make_unique<TileStore<Tile>>(static_cast<std::size_t>(tile_cols * tile_rows),
                                                        std::move(budget))});
}

Window HeldRaster::tile_window(std::size_t copy, std::int64_t col, std::int64_t row) const {
  return intersect({col * kTileSide, row * kTileSide, kTileSide, kTileSide}, m_copies[copy].extent);
}

HeldRaster::Tile HeldRaster::make(std::size_t copy, std::int64_t col, std::int64_t row) const {
  return is_in_file(copy) ? read_tile(copy, tile_window(copy, col, row)) : halved(copy, col, row);
}

HeldRaster::Tile HeldRaster::read_tile(std::size_t copy, const Window& window) const {
  PixelBlock block;
  m_source->read(window, static_cast<int>(copy) - 1, block);
  Tile tile{window.cols, window.rows, {}, {}};
  const auto store = [&]<class T>(T) {
    tile.values.resize(block.values.size() * sizeof(T));
    auto* to = reinterpret_cast<T*>(tile.values.data());
    std::ranges::transform(block.values, to, [](float value) { return static_cast<T>(value); });
  };
  if (m_depth == Depth::Byte)
    store(std::uint8_t{});
  else if (m_depth == Depth::UInt16)
    store(std::uint16_t{});
  else
    store(float{});
  if (std::ranges::find(block.valid, 0) != block.valid.end()) tile.valid = std::move(block.valid);
  return tile;
}

HeldRaster::Tile HeldRaster::halved(std::size_t copy, std::int64_t col, std::int64_t row) const {
  const Window window = tile_window(copy, col, row);
  const auto bands = static_cast<std::int64_t>(m_info.bands.size());
  const std::int64_t depth = m_depth == Depth::Byte ? 1 : m_depth == Depth::UInt16 ? 2 : 4;
  Tile tile{window.cols, window.rows, {}, {}};
  tile.values.resize(static_cast<std::size_t>(bands * window.pixels() * depth));
  const Copy& finer = m_copies[copy - 1];
  for (std::int64_t down = 0; down < 2; ++down) {
    for (std::int64_t across = 0; across < 2; ++across) {
      const std::int64_t from_col = 2 * col + across;
      const std::int64_t from_row = 2 * row + down;
      if (tile_window(copy - 1, from_col, from_row).empty()) continue;
      // Tiles that only a coarser one wants are not held: no patch may ever look at them.
      const Tile* held = finer.tiles->find(static_cast<std::size_t>(from_row * finer.tile_cols + from_col));
      const Tile made = held == nullptr ? make(copy - 1, from_col, from_row) : Tile{};
      const Tile& from = held == nullptr ? made : *held;
      const std::int64_t to_col = across * kTileSide / 2;
      const std::int64_t to_row = down * kTileSide / 2;
      if (m_depth == Depth::Byte)
        halve_into<std::uint8_t>(from, to_col, to_row, tile);
      else if (m_depth == Depth::UInt16)
        halve_into<std::uint16_t>(from, to_col, to_row, tile);
      else
        halve_into<float>(from, to_col, to_row, tile);
    }
  }
  return tile;
}

template <class T>
void HeldRaster::halve_into(const Tile& from, std::int64_t to_col, std::int64_t to_row, Tile& to) const {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, float, std::uint32_t>;
  const auto bands = static_cast<std::int64_t>(m_info.bands.size());
  const auto* values = reinterpret_cast<const T*>(from.values.data());
  auto* halves = reinterpret_cast<T*>(to.values.data());
  const bool masked = !from.valid.empty();
  if (masked && to.valid.empty()) to.valid.assign(static_cast<std::size_t>(to.cols * to.rows), 1);
  const auto any = [&](std::int64_t at) { return !masked || from.valid[static_cast<std::size_t>(at)] != 0; };
  for (std::int64_t row = 0; row < half_of(from.rows); ++row) {
    const std::int64_t lower = std::min(2 * row + 1, from.rows - 1);
    const std::int64_t to_at = (to_row + row) * to.cols + to_col;
    const bool plain = !masked && lower == 2 * row + 1;
    const std::int64_t whole = plain ? from.cols / 2 : 0;
    for (std::int64_t band = 0; band < bands; ++band) {
      const T* above = values + band * from.cols * from.rows + 2 * row * from.cols;
      const T* below = values + band * from.cols * from.rows + lower * from.cols;
      T* out = halves + band * to.cols * to.rows + to_at;
      for (std::int64_t col = 0; col < whole; ++col) {
        out[col] = mean_of_four<T>(static_cast<Sum>(above[2 * col]) + static_cast<Sum>(above[2 * col + 1]) +
                                   static_cast<Sum>(below[2 * col]) + static_cast<Sum>(below[2 * col + 1]));
      }
      for (std::int64_t col = whole; col < half_of(from.cols); ++col) {
        Sum sum = 0;
        Sum count = 0;
        for (std::int64_t y = 2 * row; y <= lower; ++y) {
          for (std::int64_t x = 2 * col; x <= std::min(2 * col + 1, from.cols - 1); ++x) {
            if (!any(y * from.cols + x)) continue;
            sum += static_cast<Sum>(values[band * from.cols * from.rows + y * from.cols + x]);
            ++count;
          }
        }
        out[col] = count > 0 ? mean_of<T>(sum, count) : T{0};
        if (masked) to.valid[static_cast<std::size_t>(to_at + col)] = count > 0 ? 1 : 0;
      }
    }
  }
}

template <class T>
void HeldRaster::copy_values(const Tile& tile, const Window& place, const Window& part, const Window& window,
                             PixelBlock& out) const {
  const auto* values = reinterpret_cast<const T*>(tile.values.data());
  for (int band = 0; band < out.bands; ++band) {
    for (std::int64_t row = part.row; row < part.bottom(); ++row) {
      const T* from = values + (band * tile.rows + row - place.row) * tile.cols + part.col - place.col;
      float* to = out.band(band) + (row - window.row) * window.cols + part.col - window.col;
      for (std::int64_t col = 0; col < part.cols; ++col) to[col] = static_cast<float>(from[col]);
    }
  }
}

void HeldRaster::copy_part(const Tile& tile, const Window& place, const Window& part, const Window& window,
                           PixelBlock& out) const {
  if (m_depth == Depth::Byte)
    copy_values<std::uint8_t>(tile, place, part, window, out);
  else if (m_depth == Depth::UInt16)
    copy_values<std::uint16_t>(tile, place, part, window, out);
  else
    copy_values<float>(tile, place, part, window, out);
  for (std::int64_t row = part.row; row < part.bottom(); ++row) {
    auto to = out.valid.begin() + (row - window.row) * window.cols + part.col - window.col;
    if (tile.valid.empty())
      std::fill_n(to, part.cols, std::uint8_t{1});
    else
      std::copy_n(tile.valid.begin() + (row - place.row) * tile.cols + part.col - place.col, part.cols, to);
  }
}

void HeldRaster::read(const Window& window, int overview, PixelBlock& out) const {
  const auto at = static_cast<std::size_t>(overview + 1);
  const Copy& copy = m_copies[at];
  out.resize(static_cast<int>(m_info.bands.size()), window.cols, window.rows);
  for (std::int64_t row = window.row / kTileSide; row * kTileSide < window.bottom(); ++row) {
    for (std::int64_t col = window.col / kTileSide; col * kTileSide < window.right(); ++col) {
      const auto index = static_cast<std::size_t>(row * copy.tile_cols + col);
      const Window place = tile_window(at, col, row);
      const Window part = intersect(place, window);
      if (is_in_file(at) && copy.tiles->is_full() && copy.tiles->find(index) == nullptr) {
        copy_part(read_tile(at, part), part, part, window, out);
        continue;
      }
      std::optional<Tile> scratch;
      copy_part(copy.tiles->get(index, scratch, [&] { return make(at, col, row); }), place, part, window,
                out);
    }
  }
}

}  // namespace orthocover
