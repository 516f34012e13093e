#include "core/operations/results/scene_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/ports/memory_raster.h"

namespace orthocover {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A scene of which nobody could complain.
RasterInfo good_scene() {
  RasterInfo info = memory_raster_info(8000, 6000, 3, 0.07);
  info.path = "ortho.tif";
  info.driver = "GTiff";
  info.file_bands = 4;
  info.has_alpha = true;
  info.block_cols = info.block_rows = 256;
  info.overviews = {{4000, 3000}, {2000, 1500}};
  info.georeference.geotransform = {500000, 0.07, 0, 4649000, 0, -0.07};
  info.crs_name = "WGS 84 / UTM zone 15N (EPSG:32615)";
  return info;
}

TEST(SceneFacts, GiveAGoodSceneNoAdvice) {
  EXPECT_THAT(scene_advice(good_scene()), IsEmpty());
  EXPECT_THAT(scene_report(good_scene()), Not(HasSubstr("Advice")));
}

TEST(SceneFacts, AdviseOverviewsAndTilesForLargeScenesOnly) {
  RasterInfo info = good_scene();
  info.overviews.clear();
  info.block_cols = info.cols;
  EXPECT_THAT(scene_advice(info), ElementsAre(StartsWith("no overviews"), StartsWith("stored in strips")));
  info.cols = info.rows = info.block_cols = 500;
  EXPECT_THAT(scene_advice(info), IsEmpty());
}

TEST(SceneFacts, WarnOfUnmarkedCollarsAndUnknownGroundSize) {
  RasterInfo info = good_scene();
  info.has_alpha = false;
  info.ground_size_m.reset();
  EXPECT_THAT(scene_advice(info), ElementsAre(StartsWith("no alpha band, mask or nodata"),
                                              StartsWith("the ground size of a pixel is")));
  info.bands[1].nodata = 0;
  EXPECT_THAT(scene_advice(info), ElementsAre(StartsWith("the ground size of a pixel is")));
}

TEST(SceneFacts, AreReportedForPeople) {
  const std::string text = scene_report(good_scene());
  EXPECT_THAT(text, StartsWith("ortho.tif: 8000 x 6000 px, 3 of 4 bands are data, GTiff\n"));
  EXPECT_THAT(text, HasSubstr("  ground size  0.07 m a pixel, the scene is about 560 m x 420 m\n"));
  EXPECT_THAT(text, HasSubstr("  extent       x 500000 .. 500560, y 4648580 .. 4649000\n"));
  EXPECT_THAT(text, HasSubstr("  overviews    4000 x 3000, 2000 x 1500\n"));
}

TEST(SceneFacts, AreReportedForPrograms) {
  RasterInfo info = good_scene();
  auto facts = scene_facts(info);
  EXPECT_EQ(facts.at("cols"), 8000);
  EXPECT_EQ(facts.at("bands").size(), 3U);
  EXPECT_EQ(facts.at("bands")[0].at("nodata"), nullptr);
  EXPECT_EQ(facts.at("corners").size(), 4U);
  info.georeference.geotransform.reset();
  info.ground_size_m.reset();
  facts = scene_facts(info);
  EXPECT_EQ(facts.at("geotransform"), nullptr);
  EXPECT_EQ(facts.at("ground_size_m"), nullptr);
}

}  // namespace
}  // namespace orthocover
