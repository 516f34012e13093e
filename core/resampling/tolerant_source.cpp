#include "core/resampling/tolerant_source.h"

#include <algorithm>

#include "core/ports/unreadable_pixels.h"

namespace orthocover {
namespace {

/// What is left of a window without a hole: at most four windows.
std::vector<Window> without(const Window& window, const Window& hole) {
  const Window common = intersect(window, hole);
  if (common.empty()) return {window};
  std::vector<Window> rest;
  const auto keep = [&](const Window& part) {
    if (!part.empty()) rest.push_back(part);
  };
  keep({window.col, window.row, window.cols, common.row - window.row});
  keep({window.col, common.row, common.col - window.col, common.rows});
  keep({common.right(), common.row, window.right() - common.right(), common.rows});
  keep({window.col, common.bottom(), window.cols, window.bottom() - common.bottom()});
  return rest;
}

std::vector<Window> without(std::vector<Window> windows, const std::vector<Window>& holes) {
  for (const Window& hole : holes) {
    std::vector<Window> rest;
    for (const Window& window : windows) std::ranges::copy(without(window, hole), std::back_inserter(rest));
    windows = std::move(rest);
  }
  return windows;
}

void add_once(std::vector<Window>& windows, const Window& window) {
  if (std::ranges::find(windows, window) == windows.end()) windows.push_back(window);
}

/// Joins each window to the one before it where `adjoins` says that both are one.
template <class Order, class Adjoins>
void join_neighbours(std::vector<Window>& windows, Order order, Adjoins adjoins) {
  std::ranges::sort(windows, {}, order);
  std::vector<Window> joined;
  for (const Window& window : windows) {
    if (!joined.empty() && adjoins(joined.back(), window))
      joined.back() = unite(joined.back(), window);
    else
      joined.push_back(window);
  }
  windows = std::move(joined);
}

}  // namespace

void TolerantSource::read(const Window& window, int overview, PixelBlock& out) const {
  read_tolerantly(window, overview, out, &RasterSource::read);
}

void TolerantSource::read_bytes(const Window& window, int overview, ByteBlock& out) const {
  read_tolerantly(window, overview, out, &RasterSource::read_bytes);
}

/// @param read_as the source's member for values of this type
template <class Value>
void TolerantSource::read_tolerantly(const Window& window, int overview, PixelBlockOf<Value>& out,
                                     ReadAs<Value> read_as) const {
  if (holes_in(window, overview).empty()) {
    try {
      return (*m_source.*read_as)(window, overview, out);
    } catch (const UnreadablePixels& error) {
      m_stop.check_cancelled();  // a stop breaks connections off, which makes no hole
      note(error.window(), overview);
    }
  }
  out.resize(static_cast<int>(info().bands.size()), window.cols, window.rows);
  std::ranges::fill(out.values, Value{0});
  std::ranges::fill(out.valid, std::uint8_t{0});
  PixelBlockOf<Value> piece;
  read_around_holes(window, overview, [&](const Window& part) {
    (*m_source.*read_as)(part, overview, piece);
    paste(piece, part, window, out);
  });
}

void TolerantSource::read_validity(const Window& window, std::vector<std::uint8_t>& valid) const {
  valid.assign(static_cast<std::size_t>(window.pixels()), 0);
  std::vector<std::uint8_t> piece;
  read_around_holes(window, -1, [&](const Window& part) {
    m_source->read_validity(part, piece);
    paste(piece.data(), part, window, valid.data());
  });
  for (const Window& hole : unreadable()) {
    const Window common = intersect(hole, window);
    const std::vector<std::uint8_t> nothing(static_cast<std::size_t>(common.pixels()), 0);
    if (!common.empty()) paste(nothing.data(), common, window, valid.data());
  }
}

/// Reads what is left of a window without holes, those that are found on the way too.
template <class Read>
void TolerantSource::read_around_holes(const Window& window, int overview, const Read& read) const {
  std::vector<Window> parts = without({window}, holes_in(window, overview));
  while (!parts.empty()) {
    m_stop.check_cancelled();
    const Window part = parts.back();
    parts.pop_back();
    try {
      read(part);
    } catch (const UnreadablePixels& error) {
      m_stop.check_cancelled();
      const Window hole = intersect(error.window(), part).empty() ? part : error.window();
      note(hole, overview);
      std::ranges::copy(without(part, hole), std::back_inserter(parts));
    }
  }
}

std::vector<Window> TolerantSource::holes_in(const Window& window, int overview) const {
  const std::scoped_lock lock(m_mutex);
  std::vector<Window> found;
  const auto holes = m_holes.find(overview);
  if (holes == m_holes.end()) return found;
  std::ranges::copy_if(holes->second, std::back_inserter(found),
                       [&](const Window& hole) { return !intersect(hole, window).empty(); });
  return found;
}

void TolerantSource::note(const Window& hole, int overview) const {
  const std::scoped_lock lock(m_mutex);
  add_once(m_holes[overview], hole);
  add_once(m_unreadable, in_scene(hole, overview));
}

Window TolerantSource::in_scene(const Window& window, int overview) const {
  if (overview < 0) return window;
  const RasterInfo& scene = info();
  const OverviewInfo& copy = scene.overviews[static_cast<std::size_t>(overview)];
  const auto down = [](std::int64_t px, std::int64_t whole, std::int64_t of) { return px * whole / of; };
  const auto up = [](std::int64_t px, std::int64_t whole, std::int64_t of) {
    return (px * whole + of - 1) / of;
  };
  const std::int64_t col = down(window.col, scene.cols, copy.cols);
  const std::int64_t row = down(window.row, scene.rows, copy.rows);
  return intersect({col, row, up(window.right(), scene.cols, copy.cols) - col,
                    up(window.bottom(), scene.rows, copy.rows) - row},
                   scene.window());
}

std::vector<Window> TolerantSource::unreadable() const {
  const std::scoped_lock lock(m_mutex);
  return m_unreadable;
}

std::vector<Window> joined(const std::vector<Window>& windows, const Window& extent) {
  std::vector<Window> apart;
  for (const Window& window : windows) {
    const Window inside = intersect(window, extent);
    if (inside.empty()) continue;
    const std::vector<Window> rest = without({inside}, apart);
    apart.insert(apart.end(), rest.begin(), rest.end());
  }
  const auto by_rows = [](const Window& window) { return std::pair(window.row, window.col); };
  const auto by_cols = [](const Window& window) { return std::pair(window.col, window.row); };
  join_neighbours(apart, by_rows, [](const Window& a, const Window& b) {
    return a.row == b.row && a.rows == b.rows && a.right() == b.col;
  });
  join_neighbours(apart, by_cols, [](const Window& a, const Window& b) {
    return a.col == b.col && a.cols == b.cols && a.bottom() == b.row;
  });
  std::ranges::sort(apart, {}, by_rows);
  return apart;
}

}  // namespace orthocover
