#include "georef/ground/ground_metric.h"

#include <gtest/gtest.h>

#include <cmath>

#include "georef/gdal/crs.h"
#include "georef/ground/polygon_measure.h"

namespace orthocover {
namespace {

/// A raster of 10,000 x 8,000 px somewhere on the earth.
RasterInfo map_of(const std::string& crs_text, const std::array<double, 6>& geotransform) {
  RasterInfo map;
  map.path = "map.tif";
  map.cols = 10000;
  map.rows = 8000;
  OGRSpatialReference crs;
  crs.SetFromUserInput(crs_text.c_str());
  map.georeference.crs_wkt = wkt_of(&crs);
  map.georeference.geotransform = geotransform;
  return map;
}

/// A star with a hole, whose long and short edges run in every direction.
RasterPolygon star_at(double col, double row, double radius) {
  RasterPolygon polygon;
  const auto add_ring = [&](double factor, int points) {
    const auto first = polygon.vertices.size();
    for (int i = 0; i < points; ++i) {
      const double angle = 2 * M_PI * i / points;
      const double r = radius * factor * (i % 3 == 0 ? 1 : i % 3 == 1 ? 0.8 : 0.55);
      polygon.vertices.push_back({col + r * std::cos(angle), row + r * std::sin(angle)});
    }
    polygon.vertices.push_back(polygon.vertices[first]);
    polygon.ring_ends.push_back(static_cast<std::uint32_t>(polygon.vertices.size()));
  };
  add_ring(1, 37);
  add_ring(0.3, 11);
  polygon.part_ends = {2};
  return polygon;
}

void expect_exact(const RasterInfo& map, double radius_px, double tolerance) {
  PolygonMeasurer measurer(map);
  ASSERT_TRUE(measurer.has_ground());
  for (const double col : {0.2, 0.5, 0.83}) {
    for (const double row : {0.21, 0.5, 0.8}) {
      const RasterPolygon star = star_at(col * 10000, row * 8000, radius_px);
      const auto fast = measurer.measure(star).ground;
      const auto exact = measurer.measure_exactly(star);
      ASSERT_TRUE(fast && exact);
      EXPECT_NEAR(fast->area_m2 / exact->area_m2, 1, tolerance);
      EXPECT_NEAR(fast->perimeter_m / exact->perimeter_m, 1, tolerance);
    }
  }
}

TEST(GroundMetric, AgreesWithGeodesicsFarFromTheCentralMeridianOfUtm) {
  expect_exact(map_of("EPSG:32633", {900000, 1, 0, 6000000, 0, -1}), 900, 1e-6);
  expect_exact(map_of("EPSG:32633", {900000, 0.1, 0, 6000000, 0, -0.1}), 900, 1e-7);
}

TEST(GroundMetric, AgreesWithGeodesicsInDegreesAtSixtyDegreesNorth) {
  expect_exact(map_of("EPSG:4326", {8, 1e-6, 0, 60, 0, -1e-6}), 900, 1e-7);
  expect_exact(map_of("EPSG:4326", {8, 1e-5, 0, 60, 0, -1e-5}), 800, 1e-6);
}

TEST(GroundMetric, AgreesWithGeodesicsInWebMercator) {
  expect_exact(map_of("EPSG:3857", {1000000, 0.2, 0, 8399737.9, 0, -0.2}), 900, 1e-7);
  expect_exact(map_of("EPSG:3857", {1000000, 2, 0, 8399737.9, 0, -2}), 900, 1e-6);
}

TEST(GroundMetric, AgreesWithGeodesicsOnATurnedAndShearedGrid) {
  const double c = 0.5 * std::cos(0.6);
  const double s = 0.5 * std::sin(0.6);
  expect_exact(map_of("EPSG:32633", {700000, c, s, 5500000, s, -c}), 900, 1e-7);
  expect_exact(map_of("EPSG:3857", {700000, c, 0.3, 5500000, s, -0.7}), 900, 1e-6);
}

TEST(GroundMetric, AgreesWithGeodesicsInFeet) {
  expect_exact(map_of("EPSG:2263", {980000, 0.5, 0, 200000, 0, -0.5}), 900, 1e-7);
}

TEST(GroundMetric, AgreesWithGeodesicsOnACountryWideRaster) {
  expect_exact(map_of("EPSG:3035", {4000000, 30, 0, 3200000, 0, -30}), 30, 1e-6);
}

TEST(GroundMetric, KnowsTheAreaOfADegreeCellOnTheEllipsoid) {
  // A cell of 0.01 by 0.01 degrees between 60.00 and 59.99 north on WGS 84, by the closed formula.
  const double e = std::sqrt(0.00669437999014);
  const double b = 6356752.314245;
  const auto q = [&](double degrees) {
    const double x = std::sin(degrees * M_PI / 180);
    return std::atanh(e * x) / (2 * e) + x / (2 * (1 - e * e * x * x));
  };
  const double cell = b * b * (0.01 * M_PI / 180) * (q(60) - q(59.99));
  PolygonMeasurer measurer(map_of("EPSG:4326", {8, 1e-5, 0, 60, 0, -1e-5}));
  RasterPolygon square;
  square.vertices = {{0, 0}, {0, 1000}, {1000, 1000}, {1000, 0}, {0, 0}};
  square.ring_ends = {5};
  square.part_ends = {1};
  EXPECT_NEAR(measurer.measure(square).ground->area_m2 / cell, 1, 1e-7);
  EXPECT_NEAR(measurer.measure_exactly(square)->area_m2 / cell, 1, 1e-7);
}

TEST(GroundMetric, AgreesWithGeodesicsForLargePolygons) {
  expect_exact(map_of("EPSG:32633", {600000, 10, 0, 6000000, 0, -10}), 1500, 1e-6);
  expect_exact(map_of("EPSG:4326", {8, 1e-4, 0, 60, 0, -1e-4}), 1500, 1e-6);
  expect_exact(map_of("EPSG:3857", {1000000, 2, 0, 8399737.9, 0, -2}), 1500, 1e-6);
}

TEST(GroundMetric, AddsUpOverPolygonsThatFillALargeOne) {
  PolygonMeasurer measurer(map_of("EPSG:4326", {8, 1e-4, 0, 60, 0, -1e-4}));
  const auto box = [](double left, double top, double right, double bottom) {
    RasterPolygon polygon;
    polygon.vertices = {{left, top}, {left, bottom}, {right, bottom}, {right, top}, {left, top}};
    polygon.ring_ends = {5};
    polygon.part_ends = {1};
    return polygon;
  };
  double sum_m2 = 0;
  for (int row = 0; row < 8000; row += 100) {
    for (int col = 0; col < 10000; col += 100)
      sum_m2 += measurer.measure(box(col, row, col + 100, row + 100)).ground->area_m2;
  }
  const double whole_m2 = measurer.measure(box(0, 0, 10000, 8000)).ground->area_m2;
  EXPECT_NEAR(sum_m2 / whole_m2, 1, 1e-7);
}

TEST(GroundMetric, LeavesPolygonsToGeodesicsOnARasterOfHalfTheEarth) {
  PolygonMeasurer measurer(map_of("EPSG:4326", {-100, 0.02, 0, 80, 0, -0.02}));
  const RasterPolygon star = star_at(5000, 4000, 1000);
  const auto fast = measurer.measure(star).ground;
  const auto exact = measurer.measure_exactly(star);
  EXPECT_EQ(fast->area_m2, exact->area_m2);
  EXPECT_EQ(fast->perimeter_m, exact->perimeter_m);
}

TEST(GroundMetric, OfALocalCrsIsItsOwnUnit) {
  const std::string feet =
      "LOCAL_CS[\"site\",LOCAL_DATUM[\"site\",0],UNIT[\"foot\",0.3048],AXIS[\"x\",EAST],AXIS[\"y\",NORTH]]";
  PolygonMeasurer measurer(map_of(feet, {0, 2, 0, 0, 0, -2}));
  RasterPolygon square;
  square.vertices = {{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}};
  square.ring_ends = {5};
  square.part_ends = {1};
  const PolygonMeasure measure = measurer.measure(square);
  EXPECT_NEAR(measure.area_map, 400, 1e-9);
  EXPECT_NEAR(measure.perimeter_map, 80, 1e-9);
  EXPECT_NEAR(measure.ground->area_m2, 400 * 0.3048 * 0.3048, 1e-9);
  EXPECT_NEAR(measure.ground->perimeter_m, 80 * 0.3048, 1e-9);
}

TEST(GroundMetric, IsUnknownWithoutCrs) {
  EXPECT_FALSE(PolygonMeasurer(map_of("", {0, 1, 0, 0, 0, -1})).has_ground());
}

TEST(PolygonMeasure, CountsHolesOutOfTheAreaAndIntoThePerimeterOfEveryPart) {
  RasterPolygon polygon;
  polygon.vertices = {{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0},  {2, 2},  {4, 2}, {4, 4},
                      {2, 4}, {2, 2},  {20, 0},  {20, 5}, {25, 5}, {25, 0}, {20, 0}};
  polygon.ring_ends = {5, 10, 15};
  polygon.part_ends = {2, 3};
  const PolygonMeasure measure =
      PolygonMeasurer(map_of("EPSG:32633", {500000, 0.5, 0, 5e6, 0, -0.5})).measure(polygon);
  EXPECT_NEAR(measure.area_map, (100 - 4 + 25) * 0.25, 1e-9);
  EXPECT_NEAR(measure.perimeter_map, (40 + 8 + 20) * 0.5, 1e-9);
  EXPECT_NEAR(measure.ground->area_m2, measure.area_map / (0.9996 * 0.9996), 1e-6);
  EXPECT_NEAR(measure.ground->perimeter_m, measure.perimeter_map / 0.9996, 1e-6);
}

}  // namespace
}  // namespace orthocover
