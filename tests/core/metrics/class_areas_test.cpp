#include "core/metrics/class_areas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/base/error.h"
#include "core/ports/memory_classes.h"
#include "core/ports/memory_raster.h"
#include "tests/core/metrics/made_polygons.h"

namespace orthocover {
namespace {

using test::polygon_of;

/// Class 5 left of column 10 and 7 from it on, no class in row 3.
MemoryClassSource two_halves() {
  return {memory_raster_info(20, 8, 1, 1), [](std::int64_t col, std::int64_t) { return col < 10 ? 5 : 7; },
          [](std::int64_t, std::int64_t row) { return row != 3; }};
}

RasterPolygon box(double col, double row, double right, double bottom) {
  return polygon_of({{{col, row}, {right, row}, {right, bottom}, {col, bottom}}});
}

TEST(ClassAreas, OfAWholeRasterAreItsPixels) {
  RunContext context;
  const auto areas = areas_of_raster(two_halves(), AreaScale(0.25), context);
  ASSERT_EQ(areas.classes.size(), 2U);
  EXPECT_DOUBLE_EQ(areas.classes.at(5).pixels, 70);
  EXPECT_DOUBLE_EQ(areas.classes.at(5).ground, 17.5);
  EXPECT_DOUBLE_EQ(areas.classes.at(7).ground, 17.5);
  EXPECT_DOUBLE_EQ(areas.nodata.pixels, 20);
  EXPECT_DOUBLE_EQ(areas.nodata.ground, 5);
}

TEST(ClassAreas, OfZonesWeighPixelsByTheirShareAndCountOverlapsForEach) {
  RunContext context;
  const std::vector<Zone> zones = {{1, "a", box(9.5, 0.5, 11.25, 2)},
                                   {2, "b", box(9, 1, 10, 5)},
                                   {3, "far", {}},
                                   {4, "over the rim", box(-50, 6, 0.5, 50)}};
  const auto areas = areas_of_zones(two_halves(), AreaScale(2), zones, context);
  ASSERT_EQ(areas.size(), 4U);
  EXPECT_DOUBLE_EQ(areas[0].classes.at(5).pixels, 0.5 * 1.5);
  EXPECT_DOUBLE_EQ(areas[0].classes.at(7).ground, 2 * 1.25 * 1.5);
  EXPECT_EQ(areas[0].nodata.pixels, 0);
  EXPECT_DOUBLE_EQ(areas[1].classes.at(5).pixels, 3);
  EXPECT_DOUBLE_EQ(areas[1].nodata.pixels, 1);
  EXPECT_EQ(areas[1].classes.count(7), 0U);
  EXPECT_TRUE(areas[2].classes.empty());
  EXPECT_DOUBLE_EQ(areas[3].classes.at(5).pixels, 1);
}

TEST(ClassAreas, OfZonesThatFillTheRasterSumToItsOwn) {
  RunContext context;
  const MemoryClassSource source(memory_raster_info(300, 700, 1, 1),
                                 [](std::int64_t col, std::int64_t row) { return (col / 7 + row / 5) % 4; });
  const AreaScale scale(300, 700, 4, 4, [](double c, double r) { return 1 + 1e-4 * c + 2e-7 * r * r; });
  std::vector<Zone> zones;
  for (int i = 0; i < 10; ++i) {
    // Slanted strips from one rim to the other.
    const double left = i == 0 ? -500 : 30.3 * i - 40;
    const double right = i == 9 ? 900 : 30.3 * (i + 1) - 40;
    zones.push_back({i, "", polygon_of({{{left, 0}, {right, 0}, {right + 80, 700}, {left + 80, 700}}})});
  }
  const auto whole = areas_of_raster(source, scale, context);
  ClassAreas<std::int64_t> sum;
  for (const auto& zone : areas_of_zones(source, scale, zones, context)) {
    for (const auto& [value, area] : zone.classes) sum.classes[value] += area;
  }
  ASSERT_EQ(sum.classes.size(), 4U);
  for (const auto& [value, area] : whole.classes) {
    EXPECT_NEAR(sum.classes[value].ground, area.ground, 1e-10 * area.ground);
    EXPECT_NEAR(sum.classes[value].pixels, area.pixels, 1e-10 * area.pixels);
  }
}

TEST(ClassAreas, OfAPolygonAndOfTheShareOfPixelsAgree) {
  RunContext context;
  const MemoryClassSource source(memory_raster_info(40, 36, 1, 1),
                                 [](std::int64_t, std::int64_t) { return 1; });
  const AreaScale scale(40, 36, 3, 3, [](double c, double r) { return 1 + 1e-6 * c + 1e-8 * r * c; });
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const std::vector<Zone> zones = {{1, "", test::random_star(random, 20, 18)}};
    const GroundArea polygon = area_of(zones[0].polygon, scale);
    const auto areas = areas_of_zones(source, scale, zones, context);
    const GroundArea pixels = areas[0].classes.at(1);
    EXPECT_NEAR(pixels.ground, polygon.ground, 1e-7 * polygon.ground) << round;
    EXPECT_NEAR(pixels.pixels, polygon.pixels, 1e-11 * polygon.pixels) << round;
  }
}

TEST(ClassAreas, StopsWhenTheUserDoes) {
  class Stopped final : public RunContext {
    bool cancelled() const override { return true; }
  } stopped;
  EXPECT_THROW(areas_of_raster(two_halves(), AreaScale(1), stopped), Error);
  const std::vector<Zone> zones = {{1, "", box(0, 0, 5, 5)}};
  EXPECT_THROW(areas_of_zones(two_halves(), AreaScale(1), zones, stopped), Error);
}

}  // namespace
}  // namespace orthocover
