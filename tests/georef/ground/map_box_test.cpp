#include "georef/ground/map_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

TEST(Projwin, BecomesTheWindowOfPixelsThatItTouches) {
  const test::Folder folder;
  test::make_raster(folder / "scene.tif");
  const auto io = make_gdal_geo_io();
  const RasterInfo scene = io->open_raster(folder / "scene.tif", {})->info();
  EXPECT_EQ(io->window_of_box(scene, {500001.0, 4999999.5, 500002.0, 4999998.5}), (Window{10, 5, 10, 10}));
  EXPECT_EQ(io->window_of_box(scene, {499990.0, 5000010.0, 500001.0, 4999999.0}), (Window{0, 0, 10, 10}));
  EXPECT_THAT(test::refusal([&] {
                io->window_of_box(scene, {600000.0, 4999999.0, 600001.0, 5000000.0});
              }),
              testing::HasSubstr("scene.tif: has no valid pixel in --projwin: the corners reach over "
                                 "600000.00 4999999.00 .. 600001.00 5000000.00, "
                                 "the scene over 500000.00"));
  EXPECT_THROW(io->window_of_box(scene, {6e300, 5000000.0, 7e300, 4999999.0}), Error);
}

RasterInfo placed(const std::string& crs, const std::array<double, 6>& geotransform) {
  const test::Folder folder;
  test::Made made;
  made.cols = made.rows = 256;
  made.crs = crs;
  made.geotransform = geotransform;
  test::make_raster(folder / "scene.tif", made);
  return make_gdal_geo_io()->open_raster(folder / "scene.tif", {})->info();
}

TEST(SameGround, IsFoundOnAnyGridInAnyCrs) {
  const auto io = make_gdal_geo_io();
  const RasterInfo scene = placed("EPSG:32633", {500000, 0.1, 0, 5000000, 0, -0.1});
  const Window top{0, 0, 256, 128};
  EXPECT_EQ(io->same_ground(scene, top, placed("EPSG:32633", {500000, 0.1, 0, 5000000, 0, -0.1})), top);
  const RasterInfo turned = placed("EPSG:32633", {500025.6, -0.2, 0, 4999974.4, 0, 0.2});
  EXPECT_EQ(io->same_ground(scene, top, turned), (Window{0, 64, 128, 64}));
  const RasterInfo same =
      placed("+proj=utm +zone=33 +datum=WGS84 +units=m", {500000, 0.1, 0, 5000000, 0, -0.1});
  EXPECT_EQ(io->same_ground(scene, top, same), top);
  const RasterInfo web = placed("EPSG:3857", {1669792.36, 0.1416, 0, 5645715.78, 0, -0.1421});
  const Window there = io->same_ground(scene, top, web);
  EXPECT_NEAR(double(there.cols), 256, 2);
  EXPECT_NEAR(double(there.rows), 128, 2);
  const RasterInfo rotated = placed("EPSG:32633", {500000, 0.08, 0.06, 5000000, 0.06, -0.08});
  EXPECT_EQ(io->same_ground(rotated, {50, 60, 70, 80}, rotated), (Window{50, 60, 70, 80}));
  RasterInfo local = scene;
  local.georeference.crs_wkt = "LOCAL_CS[\"Local Coordinates (m)\",UNIT[\"metre\",1]]";
  EXPECT_EQ(io->same_ground(local, top, local), top);
  RasterInfo frame = scene;
  frame.georeference = {};
  EXPECT_TRUE(io->same_ground(frame, top, scene).empty());
}

TEST(Projwin, LiesAroundTheBoxInARotatedScene) {
  RasterInfo scene;
  scene.cols = scene.rows = 100;
  // By 45 degrees, pixels with a diagonal of 2 m.
  scene.georeference.geotransform = {1000.0, 1.0, 1.0, 1000.0, 1.0, -1.0};
  EXPECT_EQ(make_gdal_geo_io()->window_of_box(scene, {1040.0, 1010.0, 1060.0, 990.0}),
            (Window{15, 15, 20, 20}));
}

TEST(Crs, OfAGeoPackageThatIsUndefinedCountsAsNone) {
  OGRSpatialReference geographic;
  geographic.SetGeogCS("Undefined geographic SRS", "unknown", "unknown", SRS_WGS84_SEMIMAJOR,
                       SRS_WGS84_INVFLATTENING);
  OGRSpatialReference utm;
  utm.importFromEPSG(32633);
  for (const OGRSpatialReference& crs : {undefined_cartesian(), geographic}) {
    EXPECT_TRUE(is_unknown(&crs)) << crs.GetName();
    EXPECT_EQ(wkt_of(&crs), "") << crs.GetName();
    EXPECT_EQ(crs_name(&crs), "");
    EXPECT_TRUE(may_be_same(&crs, wkt_of(&utm))) << crs.GetName();
  }
  EXPECT_FALSE(is_unknown(&utm));
}

}  // namespace
}  // namespace orthocover
