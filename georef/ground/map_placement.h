#pragma once

#include <ogr_core.h>
#include <ogr_geometry.h>
#include <ogr_spatialref.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ports/feature_sink.h"
#include "georef/gdal/vector_format.h"
#include "georef/ground/edge_splitter.h"
#include "georef/ground/point_transform.h"

namespace orthocover {

/// Brings raster coordinates to the coordinates of a layer: by the geotransform, then to another CRS where
/// one is wanted. Each vertex is brought over by itself, so polygons that shared vertices still do; long
/// edges get vertices where the other CRS would bend them.
class MapPlacement {
 public:
  /// @throws Error{Usage} for a CRS that PROJ does not know or the format can't have, Error{Data} when the
  /// raster has no CRS to start from, or is torn apart in the other
  MapPlacement(const VectorSpec& spec, const VectorFormat& format, const RasterInfo& map);

  /// CRS of the layer, x first; empty when unknown.
  const OGRSpatialReference& crs() const { return m_crs; }
  /// Side of a pixel at the raster's centre in units of the layer's CRS.
  double pixel_size() const;
  /// @throws Error{Data} for a vertex that has no place in the layer's CRS
  void place(const RasterPolygon& polygon, PlacedRings& rings) const;

 private:
  void place(std::span<const RasterVertex> vertices, std::vector<OGRRawPoint>& points) const;
  OGRRawPoint on_map(const RasterVertex& at) const {
    const auto [x, y] = orthocover::on_map(m_geotransform, at.col, at.row);
    return {x, y};
  }
  void to_layer(std::span<OGRRawPoint> points) const;
  void check_whole() const;
  double bend_at(double col, double row, double d_col, double d_row) const;
  double largest_bend() const;
  void settle_crs(const VectorSpec& spec, const VectorFormat& format, const std::string& map_crs);

  std::string m_map_path;
  RasterVertex m_center;
  double m_cols;
  double m_rows;
  std::array<double, 6> m_geotransform;
  OGRSpatialReference m_crs;
  bool m_is_wgs84;                              ///< by the format, whose longitudes end at 180 degrees
  std::unique_ptr<PointTransform> m_transform;  ///< null: the layer has the raster's CRS
  std::optional<double> m_middle_longitude;     ///< of a layer in degrees
  EdgeSplitter m_splitter{0};
};

}  // namespace orthocover
