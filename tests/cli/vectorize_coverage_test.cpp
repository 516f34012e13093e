#include <cmath>

#include "tests/cli/vectorize_workshop.h"

namespace orthocover::test {
namespace {

/// Two maps of one ground agree by class to 1 %.
void expect_equal_areas(const PolygonFile& exact, const PolygonFile& simple) {
  double whole = 0;
  for (const auto& [value, area] : exact.area_per_class()) whole += area;
  const auto areas = simple.area_per_class();
  for (const auto& [value, area] : exact.area_per_class())
    EXPECT_NEAR(areas.at(value) / area, 1, 0.01) << "class " << value;
  double sum = 0;
  for (const auto& [value, area] : areas) sum += area;
  EXPECT_NEAR(sum / whole, 1, 1e-4);
}

/// Rings of the union that are holes: places without data.
int gaps_of(const PolygonFile& exact) {
  OGRMultiPolygon all;
  for (const FilePolygon& polygon : exact.polygons()) all.addGeometry(polygon.geometry.get());
  const std::unique_ptr<OGRGeometry> whole(all.UnionCascaded());
  int gaps = 0;
  if (wkbFlatten(whole->getGeometryType()) == wkbPolygon) return whole->toPolygon()->getNumInteriorRings();
  for (const OGRPolygon* part : *whole->toMultiPolygon()) gaps += part->getNumInteriorRings();
  return gaps;
}

/// Columns and rows of all corners.
auto corners(const PolygonFile& file, double pixel) {
  std::vector<std::pair<long, long>> all;
  for (const FilePolygon& polygon : file.polygons())
    for (const OGRLinearRing* ring : *polygon.geometry->toPolygon())
      for (const OGRPoint& corner : *ring)
        all.emplace_back(std::lround(corner.getX() / pixel), std::lround(corner.getY() / pixel));
  return all;
}

TEST_F(Vectorize, KeepsCornersWhateverThePixel) {
  for (const std::string method : {"douglas-peucker", "visvalingam"}) {
    std::vector<std::pair<long, long>> first;
    for (const double pixel : {1.0, 0.02, 0.1, 0.3}) {
      const auto patches = [](int, int col, int row) { return land_at(0, 5 * col, 5 * row); };
      make_map(shop / "map.tif", 99, 99, patches, [&](Made& map) {
        map.crs.clear();
        map.geotransform = {0, pixel, 0, 0, 0, -pixel * (first.empty() ? 1 : 1 + 1e-7)};
      });
      const std::string area = fmt::format("{}", 6 * pixel * pixel);
      const auto kept =
          corners(made("out.gpkg", {"--simplify-method", method, "--min-area", area, "--overwrite"}), pixel);
      if (first.empty()) first = kept;
      EXPECT_TRUE(kept == first) << method << pixel;
    }
  }
}

TEST_F(Vectorize, KeepsCoverageAndAreas) {
  make_map(shop / "map.tif", 900, 600, [](int band, int col, int row) {
    return land_at(band, (col * 8 + row) / 50, (row * 8 - col) / 50);
  });
  const PolygonFile exact = made("exact.gpkg", {"--simplify", "0", "--min-area", "0.1"});
  for (const std::string extension : {"gpkg", "shp", "geojson", "geojsonl", "fgb", "kml"}) {
    const PolygonFile simple = made("simple." + extension, {"--simplify", "0.2", "--min-area", "0.1"});
    EXPECT_EQ(simple.coverage_fault(), "") << extension;
    EXPECT_EQ(simple.polygons().size(), exact.polygons().size());
    if (extension == "gpkg" || extension == "shp" || extension == "fgb") expect_equal_areas(exact, simple);
  }
}

TEST_F(Vectorize, KeepsASample) {
  const Outcome outcome = shop.run({"segment", "--levels", "1", "--device", "cpu", "--threads", "2",
                                    ORTHOCOVER_SOURCE_DIR "/examples/banepa.tif", shop / "map.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const PolygonFile exact = made("exact.gpkg", {"--simplify", "0", "--min-area", "0.5"});
  const int gaps = gaps_of(exact);
  for (const std::string extension : {"gpkg", "geojson"}) {
    const PolygonFile simple = made("simple." + extension, {"--simplify", "0.13", "--min-area", "0.5"});
    EXPECT_EQ(simple.coverage_fault(gaps), "") << extension;
    EXPECT_EQ(simple.polygons().size(), exact.polygons().size());
    EXPECT_LT(simple.vertices(), exact.vertices() / 3);
    if (extension == "gpkg") expect_equal_areas(exact, simple);
  }
  EXPECT_EQ(made("smooth.gpkg", {"--simplify", "0.13", "--min-area", "0.5", "--smooth"}).coverage_fault(gaps),
            "");
}

}  // namespace
}  // namespace orthocover::test
