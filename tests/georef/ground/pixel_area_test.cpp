#include "georef/ground/pixel_area.h"

#include <geodesic.h>
#include <gtest/gtest.h>
#include <ogr_spatialref.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "georef/gdal/crs.h"

namespace orthocover {
namespace {

RasterInfo raster(const char* crs_text, std::array<double, 6> geotransform, std::int64_t cols,
                  std::int64_t rows) {
  OGRSpatialReference crs;
  crs.SetFromUserInput(crs_text);
  RasterInfo info;
  info.path = "map";
  info.cols = cols;
  info.rows = rows;
  info.georeference = {wkt_of(&crs), geotransform};
  return info;
}

double ground_of(const AreaScale& scale, std::int64_t cols, std::int64_t row, std::int64_t rows) {
  double total = 0;
  for (std::int64_t r = row; r < row + rows; ++r) total += scale.row_ground(r).before(cols);
  return total;
}

/// Area of the raster's outline on the ellipsoid: many points on each side, joined by geodesics.
double geodesic_area(const RasterInfo& map, int points) {
  const OGRSpatialReference crs = crs_from_wkt(map.georeference.crs_wkt);
  const std::unique_ptr<OGRSpatialReference> geographic(crs.CloneGeogCS());
  geographic->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<OGRCoordinateTransformation> to_degrees(
      OGRCreateCoordinateTransformation(&crs, geographic.get()));
  geod_geodesic ellipsoid;
  geod_init(&ellipsoid, crs.GetSemiMajor(), 1 / crs.GetInvFlattening());
  geod_polygon polygon;
  geod_polygon_init(&polygon, 0);
  const std::array<double, 6>& g = *map.georeference.geotransform;
  const double corners[5][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
  for (int side = 0; side < 4; ++side) {
    for (int i = 0; i < points; ++i) {
      const double part = static_cast<double>(i) / points;
      const double col =
          std::lerp(corners[side][0], corners[side + 1][0], part) * static_cast<double>(map.cols);
      const double row =
          std::lerp(corners[side][1], corners[side + 1][1], part) * static_cast<double>(map.rows);
      double x = g[0] + col * g[1] + row * g[2];
      double y = g[3] + col * g[4] + row * g[5];
      to_degrees->Transform(1, &x, &y);
      geod_polygon_addpoint(&ellipsoid, &polygon, y, x);
    }
  }
  double area = 0;
  geod_polygon_compute(&ellipsoid, &polygon, 0, 1, &area, nullptr);
  return std::abs(area);
}

/// A raster and what it is, for messages.
struct Case {
  const char* name;
  RasterInfo map;
};

TEST(PixelArea, IsThatOfTheEllipsoidInAnyCrs) {
  const std::vector<Case> cases = {
      {"degrees", raster("EPSG:4326", {12, 1e-3, 0, 51, 0, -1e-3}, 3000, 2000)},
      {"degrees, coarse", raster("EPSG:4326", {-20, 0.5, 0, 70, 0, -0.5}, 120, 80)},
      {"UTM beside its zone", raster("EPSG:32633", {750000, 30, 0, 5800000, 0, -30}, 5000, 4000)},
      {"around a pole, fine", raster("EPSG:3413", {-12, 0.1, 0, 13, 0, -0.1}, 260, 220)},
      {"around a pole, coarse", raster("EPSG:3031", {-1200, 10, 0, 1300, 0, -10}, 260, 220)},
      {"Web Mercator", raster("EPSG:3857", {1.2e6, 100, 0, 8.2e6, 0, -100}, 4000, 3000)},
      {"feet", raster("EPSG:2263", {980000, 10, 0, 220000, 0, -10}, 6000, 5000)},
      {"rotated", raster("EPSG:32633", {500000, 20, 15, 5300000, 12, -25}, 3000, 2500)},
      {"south up", raster("EPSG:28356", {300000, 25, 0, 6200000, 0, 25}, 2000, 2000)},
      {"polar", raster("EPSG:3031", {500000, 100, 0, 800000, 0, -100}, 3000, 2000)},
      {"conic", raster("EPSG:2154", {600000, 50, 0, 6900000, 0, -50}, 4000, 3000)},
  };
  for (const Case& made : cases) {
    const auto scale = pixel_area_scale(made.map);
    ASSERT_TRUE(scale) << made.name;
    const double expected = geodesic_area(made.map, 16000);
    // Areas around a pole are known to 2e-16 of the hemisphere.
    EXPECT_NEAR(ground_of(*scale, made.map.cols, 0, made.map.rows), expected, std::max(0.05, 2e-9 * expected))
        << made.name;
  }
}

TEST(PixelArea, OfTheWholeEarthIsThatOfTheEllipsoid) {
  const RasterInfo map = raster("EPSG:4326", {-180, 0.25, 0, 90, 0, -0.25}, 1440, 720);
  const auto scale = pixel_area_scale(map);
  EXPECT_NEAR(ground_of(*scale, 1440, 0, 720) / 510065621724088.0, 1, 1e-8);
}

TEST(PixelArea, OfADronesPixelIsExactToo) {
  const RasterInfo map = raster("EPSG:32633", {500000, 0.02, 0, 5000000, 0, -0.02}, 2000, 1000);
  const auto scale = pixel_area_scale(map);
  // On the zone's central meridian lengths are drawn 0.9996 times as long as they are.
  EXPECT_NEAR(scale->along_row(0, 1, 0.5) / (0.0004 / (0.9996 * 0.9996)), 1, 1e-10);
}

TEST(PixelArea, IsTheUnitsOwnWhereTheCrsIsLocal) {
  const RasterInfo map = raster("LOCAL_CS[\"site\",UNIT[\"foot\",0.3048]]", {0, 2, 0, 0, 0, -2}, 10, 10);
  const auto scale = pixel_area_scale(map);
  ASSERT_TRUE(scale);
  EXPECT_NEAR(scale->along_row(0, 1, 0.5), 4 * 0.3048 * 0.3048, 1e-12);
}

TEST(PixelArea, IsUnknownWithoutCrsOrPlace) {
  RasterInfo map = raster("EPSG:32633", {500000, 1, 0, 5000000, 0, -1}, 10, 10);
  map.georeference.crs_wkt.clear();
  EXPECT_FALSE(pixel_area_scale(map));
  map = raster("EPSG:32633", {500000, 1, 0, 5000000, 0, -1}, 10, 10);
  map.georeference.geotransform.reset();
  EXPECT_FALSE(pixel_area_scale(map));
}

}  // namespace
}  // namespace orthocover
