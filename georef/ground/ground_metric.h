#pragma once

#include <optional>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

class GroundFrame;

/// Squared lengths on the ground near a place of a raster: a step of dc columns and dr rows is
/// cc * dc^2 + 2 * cr * dc * dr + rr * dr^2 square metres long.
struct MetricTensor {
  double cc = 0;
  double cr = 0;
  double rr = 0;

  /// Square metres of a pixel.
  double area_scale() const;
  /// Metres of a step.
  double length(double d_col, double d_row) const;
};

/// The metric of the ellipsoid at one place of a raster, through PROJ; not finite where the projection does
/// not reach.
/// @param reach_px half of the distance over which differences are taken
MetricTensor measured_tensor(const GroundFrame& frame, double col, double row, double reach_px);

/// Half of the distance, in pixels, that suits measured_tensor(): long beside rounding, short beside the
/// earth.
/// @param pixel_m side of a pixel
double measuring_reach_px(double pixel_m);

/// The metric of the ellipsoid over a raster. It is measured through PROJ on a grid of control points and
/// interpolated between them, so that lengths and areas cost no projection of vertices. Control points lie
/// at most about 2 km apart, where the interpolated scale is true to about 1e-8, while the raster is smaller
/// than 512 km; on larger ones the error grows with the square of their distance.
class GroundMetric {
 public:
  /// A tensor and its slopes: how it changes per column and row.
  struct Local {
    double col = 0;  ///< where `at` holds
    double row = 0;
    MetricTensor at;
    MetricTensor per_col;
    MetricTensor per_row;
  };

  /// @return nothing without CRS or geotransform, or where pixels have no place on the earth
  static std::optional<GroundMetric> of(const RasterInfo& map);

  /// @return nothing where the projection does not reach
  std::optional<Local> near(double col, double row) const;

  /// Ground of a row of pixels at `row` from the raster's left side to `col`, in square metres. Its integral
  /// over the rows around a polygon is the polygon's area.
  double area_left_of(double col, double row) const;
  /// Pixels between control points, along a row and along a column.
  double spacing_cols() const { return m_spacing_cols; }
  double spacing_rows() const { return m_spacing_rows; }

  /// False when control points lie too far apart for measures of survey quality.
  bool is_fine() const { return m_is_fine; }
  /// True when the projection does not reach every control point: area_left_of() knows nothing then.
  bool has_gaps() const { return m_has_gaps; }

 private:
  GroundMetric() = default;
  void measure(const GroundFrame& frame, double reach_px);
  void integrate();
  std::size_t node_index(int col, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(m_cells_across + 1) +
           static_cast<std::size_t>(col);
  }
  const MetricTensor& node(int col, int row) const { return m_nodes[node_index(col, row)]; }

  int m_cells_across = 1;  ///< cells between control points in a row
  int m_cells_down = 1;
  double m_spacing_cols = 1;  ///< pixels between control points
  double m_spacing_rows = 1;
  bool m_is_fine = true;
  bool m_has_gaps = false;
  std::vector<MetricTensor> m_nodes;  ///< row by row; NaN where the projection does not reach
  std::vector<double> m_scale;        ///< square metres of a pixel at each control point
  std::vector<double> m_left;         ///< area_left_of() at each control point
};

}  // namespace orthocover
