#include "georef/ground/pixel_area.h"

#include <algorithm>
#include <cmath>

#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/ground_frame.h"
#include "georef/ground/ground_metric.h"
#include "georef/ground/ground_size.h"

namespace orthocover {
namespace {

/// Side of a part of the control grid: within it a cubic follows the true area to 1e-9.
constexpr double kPartM = 50e3;
/// Parts along an axis: half a degree or a degree on maps of the whole earth.
constexpr double kMostParts = 360;

int parts_of(double length_m) {
  return static_cast<int>(std::clamp(std::ceil(length_m / kPartM), 3.0, kMostParts));
}

/// Square metres of a pixel by the unit of a projected CRS alone: right where the projection keeps areas.
double planar_area(const RasterInfo& map) {
  const GdalErrors silent;
  const OGRSpatialReference crs = crs_from_wkt(map.georeference.crs_wkt);
  const std::array<double, 6>& g = *map.georeference.geotransform;
  const double unit = crs.IsProjected() ? crs.GetLinearUnits() : 0;
  return unit * unit * std::abs(g[1] * g[5] - g[2] * g[4]);
}

/// Square metres of a pixel at any place of a raster.
class PixelArea {
 public:
  PixelArea(const RasterInfo& map, const GroundFrame& frame, double pixel_m)
      : m_map(map), m_frame(frame), m_reach_px(measuring_reach_px(pixel_m)), m_planar(planar_area(map)) {}

  double at(double col, double row) const {
    const double area = measured(col, row);
    if (std::isfinite(area)) return area;
    // At a pole or on the rim of a projection, just inside.
    const double to_col = static_cast<double>(m_map.cols) / 2 - col;
    const double to_row = static_cast<double>(m_map.rows) / 2 - row;
    const double part = std::min(1.0, 2 * m_reach_px / std::max(1e-9, std::hypot(to_col, to_row)));
    const double inside = measured(col + part * to_col, row + part * to_row);
    return std::isfinite(inside) ? inside : m_planar;
  }

 private:
  /// Not a number where the projection does not reach.
  double measured(double col, double row) const {
    const MetricTensor tensor = measured_tensor(m_frame, col, row, m_reach_px);
    const bool is_known = std::isfinite(tensor.cc) && std::isfinite(tensor.cr) && std::isfinite(tensor.rr);
    return is_known ? tensor.area_scale() : std::nan("");
  }

  const RasterInfo& m_map;
  const GroundFrame& m_frame;
  double m_reach_px;
  double m_planar;
};

}  // namespace

std::optional<AreaScale> pixel_area_scale(const RasterInfo& map) {
  const auto frame = GroundFrame::of(map);
  const auto steps =
      frame ? ground_steps_m(map.georeference.crs_wkt, *map.georeference.geotransform, map.cols, map.rows)
            : std::nullopt;
  if (!steps) {
    const auto metric = GroundMetric::of(map);
    const auto plane = metric ? metric->near(0, 0) : std::nullopt;
    return plane ? std::optional(AreaScale(plane->at.area_scale())) : std::nullopt;
  }
  const PixelArea area(map, *frame, std::sqrt(steps->along_row_m * steps->along_column_m));
  const auto cols = static_cast<double>(map.cols);
  const auto rows = static_cast<double>(map.rows);
  return AreaScale(cols, rows, parts_of(cols * steps->along_row_m), parts_of(rows * steps->along_column_m),
                   [&](double col, double row) { return area.at(col, row); });
}

}  // namespace orthocover
