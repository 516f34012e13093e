#include "georef/ground/edge_splitter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace orthocover {
namespace {

constexpr double kMostPieces = 10000;  // where a projection bends without bounds

double length_of(const RasterVertex& from, const RasterVertex& to) {
  return std::hypot(to.col - from.col, to.row - from.row);
}

}  // namespace

EdgeSplitter::EdgeSplitter(double bend_px)
    : m_bend_px(bend_px),
      m_short_px(bend_px > 0 ? std::cbrt(1 / (4 * bend_px)) : std::numeric_limits<double>::infinity()) {}

int EdgeSplitter::pieces(double length_px) const {
  if (length_px <= m_short_px) return 1;
  const double count = std::ceil(length_px * std::sqrt(4 * length_px * m_bend_px));
  return static_cast<int>(std::min(count, kMostPieces));
}

bool EdgeSplitter::has_long_edges(const RasterPolygon& polygon) const {
  bool found = false;
  const auto is_long = [&](const auto& from, const auto& to) { return length_of(from, to) > m_short_px; };
  for_each_ring(polygon, [&](RasterRing ring, bool) {
    found = found || std::ranges::adjacent_find(ring, is_long) != ring.end();
  });
  return found;
}

void EdgeSplitter::split(const RasterPolygon& polygon, std::vector<RasterVertex>& vertices,
                         std::vector<std::uint32_t>& ring_ends) const {
  vertices.clear();
  ring_ends.clear();
  for_each_ring(polygon, [&](RasterRing ring, bool) {
    for_each_edge(ring, [&](const auto& from, const auto& to) { add_edge(from, to, vertices); });
    vertices.push_back(ring.back());
    ring_ends.push_back(static_cast<std::uint32_t>(vertices.size()));
  });
}

/// Adds the first vertex of an edge and the points on it, counted from the end that comes first in the
/// raster so that rounding does not depend on the direction.
void EdgeSplitter::add_edge(const RasterVertex& from, const RasterVertex& to,
                            std::vector<RasterVertex>& vertices) const {
  const int count = pieces(length_of(from, to));
  const bool is_forward = std::tie(from.row, from.col) < std::tie(to.row, to.col);
  const RasterVertex& first = is_forward ? from : to;
  const RasterVertex& last = is_forward ? to : from;
  vertices.push_back(from);
  for (int i = 1; i < count; ++i) {
    const double share = static_cast<double>(is_forward ? i : count - i) / count;
    vertices.push_back(
        {first.col + (last.col - first.col) * share, first.row + (last.row - first.row) * share});
  }
}

}  // namespace orthocover
