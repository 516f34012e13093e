#include "georef/labels/polygon_labels.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "georef/gdal_geo_io.h"
#include "tests/georef/made_layers.h"

namespace orthocover {
namespace {

using test::box_wkt;
using test::Made;
using test::MadeFeature;
using test::make_layer;
using test::make_raster;
using test::refusal;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PolygonLabelsTest : public test::LabelsOnScene {
 protected:
  PolygonLabelsTest() : LabelsOnScene("l.gpkg") {}

  void make(const std::vector<MadeFeature>& features, const std::string& crs = "EPSG:32633") {
    make_layer(m_request.path, "plots", crs, {"class"}, features);
  }
};

// Columns 10..19 and rows 5..14.
const std::string kBox = box_wkt(500001, 4999998.5, 500002, 4999999.5);
// Its middle is crossed: the fault lies at (500004.5, 4999999).
const std::string kBowTie =
    "POLYGON((500004 4999998.5,500005 4999999.5,500005 4999998.5,500004 4999999.5,"
    "500004 4999998.5))";

TEST_F(PolygonLabelsTest, InvalidPolygonsAreListedWithTheirPlaceAndLeftOut) {
  make({{kBox, {"grass"}}, {kBowTie, {"roof"}}});
  const auto labels = open();
  ASSERT_THAT(m_warnings, SizeIs(1));
  EXPECT_THAT(m_warnings[0], HasSubstr("l.gpkg: feature 2 is invalid: Self-intersection"));
  EXPECT_THAT(m_warnings[0], HasSubstr("500004.5 4999999 (WGS 84 / UTM zone 33N (EPSG:32633))"));
  const auto values = pixels(*labels);
  EXPECT_EQ(std::ranges::count(values, 0), 100);
  EXPECT_EQ(std::ranges::count(values, 1), 0);
}

TEST_F(PolygonLabelsTest, OfManyInvalidPolygonsTheFirstTwentyAreShown) {
  std::vector<MadeFeature> features(25, {kBowTie, {"roof"}});
  features.push_back({kBox, {"grass"}});
  make(features);
  open();
  ASSERT_THAT(m_warnings, SizeIs(21));
  EXPECT_THAT(m_warnings[20], HasSubstr("invalid polygons that are left out, too: 5"));
}

TEST_F(PolygonLabelsTest, AreRefusedWhenAllAreInvalid) {
  make({{kBowTie, {"roof"}}});
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("is valid (the only one: "));
}

TEST_F(PolygonLabelsTest, WithoutGeometryOrClassAreCountedAndLeftOut) {
  make({{"", {"grass"}},
        {"POLYGON EMPTY", {"grass"}},
        {kBox, {"grass"}},
        {kBox, {""}},
        {"LINESTRING(500001 4999999,500002 4999999)", {"roof"}}});
  const auto labels = open();
  EXPECT_THAT(labels->pieces(), SizeIs(1));
  // Features without geometry do not pass the filter by the scene.
  EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("1 feature without a polygon is left out"),
                                      HasSubstr("1 polygons have no class (feature 4 is the first)")));
}

TEST_F(PolygonLabelsTest, CurvesAndCollectionsBecomePolygons) {
  // A circle of radius 1 m around the scene's (502, 4998) and a square in a collection.
  make({{"CURVEPOLYGON(CIRCULARSTRING(500001 4999998,500003 4999998,500001 4999998))", {"grass"}},
        {"GEOMETRYCOLLECTION(POINT(500005 4999999)," + box_wkt(500004, 4999998.5, 500005, 4999999.5) + ")",
         {"roof"}}});
  const auto values = pixels(*open());
  EXPECT_NEAR(static_cast<double>(std::ranges::count(values, 0)), 314, 6);
  EXPECT_EQ(std::ranges::count(values, 1), 100);
  EXPECT_THAT(m_warnings, IsEmpty());
}

TEST_F(PolygonLabelsTest, OutsideTheSceneAreRefusedWithBothExtents) {
  make({{box_wkt(600001, 4999998.5, 600002, 4999999.5), {"grass"}}});
  const std::string message = refusal([&] { open(); });
  EXPECT_THAT(message, HasSubstr("no polygon lies on"));
  EXPECT_THAT(message,
              HasSubstr("the polygons reach over 600001.00 4999998.50 .. 600002.00 4999999.50, the "
                        "scene over 500000.00 4999995.20 .. 500006.40 5000000.00 in WGS 84 / UTM zone "
                        "33N (EPSG:32633)"));
}

TEST_F(PolygonLabelsTest, WithoutCrsHaveThatOfTheSceneIfTheyMeetIt) {
  make({{kBox, {"grass"}}}, "");
  EXPECT_EQ(std::ranges::count(pixels(*open()), 0), 100);
  ASSERT_THAT(m_warnings, SizeIs(1));
  EXPECT_THAT(m_warnings[0], HasSubstr("layer plots has no CRS, that of"));
}

TEST_F(PolygonLabelsTest, WithoutCrsAreRefusedBesideTheScene) {
  make({{box_wkt(15.1, 45.1, 15.2, 45.2), {"grass"}}}, "");
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("layer plots has no CRS and does not meet"));
}

TEST_F(PolygonLabelsTest, NeedASceneWithCrsUnlessTheyMeetIt) {
  test::Made made;
  made.crs = "";
  make_raster(m_folder / "bare.tif", made);
  m_scene = m_io->open_raster(m_folder / "bare.tif", {})->info();
  make({{kBox, {"grass"}}});
  EXPECT_EQ(std::ranges::count(pixels(*open()), 0), 100);
  ASSERT_THAT(m_warnings, SizeIs(1));
  EXPECT_THAT(m_warnings[0], HasSubstr("bare.tif: has no CRS, that of"));
  make_layer(m_folder / "degrees.gpkg", "plots", "EPSG:4326", {"class"},
             {{box_wkt(15.1, 45.1, 15.2, 45.2), {"grass"}}});
  m_request.path = m_folder / "degrees.gpkg";
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("bare.tif: has no CRS and its coordinates do not meet"));
}

TEST_F(PolygonLabelsTest, OfUnknownClassNameTheFeatureAndTheLegend) {
  make({{kBox, {"grass"}}, {kBox, {"grsas"}}});
  EXPECT_THAT(
      refusal([&] { open(); }),
      HasSubstr("feature 2 has class 'grsas', which the legend does not know; it has 1 grass, 3 roof"));
  m_request.unknown = kIgnoreLabel;
  EXPECT_EQ(std::ranges::count(pixels(*open()), kIgnoreLabel), 64 * 48) << "unknown ground lies above";
  EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("1 polygons count as unlabelled: feature 2")));
}

TEST_F(PolygonLabelsTest, MayHoldLegendValuesAsTextOrNumbers) {
  make_layer(m_request.path, "plots", "EPSG:32633", {"class:real"}, {{kBox, {"3"}}});
  EXPECT_EQ(std::ranges::count(pixels(*open()), 1), 100);
  make_layer(m_folder / "text.gpkg", "plots", "EPSG:32633", {"class"}, {{kBox, {"3"}}});
  m_request.path = m_folder / "text.gpkg";
  EXPECT_EQ(std::ranges::count(pixels(*open()), 1), 100);
}

TEST_F(PolygonLabelsTest, OfNumbersAsTextMakeALegendOfTheseValues) {
  make({{kBox, {"1"}}, {kBox, {"2"}}, {kBox, {"10"}}});
  const LabelLegend found = *make_gdal_geo_io()->read_label_legend(m_request.path, "", "");
  EXPECT_TRUE(found.has_own_values);
  for (const LegendClass& entry : found.legend.classes())
    EXPECT_EQ(entry.name, fmt::format("class_{}", entry.value)) << "not in the order of texts";
  make_layer(m_folder / "mixed.gpkg", "plots", "EPSG:32633", {"class"}, {{kBox, {"1"}}, {kBox, {"1a"}}});
  EXPECT_FALSE(make_gdal_geo_io()->read_label_legend(m_folder / "mixed.gpkg", "", "")->has_own_values);
}

TEST_F(PolygonLabelsTest, WithAWrongCrsAreToldFromLabelsElsewhere) {
  make({{kBox, {"grass"}}}, "EPSG:4326");
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("which are no degrees, though their CRS is WGS 84"));
}

TEST_F(PolygonLabelsTest, InAFolderOfSeveralFilesAreRefused) {
  for (const char* name : {"a", "b"})
    make_layer(m_folder / (std::string(name) + ".shp"), name, "EPSG:32633", {"class"}, {{kBox, {"grass"}}},
               "ESRI Shapefile");
  m_request.path = m_folder / "";
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("is a folder of 2 layers; give one of its files"));
}

TEST_F(PolygonLabelsTest, OfNoUseAreRefused) {
  make({});
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("layer plots is empty"));
  m_request.path = m_folder / "some.gpkg";
  make({{kBox, {"grass"}}});
  m_request.where = "class = 'roof'";
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("no polygon passes the filter 'class = 'roof''"));
  m_request.where = "klass = 'roof'";
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("the filter 'klass = 'roof'' can't be used: "));
  m_request.where.clear();
  ClassGroups groups(2);
  m_request.coding = LabelCoding(test::two_classes(), std::nullopt, {{"grass", {}}}, groups, "test");
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("every polygon on"));
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("stands for ignore, nothing is labelled"));
}

TEST_F(PolygonLabelsTest, BackgroundFillsFullyLabelledWindowsOnly) {
  make_layer(m_request.path, "plots", "EPSG:32633", {"class"}, {{kBox, {"roof"}}});
  // Columns 5..24 and rows 0..19 dense; the right part of the scene not.
  make_layer(m_request.path, "windows", "EPSG:32633", {"window", "dense:int"},
             {{box_wkt(500000.5, 4999998, 500002.5, 5000000), {"w1", "1"}},
              {box_wkt(500004, 4999998, 500006, 5000000), {"w2", "0"}}});
  EXPECT_EQ(std::ranges::count(pixels(*open()), kIgnoreLabel), 64 * 48 - 100);
  m_request.background = 0;
  const auto labels = open();
  const auto values = pixels(*labels);
  EXPECT_EQ(std::ranges::count(values, 0), 300);
  EXPECT_EQ(std::ranges::count(values, 1), 100);
  ASSERT_THAT(labels->pieces(), SizeIs(2));
  EXPECT_EQ(labels->pieces()[1].class_index, 0);
  EXPECT_NEAR(labels->pieces()[1].area_px, 300, 1e-3);
  EXPECT_EQ(labels->pieces()[1].region, "w1");
  // A polygon that stands for ignore stays so, in a window that is else complete.
  ClassGroups groups(2);
  m_request.coding = LabelCoding(test::two_classes(), std::nullopt, {{"roof", {}}}, groups, "test");
  EXPECT_EQ(std::ranges::count(pixels(*open()), 0), 300);
}

TEST_F(PolygonLabelsTest, BackgroundNeedsALayerOfFullyLabelledWindows) {
  make({{kBox, {"roof"}}});
  m_request.background = 0;
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("a layer 'windows' whose field 'dense' is true there"));
  make_layer(m_request.path, "complete", "EPSG:32633", {},
             {{box_wkt(500000.5, 4999998, 500002.5, 5000000), {}}});
  m_request.dense_layer = "complete";
  EXPECT_EQ(std::ranges::count(pixels(*open()), 0), 300);
}

TEST_F(PolygonLabelsTest, EachPartOnTheSceneIsAPiece) {
  const std::string far = box_wkt(500000.2, 4999999.4, 500000.6, 4999999.8);
  const std::string multi = "MULTIPOLYGON(" + kBox.substr(7) + "," + far.substr(7) + ")";
  // Nine tenths of it lie beyond the left rim.
  make({{multi, {"grass"}}, {box_wkt(499991, 4999996, 500001, 4999997), {"roof"}}});
  const auto labels = open();
  const auto& pieces = labels->pieces();
  ASSERT_THAT(pieces, SizeIs(3));
  EXPECT_EQ(pieces[0].bounds, (Window{10, 5, 10, 10}));
  EXPECT_NEAR(pieces[0].area_px, 100, 1e-3);
  EXPECT_NEAR(pieces[1].area_px, 16, 1e-3);
  EXPECT_EQ(pieces[2].bounds, (Window{0, 30, 10, 10}));
  EXPECT_NEAR(pieces[2].area_px, 100, 2);
}

TEST_F(PolygonLabelsTest, OfSeveralPossibleClassesCarryTheLabelOfTheGroup) {
  make({{kBox, {"vegetation"}}});
  ClassGroups groups(2);
  m_request.coding =
      LabelCoding(test::two_classes(), std::nullopt, {{"vegetation", {"grass", "roof"}}}, groups, "test");
  const auto labels = open();
  EXPECT_EQ(std::ranges::count(pixels(*labels), 2), 100);
  EXPECT_EQ(labels->pieces()[0].class_index, 2);
  EXPECT_EQ(groups.sets(), (std::vector<std::vector<int>>{{0, 1}}));
}

TEST_F(PolygonLabelsTest, AreTheSameFromManyThreadsAtOnceInAHundredThousand) {
  test::Made made;
  made.cols = 3000;
  made.rows = 3000;
  made.bands = 1;
  make_raster(m_folder / "large.tif", made);
  m_scene = m_io->open_raster(m_folder / "large.tif", {})->info();
  std::vector<MadeFeature> features;
  for (int row = 0; row < 316; ++row) {
    for (int col = 0; col < 316; ++col) {
      const double x = 500000 + 0.9 * col;
      const double y = 5000000 - 0.9 * row;
      features.push_back({box_wkt(x, y - 0.6, x + 0.6, y), {(row + col) % 2 == 0 ? "grass" : "roof"}});
    }
  }
  make(features);
  const auto labels = open();
  ASSERT_THAT(labels->pieces(), SizeIs(316 * 316));
  std::vector<std::int64_t> counts(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < counts.size(); ++t) {
    threads.emplace_back([&, t] {
      std::vector<std::uint8_t> values;
      for (int i = 0; i < 50; ++i) {
        labels->read({9 * (i * 7 % 200), 9 * (i * 13 % 200), 450, 450}, 450, 450, values);
        counts[t] += std::ranges::count(values, 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts[0], 50 * 1250 * 36);
  for (const std::int64_t count : counts) EXPECT_EQ(count, counts[0]);
}

TEST_F(PolygonLabelsTest, CutsWhatHardlyFillsItsBounds) {
  Made made;
  made.cols = made.rows = 1000;
  make_raster(m_folder / "large.tif", made);
  m_scene = m_io->open_raster(m_folder / "large.tif", {})->info();
  make({{"POLYGON((499990 4999890,500110 5000010,500110 5000009,499991 4999890,499990 4999890))", {"roof"}},
        {"POLYGON((499899 4999900,499899 5000100,500099 5000100,499899 4999900))", {"roof"}},
        {box_wkt(500050, 4999910, 500070, 4999930), {"grass"}}});
  const auto labels = open();
  double area = 0, share = 0, boxes = 0;
  for (const LabelledPiece& piece : labels->pieces()) {
    if (piece.class_index == 0) continue;
    area += piece.area_px, share += piece.share, boxes += static_cast<double>(piece.bounds.pixels());
  }
  EXPECT_NEAR(area, 10 * 995, 10);
  EXPECT_NEAR(share, 1, 1e-9);
  EXPECT_LT(boxes, 10 * area);
}

TEST_F(PolygonLabelsTest, CountWhatShowsOfThem) {
  const std::string lower_half = box_wkt(500001, 4999998.5, 500002, 4999999);
  const std::string between_centres = box_wkt(500003.06, 4999998.06, 500003.09, 4999998.09);
  const std::string around_a_centre = box_wkt(500004.03, 4999998.03, 500004.07, 4999998.07);
  make({{kBox, {"roof"}},
        {kBox, {"roof"}},
        {lower_half, {"grass"}},
        {between_centres, {"roof"}},
        {around_a_centre, {"grass"}},
        {box_wkt(500001, 4999998.5, 500002, 4999998.8), {"grass"}}});
  const auto labels = open();
  std::vector<double> areas[2];
  for (const LabelledPiece& piece : labels->pieces()) {
    areas[piece.class_index].push_back(piece.area_px);
    EXPECT_NEAR(piece.share, 1, 1e-9);
  }
  using testing::DoubleNear;
  EXPECT_THAT(areas[1], ElementsAre(DoubleNear(50, 1e-3), DoubleNear(50, 1e-3)));
  EXPECT_THAT(areas[0], ElementsAre(DoubleNear(50, 1e-3), DoubleNear(0.16, 1e-3), DoubleNear(30, 1e-3)));
  make_layer(m_folder / "hidden.gpkg", "plots", "EPSG:32633", {"class"},
             {{kBox, {"roof"}}, {kBox, {"grass"}}});
  m_request.path = m_folder / "hidden.gpkg";
  const auto hiding = open();
  ASSERT_THAT(hiding->pieces(), SizeIs(1));
  EXPECT_EQ(hiding->pieces()[0].class_index, 0);
}

}  // namespace
}  // namespace orthocover
