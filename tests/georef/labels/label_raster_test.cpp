#include "georef/labels/label_raster.h"

#include <cpl_string.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "georef/raster/raster_source.h"
#include "tests/georef/made_layers.h"

namespace orthocover {
namespace {

using test::Folder;
using test::Made;
using test::make_raster;
using test::refusal;
using testing::ElementsAre;
using testing::HasSubstr;

class LabelRasterTest : public test::LabelsOnScene {
 protected:
  LabelRasterTest() : LabelsOnScene("labels.tif") {}
};

/// Columns of grass, roof, a colour of no class, black, 16 wide; then anew.
Made colors(int cols = 64) {
  Made made;
  made.value = [cols](int band, int col, int) -> double {
    constexpr int kColors[4][3] = {{0, 200, 0}, {200, 0, 0}, {155, 155, 155}, {0, 0, 0}};
    return kColors[col % cols / 16][band];
  };
  return made;
}

TEST_F(LabelRasterTest, OfColoursAreReadThroughTheLegend) {
  make_raster(m_request.path, colors(32));
  m_request.class_field = "kind";
  const auto labels = open();
  EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("--class-field")));
  const auto values = pixels(*labels);
  EXPECT_EQ(values[15], 0);
  EXPECT_EQ(values[16], 1);
  EXPECT_EQ(std::ranges::count(values, 0), 32 * 48);
  EXPECT_THAT(labels->pieces(), testing::SizeIs(2));
}

TEST_F(LabelRasterTest, OfColoursHaveNoClassWhereAllChannelsAreNodata) {
  Made made = colors(48);
  made.nodata = 155;
  make_raster(m_request.path, made);
  const auto values = pixels(*open());
  EXPECT_EQ(std::ranges::count(values, kIgnoreLabel), 16 * 48);
}

TEST_F(LabelRasterTest, OfUnknownColoursAreCountedAndRefusedOrIgnored) {
  make_raster(m_request.path, colors());
  EXPECT_THAT(refusal([&] { open(); }),
              HasSubstr("labels.tif: has colours #9b9b9b (768 px), #000000 (768 px) that "
                        "the legend does not know; it has 1 grass, 3 roof"));
  m_request.unknown = kIgnoreLabel;
  EXPECT_EQ(std::ranges::count(pixels(*open()), kIgnoreLabel), 32 * 48);
  EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("they count as unlabelled")));
}

TEST_F(LabelRasterTest, OfColoursInTheMapNeedNoClass) {
  make_raster(m_request.path, colors());
  ClassGroups groups(2);
  m_request.coding = LabelCoding(test::two_classes(), std::nullopt,
                                 {{"#9b9b9b", {}}, {"#000000", {"grass", "roof"}}}, groups, "test");
  const auto values = pixels(*open());
  EXPECT_EQ(values[40], kIgnoreLabel);
  EXPECT_EQ(values[56], 2);
}

TEST_F(LabelRasterTest, OfJpegColoursAreFoundWithinATolerance) {
  Made made = colors();
  made.value = [](int band, int col, int row) -> double {
    return (band == (col < 32 ? 1 : 0) ? 200 : 3) + (col + row) % 5;
  };
  make_raster(m_request.path, made);
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("has colours"));
  m_request.color_tolerance = 7;
  EXPECT_EQ(std::ranges::count(pixels(*open()), 0), 32 * 48);
}

TEST_F(LabelRasterTest, OnAnotherGridAreWarpedByNearestAndEndWhereTheyEnd) {
  for (const bool by_color : {false, true}) {
    Made made;
    made.cols = 20;  // 20 cm a pixel: the left 40 columns of the scene
    made.rows = 24;
    made.geotransform = std::array<double, 6>{500000, 0.2, 0, 5000000, 0, -0.2};
    made.bands = by_color ? 3 : 1;
    made.value = [&](int band, int col, int) -> double {
      if (!by_color) return col < 10 ? 1 : 3;
      return band == (col < 10 ? 1 : 0) ? 200 : 0;
    };
    m_request.path = m_folder / (by_color ? "colors.tif" : "values.tif");
    make_raster(m_request.path, made);
    const auto values = pixels(*open());
    EXPECT_EQ(values[19], 0);
    EXPECT_EQ(values[20], 1);
    EXPECT_EQ(values[39], 1);
    EXPECT_EQ(values[40], kIgnoreLabel);
    EXPECT_EQ(std::ranges::count(values, 1), 20 * 48);
  }
}

TEST_F(LabelRasterTest, AreUnlabelledWhereTheirMaskIsZero) {
  Made made;
  made.bands = 1;
  made.value = [](int, int, int) { return 1; };
  made.mask = [](int col, int) { return col < 16; };
  for (const bool is_warped : {false, true}) {
    if (is_warped) {
      made.cols = 32;
      made.rows = 24;
      made.geotransform = {500000, 0.2, 0, 5000000, 0, -0.2};
      made.mask = [](int col, int) { return col < 8; };
    }
    make_raster(m_request.path, made);
    const std::vector<std::uint8_t> labels = pixels(*open());
    EXPECT_EQ(labels[15], 0) << is_warped;
    EXPECT_EQ(labels[16], kIgnoreLabel) << is_warped;
  }
}

TEST_F(LabelRasterTest, BesideTheSceneAreRefusedWithBothExtents) {
  Made made;
  made.bands = 1;
  made.geotransform = std::array<double, 6>{600000, 0.1, 0, 5000000, 0, -0.1};
  made.value = [](int, int, int) { return 1; };
  make_raster(m_request.path, made);
  EXPECT_THAT(refusal([&] { open(); }),
              HasSubstr("the labels reach over 600000.00 4999995.20 .. 600006.40 5000000.00, the scene over "
                        "500000.00 4999995.20 .. 500006.40 5000000.00"));
}

TEST_F(LabelRasterTest, OfAnotherSizeNeedAGeoreference) {
  Made made;
  made.bands = 1;
  made.cols = 30;
  made.geotransform.reset();
  made.crs = "";
  make_raster(m_request.path, made);
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("without georeference they must agree"));
}

TEST_F(LabelRasterTest, OfTwoValuesMeanWhatTheMapSays) {
  Made made;
  made.bands = 1;
  made.value = [](int, int col, int) { return col < 16 ? 255 : 0; };
  make_raster(m_request.path, made);
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("no labelled pixel"));
  ClassGroups groups(2);
  m_request.coding = LabelCoding(test::two_classes(), std::nullopt, {{"255", {"roof"}}}, groups, "test");
  m_request.background = 0;
  const auto values = pixels(*open());
  EXPECT_EQ(std::ranges::count(values, 1), 16 * 48);
  EXPECT_EQ(std::ranges::count(values, 0), 48 * 48);
}

TEST_F(LabelRasterTest, OfAPaletteAreValuesOrColoursWhicheverExplainsMore) {
  Made made;
  made.bands = 1;
  made.palette = true;  // 1 is red
  made.value = [](int, int, int) { return 1; };
  make_raster(m_request.path, made);
  EXPECT_EQ(pixels(*open())[0], 0) << "no class is red";
  m_request.coding = LabelCoding(Legend({{1, "grass", {0, 200, 0}, ""}, {3, "roof", {255, 0, 0}, ""}}));
  EXPECT_EQ(pixels(*open())[0], 1) << "colours of classes";
  m_request.by_color = false;
  EXPECT_EQ(pixels(*open())[0], 0);
  m_request.by_color.reset();
  m_request.coding = LabelCoding(Legend({{2, "grass", {0, 200, 0}, ""}, {3, "roof", {255, 0, 0}, ""}}));
  EXPECT_EQ(pixels(*open())[0], 1);
}

/// Gives a raster a palette and names of its values in a file beside it.
void describe(const std::string& path, const std::vector<GDALColorEntry>& colors,
              const std::vector<const char*>& names = {}) {
  GDALDataset* dataset = GDALDataset::Open(path.c_str(), GDAL_OF_RASTER);
  GDALColorTable table;
  for (std::size_t i = 0; i < colors.size(); ++i) table.SetColorEntry(static_cast<int>(i), &colors[i]);
  dataset->GetRasterBand(1)->SetColorTable(&table);
  CPLStringList list;
  for (const char* name : names) list.AddString(name);
  if (!names.empty()) dataset->GetRasterBand(1)->SetCategoryNames(list.List());
  GDALClose(dataset);
}

TEST_F(LabelRasterTest, OfAPaletteAreValuesWhereTheFileNamesThemAsTheLegendDoes) {
  Made made;
  made.bands = 1;
  made.value = [](int, int col, int) { return col < 16 ? 1 : 3; };
  make_raster(m_request.path, made);
  const std::vector<GDALColorEntry> swapped = {{}, {200, 0, 0, 255}, {}, {0, 200, 0, 255}};
  describe(m_request.path, swapped);
  EXPECT_EQ(pixels(*open())[0], 1);
  EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("not the same ones (3072 px): the colours count")));
  m_warnings.clear();
  describe(m_request.path, swapped, {"", "grass", "", "roof"});
  EXPECT_EQ(pixels(*open())[0], 0);
  EXPECT_EQ(pixels(*open())[16], 1);
  m_request.by_color = true;
  EXPECT_EQ(pixels(*open())[0], 1);
  m_request.by_color.reset();
  describe(m_request.path, {{}, {0, 200, 0, 255}, {}, {200, 0, 0, 255}});
  ClassGroups groups(2);
  m_request.coding = LabelCoding(test::two_classes(), std::nullopt, {{"1", {"roof"}}}, groups, "test");
  EXPECT_EQ(pixels(*open())[0], 1);
  EXPECT_THAT(m_warnings, testing::IsEmpty());
}

TEST_F(LabelRasterTest, AreUnlabelledWhereTheFileSaysSoUnlessTheMapNamesTheValue) {
  Made made;
  made.bands = 1;
  made.value = [](int, int col, int) { return col < 16 ? 1 : 3; };
  for (const bool is_nodata : {true, false}) {
    if (is_nodata) made.nodata = 3;
    m_request.path = m_folder / (is_nodata ? "nodata.tif" : "transparent.tif");
    m_request.coding = LabelCoding(test::two_classes());
    make_raster(m_request.path, made);
    if (!is_nodata) describe(m_request.path, {{}, {0, 200, 0, 255}, {}, {200, 0, 0, 0}});
    made.nodata.reset();
    EXPECT_EQ(std::ranges::count(pixels(*open()), kIgnoreLabel), 48 * 48) << is_nodata;
    EXPECT_THAT(m_warnings, ElementsAre(HasSubstr(".tif: 2304 px of classes are nodata")));
    m_warnings.clear();
    ClassGroups groups(2);
    m_request.coding = LabelCoding(test::two_classes(), std::nullopt, {{"3", {"roof"}}}, groups, "test");
    EXPECT_EQ(std::ranges::count(pixels(*open()), 1), 48 * 48) << is_nodata;
  }
  EXPECT_THAT(m_warnings, testing::IsEmpty());
}

TEST_F(LabelRasterTest, OfAPaletteAreUnlabelledWhereZeroIsBlack) {
  Made made;
  made.bands = 1;
  made.value = [](int, int col, int) { return col < 16 ? 0 : 2; };
  make_raster(m_request.path, made);
  describe(m_request.path, {{0, 0, 0, 255}, {0, 200, 0, 255}, {200, 0, 0, 255}});
  const auto values = pixels(*open());
  EXPECT_EQ(values[15], kIgnoreLabel);
  EXPECT_EQ(values[16], 1);
  describe(m_request.path, {{9, 9, 9, 255}, {0, 200, 0, 255}, {200, 0, 0, 255}});
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("has values 0 (768 px) that the legend does not know"));
}

TEST_F(LabelRasterTest, OfNumbersThatAreNoBytesAreRefused) {
  Made made;
  made.bands = 1;
  made.type = "Float32";
  make_raster(m_request.path, made);
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("it has 1 of type Float32"));
}

TEST_F(LabelRasterTest, AreReadAtTheMiddleOfWhatALineStandsFor) {
  Made made;
  made.bands = 1;
  made.value = [](int, int, int row) { return row < 24 ? 1 : 3; };
  make_raster(m_request.path, made);
  std::vector<std::uint8_t> values;
  open()->read({-32, 0, 128, 48}, 4, 1, values);  // of line 24
  EXPECT_THAT(values, ElementsAre(kIgnoreLabel, 1, 1, kIgnoreLabel));
  open()->read({0, -12, 64, 48}, 1, 2, values);  // of lines 0 and 24
  EXPECT_THAT(values, ElementsAre(0, 1));
}

TEST_F(LabelRasterTest, HearThatTheirOpeningIsCancelled) {
  make_raster(m_request.path, colors(32));
  int asked = 0;
  m_request.is_cancelled = [&] { return ++asked > 0; };
  EXPECT_THAT([&] { open(); }, testing::Throws<Error>(testing::Property(&Error::kind, ErrorKind::Cancelled)));
  EXPECT_EQ(asked, 1);
}

TEST_F(LabelRasterTest, AreReadByManyThreadsWithFewOpenFiles) {
  Made made;
  made.bands = 1;
  made.value = [](int, int col, int row) { return (col + row) % 2 == 0 ? 1 : 3; };
  made.geotransform = std::array<double, 6>{500000.01, 0.1, 0, 5000000, 0, -0.1};
  make_raster(m_request.path, made);
  const auto handles = std::make_shared<HandleCache>(2);
  const LabelRaster labels(m_request, m_scene, handles);
  std::vector<std::vector<std::uint8_t>> values(8);
  std::vector<std::thread> threads;
  for (auto& mine : values) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) labels.read(m_scene.window(), 64, 48, mine);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : values) EXPECT_EQ(mine, values[0]);
  EXPECT_LE(handles->resting(), 2U);
}

TEST(HandleCache, KeepsAFewHandlesAndClosesThoseOfAnOwnerThatGoes) {
  const Folder folder;
  make_raster(folder / "scene.tif");
  const auto handles = std::make_shared<HandleCache>(3);
  std::vector<std::unique_ptr<RasterSource>> sources;
  for (int i = 0; i < 5; ++i) {
    make_gdal_geo_io();
    sources.push_back(std::make_unique<GdalRasterSource>(folder / "scene.tif", std::vector<int>{}, handles));
  }
  EXPECT_EQ(handles->resting(), 3U);
  PixelBlock block;
  sources[0]->read({0, 0, 8, 8}, -1, block);
  EXPECT_EQ(handles->resting(), 3U);
  EXPECT_EQ(block.values[0], 1);
  sources.clear();
  EXPECT_EQ(handles->resting(), 0U);
}

}  // namespace
}  // namespace orthocover
