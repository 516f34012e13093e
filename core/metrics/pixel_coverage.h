#pragma once

#include <cstdint>
#include <vector>

#include "core/ports/feature_sink.h"

namespace orthocover {

/// Neighbouring pixels of a row that a polygon covers alike.
struct CoverageSpan {
  std::int64_t begin = 0;  ///< first column
  std::int64_t end = 0;    ///< one past the last
  double share = 0;        ///< of each pixel, above 0
};

/// Exact shares of a raster's pixels that a valid polygon covers, row by row from top to bottom. Memory grows
/// with the polygon's vertices, not with its area.
/// @source signed areas of trapezoids, summed along the row, as in the scan conversion of outlines of fonts
/// with exact coverage; here in double precision, sparse, and without a picture
class PixelCoverage {
 public:
  /// @param cols, rows of the raster; what lies beyond it is not covered
  PixelCoverage(const RasterPolygon& polygon, std::int64_t cols, std::int64_t rows);

  /// Rows that it may touch: [first_row(), end_row()), empty when it misses the raster.
  std::int64_t first_row() const { return m_first_row; }
  std::int64_t end_row() const { return m_end_row; }

  /// Spans of a row, in the order of their columns, without those not covered. Rows must ascend from call to
  /// call.
  /// @param spans replaced
  void read_row(std::int64_t row, std::vector<CoverageSpan>& spans);

 private:
  /// A piece of a ring that goes down the raster.
  struct Edge {
    RasterVertex top;
    RasterVertex bottom;
    double sign = 1;  ///< +1 where the polygon lies to its right

    double col_at(double row) const;
  };
  /// Change of the share from a column on.
  struct Step {
    std::int64_t col;
    double share;
  };

  void add_ring(RasterRing ring, bool is_shell);
  void add_piece(double col_a, double col_b, double height);
  void add_inside(double col_a, double col_b, double height);

  std::int64_t m_cols;
  std::int64_t m_first_row = 0;
  std::int64_t m_end_row = 0;
  std::vector<Edge> m_edges;  ///< by their top
  std::size_t m_next = 0;     ///< first edge that no row has reached yet
  std::vector<std::uint32_t> m_active;
  std::vector<Step> m_steps;
};

}  // namespace orthocover
