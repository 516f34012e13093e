#include "georef/ground/ground_size.h"

#include <gtest/gtest.h>

#include <cmath>

#include "georef/gdal_geo_io.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

RasterInfo info_of(const test::Made& made) {
  const test::Folder folder;
  test::make_raster(folder / "scene.tif", made);
  return make_gdal_geo_io()->open_raster(folder / "scene.tif", {})->info();
}

double ground_size_of(const test::Made& made) {
  return info_of(made).ground_size_m.value_or(-1);
}

TEST(GroundSize, OfUtmIsThePixelSizeWithinTheScaleOfTheProjection) {
  EXPECT_NEAR(ground_size_of({}), 0.1, 0.1 * 0.0005);
  EXPECT_EQ(info_of({}).pixel_aspect, 1) << "the projection's scale makes no pixel longer than wide";
}

TEST(GroundSize, OfFeetIsInMetres) {
  test::Made made;
  made.crs = "EPSG:2263";  // New York Long Island, US survey feet
  made.geotransform = {{980000, 0.5, 0, 200000, 0, -0.5}};
  EXPECT_NEAR(ground_size_of(made), 0.5 * 0.3048006, 0.0001);
}

TEST(GroundSize, OfDegreesIsTheGeometricMeanOfBothGeodesics) {
  test::Made made;
  made.crs = "EPSG:4326";
  const double step = 1e-6;
  made.geotransform = {{8.0, step, 0, 60.0, 0, -step}};
  const double north = step * 111412.2;  // metres of a degree of latitude at 60 degrees
  const double east = step * 111319.5 * std::cos(60 * M_PI / 180) * 1.0025;  // of longitude, on the ellipsoid
  EXPECT_NEAR(ground_size_of(made), std::sqrt(north * east), 1e-4);
  EXPECT_NEAR(info_of(made).pixel_aspect, east / north, 1e-4);
}

TEST(GroundSize, OfWebMercatorShrinksWithTheLatitude) {
  test::Made made;
  made.crs = "EPSG:3857";
  made.geotransform = {{0, 0.2, 0, 8399737.9, 0, -0.2}};  // 60 degrees north
  EXPECT_NEAR(ground_size_of(made), 0.1, 0.0005);
}

TEST(GroundSize, DoesNotChangeWhenTheGridIsTurnedOrSouthUp) {
  test::Made turned;
  const double c = 0.1 * std::cos(0.5);
  const double s = 0.1 * std::sin(0.5);
  turned.geotransform = {{500000, c, s, 5000000, s, -c}};
  EXPECT_NEAR(ground_size_of(turned), 0.1, 0.0001);
  test::Made south_up;
  south_up.geotransform = {{500000, 0.1, 0, 5000000, 0, 0.1}};
  EXPECT_NEAR(ground_size_of(south_up), 0.1, 0.0001);
}

TEST(GroundSize, IsUnknownWithoutCrsOrPlace) {
  test::Made no_crs;
  no_crs.crs = "";
  EXPECT_EQ(ground_size_of(no_crs), -1);
  test::Made frame;
  frame.crs = "";
  frame.geotransform.reset();
  EXPECT_EQ(ground_size_of(frame), -1);
}

}  // namespace
}  // namespace orthocover
