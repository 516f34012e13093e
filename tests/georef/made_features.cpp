#include "tests/georef/made_features.h"

#include "georef/gdal/crs.h"
#include "georef/gdal_geo_io.h"

namespace orthocover::test {
namespace {

void add_ring(RasterPolygon& polygon, double col, double row, double side) {
  for (const auto& [u, v] : {std::pair{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}})
    polygon.vertices.push_back({col + u * side, row + v * side});
  polygon.ring_ends.push_back(static_cast<std::uint32_t>(polygon.vertices.size()));
}

}  // namespace

RasterInfo map_info(const std::string& crs) {
  RasterInfo map;
  map.path = "map.tif";
  map.cols = map.rows = 1000;
  map.bands = {{"Byte", "", "", 0.0}};
  map.georeference.geotransform = {{500000, 0.5, 0, 5000000, 0, -0.5}};
  if (crs.empty()) return map;
  OGRSpatialReference reference;
  reference.SetFromUserInput(crs.c_str());
  map.georeference.crs_wkt = wkt_of(&reference);
  map.ground_size_m = 0.5;
  return map;
}

RasterPolygon square(std::int64_t value, double col, double row, double side) {
  RasterPolygon polygon;
  polygon.value = value;
  add_part(polygon, col, row, side);
  return polygon;
}

void add_hole(RasterPolygon& polygon, double col, double row, double side) {
  add_ring(polygon, col, row, side);
  polygon.part_ends.back() = static_cast<std::uint32_t>(polygon.ring_ends.size());
}

void add_part(RasterPolygon& polygon, double col, double row, double side) {
  add_ring(polygon, col, row, side);
  polygon.part_ends.push_back(static_cast<std::uint32_t>(polygon.ring_ends.size()));
}

std::vector<RasterPolygon> three_polygons() {
  RasterPolygon roof = square(3, 10, 10, 20);
  add_hole(roof, 15, 15, 4);
  roof.confidence = 0.75;
  return {roof, square(1, 40, 10, 10), square(9, 60, 10, 10)};
}

VectorSpec spec_of(const std::string& path) {
  VectorSpec spec;
  spec.path = path;
  spec.classes = {{3, "Dächer & \"roofs\"", Color{200, 0, 0}}, {1, "grass", Color{0, 200, 10}}};
  return spec;
}

void write_layer(const VectorSpec& spec, const RasterInfo& map, const std::vector<RasterPolygon>& polygons) {
  const auto sink = make_gdal_geo_io()->create_features(spec, map);
  sink->write(polygons);
  sink->finish();
  sink->commit();
}

}  // namespace orthocover::test
