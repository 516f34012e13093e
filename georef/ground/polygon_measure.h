#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/ports/feature_sink.h"
#include "georef/ground/ground_frame.h"
#include "georef/ground/ground_metric.h"

namespace orthocover {

/// Area and perimeter on the ground.
struct GroundMeasure {
  double area_m2 = 0;
  double perimeter_m = 0;
};

/// Sizes of a feature; holes are no part of its area, their rings are part of its perimeter.
struct PolygonMeasure {
  double area_map = 0;  ///< in squared units of the raster's CRS
  double perimeter_map = 0;
  std::optional<GroundMeasure> ground;  ///< nothing where the projection does not reach
};

/// Measures polygons of a raster, whose edges are straight in the raster, in its plane and on its ellipsoid.
/// The latter is done by the metric of the ground, which agrees with the exact way to 1e-6 or better, and by
/// geodesics where the metric is not fine enough: on rasters of more than about 5000 km. Not thread-safe.
class PolygonMeasurer {
 public:
  explicit PolygonMeasurer(const RasterInfo& map);
  ~PolygonMeasurer();

  /// False without a CRS: `ground` of every measure is nothing.
  bool has_ground() const { return m_metric.has_value(); }
  /// Side of a pixel in units of the raster's CRS.
  double pixel_size_map() const;
  PolygonMeasure measure(const RasterPolygon& polygon);
  /// By geodesics, whatever the size: 1 to 2 microseconds a vertex. Long edges are cut so that they follow
  /// the straight line of the raster.
  /// @return nothing where the projection does not reach
  std::optional<GroundMeasure> measure_exactly(const RasterPolygon& polygon);

 private:
  struct Part;

  template <class Action>
  void for_each_part(const RasterPolygon& polygon, const Action& action);
  void add_part(const Part& part, PolygonMeasure& sum);
  std::optional<GroundMeasure> ground_of(const Part& part);
  GroundMeasure integrate(const Part& part) const;
  std::optional<GroundMeasure> exact_ground_of(const Part& part);
  void add_points(RasterRing ring);

  std::array<double, 6> m_geotransform;
  double m_pixel_area_map;
  std::optional<GroundMetric> m_metric;
  std::optional<GroundFrame> m_frame;
  std::unique_ptr<Part> m_part;              ///< memory of for_each_part
  std::vector<GroundFrame::Point> m_points;  ///< memory of the exact way
};

}  // namespace orthocover
