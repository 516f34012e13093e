#pragma once

#include <cstdint>
#include <vector>

#include "core/ports/feature_sink.h"

namespace orthocover {

/// Puts points on long edges before they are brought to another CRS. What is straight in the raster is a
/// curve there; the chord of a whole edge could run across vertices beside it, and polygons would overlap.
class EdgeSplitter {
 public:
  /// @param bend_px how far the middle of an edge of one pixel is from its chord, in pixels; for longer edges
  /// it grows with the square of the length
  explicit EdgeSplitter(double bend_px);

  /// An edge of `length` pixels between corners of pixels is at least 1/length away from every other corner;
  /// its pieces stay within a quarter of that.
  /// @return 1 to 10000; 1: the edge stays whole
  int pieces(double length_px) const;
  /// Whether a polygon has an edge to be split.
  bool has_long_edges(const RasterPolygon& polygon) const;
  /// The rings of a polygon with points on their long edges. They are the same points for the neighbour,
  /// for which the edge runs the other way.
  void split(const RasterPolygon& polygon, std::vector<RasterVertex>& vertices,
             std::vector<std::uint32_t>& ring_ends) const;

 private:
  void add_edge(const RasterVertex& from, const RasterVertex& to, std::vector<RasterVertex>& vertices) const;

  double m_bend_px;
  double m_short_px;  ///< longest edge that stays whole
};

}  // namespace orthocover
