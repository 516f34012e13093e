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
#include "georef/point_transform.h"
#include "georef/vector_format.h"

namespace orthocover {

/// Brings raster coordinates to the coordinates of a layer: by the geotransform, then to another CRS where
/// one is wanted. Each vertex is brought over by itself, so polygons that shared vertices still do.
class MapPlacement {
 public:
  /// @throws Error{Usage} for a CRS that PROJ does not know or the format can't have, Error{Data} when the
  /// raster has no CRS to start from
  MapPlacement(const VectorSpec& spec, const VectorFormat& format, const RasterInfo& map);

  /// CRS of the layer, x first; empty when unknown.
  const OGRSpatialReference& crs() const { return m_crs; }
  /// Side of a pixel at the raster's centre in units of the layer's CRS.
  double pixel_size() const;
  /// @throws Error{Data} for a vertex that has no place in the layer's CRS
  void place(std::span<const RasterVertex> vertices, std::vector<OGRRawPoint>& points) const;

 private:
  void settle_crs(const VectorSpec& spec, const VectorFormat& format, const std::string& map_crs);

  std::string m_map_path;
  RasterVertex m_center;
  std::array<double, 6> m_geotransform;
  OGRSpatialReference m_crs;
  std::unique_ptr<PointTransform> m_transform;  ///< null: the layer has the raster's CRS
};

}  // namespace orthocover
