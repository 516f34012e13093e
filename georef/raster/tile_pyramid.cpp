#include "georef/raster/tile_pyramid.h"

#include <algorithm>
#include <cstring>

#include "core/base/instruction_sets.h"
#include "core/base/rows.h"

namespace orthocover {
namespace {

struct Four {
  std::uint8_t a, b, c, d;  ///< row by row
};

std::uint8_t average(const Four& p, std::uint8_t nodata) {
  int sum = 0;
  int count = 0;
  for (const std::uint8_t value : {p.a, p.b, p.c, p.d}) {
    if (value == nodata) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? nodata : static_cast<std::uint8_t>((2 * sum + count) / (2 * count));
}

/// A row of fours to the value that most of each have. Without branches, for vector instructions: the thread
/// that writes a map does this for all of its pixels.
ORTHOCOVER_CLONES void reduce_to_modes(const std::uint8_t* __restrict top,
                                       const std::uint8_t* __restrict bottom, std::int64_t count,
                                       std::uint8_t nodata, std::uint8_t* __restrict to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t a = top[2 * i], b = top[2 * i + 1], c = bottom[2 * i], d = bottom[2 * i + 1];
    std::uint8_t value = c != nodata ? c : d;
    value = b != nodata ? b : value;
    value = a != nodata ? a : value;
    value = (d != nodata) & ((d == a) | (d == b) | (d == c)) ? d : value;
    value = (b != nodata) & (b == c) ? b : value;
    to[i] = (a != nodata) & ((a == b) | (a == c)) ? a : value;
  }
}

void reduce_to_averages(const std::uint8_t* top, const std::uint8_t* bottom, std::int64_t count,
                        std::uint8_t nodata, std::uint8_t* to) {
  constexpr std::int64_t kReduced = rows::kRun / 2;
  for (std::int64_t first = 0; first < count; first += kReduced) {
    const std::uint8_t value = top[2 * first];
    if (rows::run_is(top + 2 * first, value) && rows::run_is(bottom + 2 * first, value)) {
      std::fill_n(to + first, kReduced, value);  // of equal pixels comes their value
      continue;
    }
    for (std::int64_t i = first; i < first + kReduced; ++i)
      to[i] = average(Four{top[2 * i], top[2 * i + 1], bottom[2 * i], bottom[2 * i + 1]}, nodata);
  }
}

bool is_empty(std::span<const std::uint8_t> pixels, std::uint8_t nodata) {
  return pixels.front() == nodata &&
         std::memcmp(pixels.data(), pixels.data() + 1, pixels.size() - 1) == 0;  // all are as the first
}

void paste(const std::uint8_t* from, std::int64_t from_cols, const Window& size, std::uint8_t* to,
           std::int64_t to_cols) {
  for (std::int64_t row = 0; row < size.rows; ++row)
    std::copy_n(from + row * from_cols, size.cols, to + row * to_cols);
}

}  // namespace

TilePyramid::TilePyramid(std::int64_t cols, std::int64_t rows, int levels, OverviewMethod method,
                         std::uint8_t nodata, WriteTile write)
    : m_cols(cols),
      m_rows(rows),
      m_levels(levels),
      m_method(method),
      m_nodata(nodata),
      m_write(std::move(write)) {}

Window TilePyramid::extent(int level) const {
  const auto halved = [level](std::int64_t px) { return ((px - 1) >> level) + 1; };
  return {0, 0, halved(m_cols), halved(m_rows)};
}

void TilePyramid::add(const Window& window, int band, std::span<const std::uint8_t> pixels) {
  for (std::int64_t row = window.row / kTilePx * kTilePx; row < window.bottom(); row += kTilePx) {
    for (std::int64_t col = window.col / kTilePx * kTilePx; col < window.right(); col += kTilePx)
      add_part({col, row, kTilePx, kTilePx}, window, band, pixels);
  }
}

void TilePyramid::add_part(const Window& tile, const Window& window, int band,
                           std::span<const std::uint8_t> pixels) {
  const Key key{0, band, tile.row / kTilePx, tile.col / kTilePx};
  if (window == tile) return complete(key, pixels);
  const Window part = intersect(tile, window);
  const auto at = m_partial.try_emplace(key).first;
  Partial& partial = at->second;
  if (partial.pixels.empty()) {
    partial.pixels.assign(kTilePx * kTilePx, m_nodata);
    partial.missing_px = intersect(tile, extent(0)).pixels();
  }
  paste(pixels.data() + (part.row - window.row) * window.cols + part.col - window.col, window.cols, part,
        partial.pixels.data() + (part.row - tile.row) * kTilePx + part.col - tile.col, kTilePx);
  partial.missing_px -= part.pixels();
  if (partial.missing_px > 0) return;
  const Pixels whole = std::move(partial.pixels);
  m_partial.erase(at);
  complete(key, whole);
}

void TilePyramid::complete(const Key& key, std::span<const std::uint8_t> tile) {
  const auto [level, band, row, col] = key;
  const bool empty = is_empty(tile, m_nodata);
  if (!empty) m_write(level, band, col, row, tile);
  if (level == m_levels) return;
  const auto at = m_quarters.try_emplace(Key{level + 1, band, row / 2, col / 2}).first;
  Quarters& quarters = at->second;
  if (quarters.missing == 0) {
    const Window all = extent(level);
    const auto tiles = [](std::int64_t px) { return (px + kTilePx - 1) / kTilePx; };
    const auto of_two = [](std::int64_t first, std::int64_t count) { return first + 1 < count ? 2 : 1; };
    quarters.missing = of_two(row / 2 * 2, tiles(all.rows)) * of_two(col / 2 * 2, tiles(all.cols));
  }
  if (!empty) quarters.pixels[static_cast<std::size_t>(row % 2 * 2 + col % 2)] = reduced(tile);
  if (--quarters.missing > 0) return;
  const Quarters whole = std::move(quarters);
  const Key parent = at->first;
  m_quarters.erase(at);
  complete(parent, whole);
}

void TilePyramid::complete(const Key& key, const Quarters& quarters) {
  Pixels tile(kTilePx * kTilePx, m_nodata);
  for (std::size_t i = 0; i < quarters.pixels.size(); ++i) {
    if (quarters.pixels[i].empty()) continue;
    const auto row = static_cast<std::int64_t>(i / 2) * kHalfPx;
    const auto col = static_cast<std::int64_t>(i % 2) * kHalfPx;
    paste(quarters.pixels[i].data(), kHalfPx, {0, 0, kHalfPx, kHalfPx}, tile.data() + row * kTilePx + col,
          kTilePx);
  }
  complete(key, tile);
}

TilePyramid::Pixels TilePyramid::reduced(std::span<const std::uint8_t> tile) const {
  Pixels out(kHalfPx * kHalfPx);
  const auto reduce = m_method == OverviewMethod::Mode ? reduce_to_modes : reduce_to_averages;
  for (std::int64_t row = 0; row < kHalfPx; ++row) {
    const std::uint8_t* top = tile.data() + 2 * row * kTilePx;
    reduce(top, top + kTilePx, kHalfPx, m_nodata, out.data() + row * kHalfPx);
  }
  return out;
}

void TilePyramid::finish() {
  while (!m_partial.empty()) {
    const auto node = m_partial.extract(m_partial.begin());
    complete(node.key(), node.mapped().pixels);
  }
  // The finest of them first: they are parts of the others.
  while (!m_quarters.empty()) {
    const auto node = m_quarters.extract(m_quarters.begin());
    complete(node.key(), node.mapped());
  }
}

}  // namespace orthocover
