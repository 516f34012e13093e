#pragma once

#include <ogrsf_frmts.h>

#include <string>
#include <vector>

#include "core/ports/feature_sink.h"
#include "georef/gdal/dataset.h"

namespace orthocover::test {

/// A map of 1000 x 1000 px of half a metre, called map.tif, of bytes.
/// @param crs empty: none
RasterInfo map_info(const std::string& crs);

/// A square of `side` pixels, its corners in the order of a map with south up.
RasterPolygon square(std::int64_t value, double col, double row, double side);
void add_hole(RasterPolygon& polygon, double col, double row, double side);
void add_part(RasterPolygon& polygon, double col, double row, double side);

/// Roof with a hole at pixel (10, 10), grass at (40, 10), and a value without a class.
std::vector<RasterPolygon> three_polygons();
/// A layer with names and colours for roof (3) and grass (1).
VectorSpec spec_of(const std::string& path);

/// Writes a layer from start to commit.
void write_layer(const VectorSpec& spec, const RasterInfo& map, const std::vector<RasterPolygon>& polygons);

}  // namespace orthocover::test
