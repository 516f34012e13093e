#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/operations/results/map_summary.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal_geo_io.h"
#include "georef/vector/geopackage.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using test::make_polygons;
using test::make_raster;

RunContext quiet;

/// The scene of test::Made: 64 x 48 px of 10 cm from (500000, 5000000) on.
RasterInfo scene_in(const Folder& folder) {
  make_raster(folder / "scene.tif");
  return make_gdal_geo_io()->open_raster(folder / "scene.tif", {})->info();
}

TEST(Labels, OfPolygonsLieWhereTheyWereDrawnAndLaterOnesAbove) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  // Columns 10..19 and rows 5..14 grass, in it columns 12..13 roof.
  make_polygons(
      folder / "l.gpkg", "EPSG:32633",
      {{1, {500001.0, 4999998.5, 500002.0, 4999999.5}}, {3, {500001.2, 4999998.5, 500001.4, 4999999.5}}});
  const auto labels =
      make_gdal_geo_io()->open_labels(folder / "l.gpkg", scene, test::two_classes(), "class", "", quiet);
  std::vector<std::uint8_t> pixels;
  labels->read(scene.window(), 64, 48, pixels);
  EXPECT_EQ(pixels[5 * 64 + 10], 0);
  EXPECT_EQ(pixels[5 * 64 + 12], 1);
  EXPECT_EQ(pixels[14 * 64 + 19], 0);
  EXPECT_EQ(pixels[5 * 64 + 9], kIgnoreLabel);
  EXPECT_EQ(pixels[15 * 64 + 12], kIgnoreLabel);
  EXPECT_EQ(std::ranges::count(pixels, 1), 20);
  EXPECT_EQ(std::ranges::count(pixels, 0), 80);
  ASSERT_EQ(labels->pieces().size(), 2U);
  EXPECT_NEAR(labels->pieces()[0].area_px, 80, 1e-3);
  EXPECT_EQ(labels->regions().size(), 1U) << "without a layer of windows the whole scene is a region";
}

TEST(Labels, AreSampledOnCoarserGridsAndBeyondTheScene) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  make_polygons(folder / "l.gpkg", "EPSG:32633", {{1, {500000.0, 4999998.4, 500001.6, 5000000.0}}});
  const auto labels =
      make_gdal_geo_io()->open_labels(folder / "l.gpkg", scene, test::two_classes(), "class", "", quiet);
  std::vector<std::uint8_t> pixels;
  labels->read({-32, -32, 64, 64}, 16, 16, pixels);
  EXPECT_EQ(pixels[8 * 16 + 8], 0);
  EXPECT_EQ(pixels[11 * 16 + 11], 0);
  EXPECT_EQ(pixels[12 * 16 + 12], kIgnoreLabel);
  EXPECT_EQ(pixels[0], kIgnoreLabel);
}

TEST(Labels, InAnotherCrsAreBroughtToTheScene) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  // About the middle of the scene in degrees.
  make_polygons(folder / "l.gpkg", "EPSG:4326", {{3, {15.00003, 45.1534, 15.00006, 45.1536}}});
  const auto labels =
      make_gdal_geo_io()->open_labels(folder / "l.gpkg", scene, test::two_classes(), "class", "", quiet);
  std::vector<std::uint8_t> pixels;
  labels->read(scene.window(), 64, 48, pixels);
  EXPECT_EQ(pixels[24 * 64 + 35], 1);
  EXPECT_EQ(pixels[24 * 64 + 2], kIgnoreLabel);
}

TEST(Labels, NameTheRegionThatAPieceLiesIn) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  make_polygons(folder / "l.gpkg", "EPSG:32633", {{1, {500001.0, 4999998.5, 500002.0, 4999999.5}}},
                {{7, {500000.5, 4999998.0, 500003.0, 5000000.0}}});
  const auto labels =
      make_gdal_geo_io()->open_labels(folder / "l.gpkg", scene, test::two_classes(), "class", "", quiet);
  ASSERT_EQ(labels->regions().size(), 1U);
  EXPECT_EQ(labels->regions()[0].window, (Window{5, 0, 25, 20}));
  EXPECT_EQ(labels->pieces()[0].region, labels->regions()[0].name);
}

TEST(Labels, OfNeighbouringRegionsShareNoPixel) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  test::make_layer(folder / "l.gpkg", "landcover", "EPSG:32633", {"class:int"},
                   {{test::box_wkt(500001, 4999998.5, 500002, 4999999.5), {"1"}}});
  test::make_layer(folder / "l.gpkg", "windows", "EPSG:32633", {"name"},
                   {{test::box_wkt(500000.53, 4999998, 500001.53, 5000000), {""}},
                    {test::box_wkt(500001.53, 4999998, 500003.07, 5000000), {""}}});
  const auto labels =
      make_gdal_geo_io()->open_labels(folder / "l.gpkg", scene, test::two_classes(), "class", "", quiet);
  ASSERT_EQ(labels->regions().size(), 2U);
  EXPECT_EQ(labels->regions()[0].window, (Window{5, 0, 10, 20}));
  EXPECT_EQ(labels->regions()[1].window, (Window{15, 0, 16, 20}));
  EXPECT_NE(labels->regions()[0].name, labels->regions()[1].name) << "without names they are no less two";
}

TEST(Labels, OfARasterAreReadByLegendValue) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  test::Made made;
  made.bands = 1;
  made.value = [](int, int col, int) { return col < 8 ? 3 : col < 16 ? 1 : col < 24 ? 0 : 255; };
  make_raster(folder / "labels.tif", made);
  const auto labels =
      make_gdal_geo_io()->open_labels(folder / "labels.tif", scene, test::two_classes(), "", "", quiet);
  std::vector<std::uint8_t> pixels;
  labels->read(scene.window(), 64, 48, pixels);
  EXPECT_EQ(pixels[0], 1);
  EXPECT_EQ(pixels[8], 0);
  EXPECT_EQ(pixels[16], kIgnoreLabel) << "0 is no data";
  EXPECT_EQ(pixels[24], kIgnoreLabel);
}

TEST(Labels, RefuseWhatTheLegendOrTheFileDoesNotHave) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  const auto io = make_gdal_geo_io();
  const auto expect_refusal = [&](const std::string& path, const std::string& field, const std::string& where,
                                  const std::string& part) {
    try {
      io->open_labels(path, scene, test::two_classes(), field, where, quiet);
      FAIL() << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Data);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  make_polygons(folder / "odd.gpkg", "EPSG:32633", {{2, {500001.0, 4999998.5, 500002.0, 4999999.5}}});
  expect_refusal(folder / "odd.gpkg", "class", "", "class '2'");
  expect_refusal(folder / "odd.gpkg", "kind", "", "no field 'kind'");
  test::make_layer(
      folder / "bow.gpkg", "area", "EPSG:32633", {"class"},
      {{test::box_wkt(500001, 4999998.5, 500002, 4999999.5), {"1"}},
       {"POLYGON((500004 4999996,500005 4999997,500005 4999996,500004 4999997,500004 4999996))", {"1"}}});
  EXPECT_EQ(make_gdal_geo_io()->open_area(folder / "bow.gpkg", scene, quiet)->bounds(),
            (Window{10, 5, 10, 10}));
  make_polygons(folder / "far.gpkg", "EPSG:32633", {{1, {600001.0, 4999998.5, 600002.0, 4999999.5}}});
  expect_refusal(folder / "far.gpkg", "class", "", "no polygon lies on");
  test::Made made;
  made.bands = 1;
  made.value = [](int, int, int) { return 9; };
  make_raster(folder / "odd.tif", made);
  expect_refusal(folder / "odd.tif", "", "", "values 9");
}

TEST(Area, CutsTheSceneAndKnowsItsBounds) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  make_polygons(folder / "area.gpkg", "EPSG:32633", {{1, {500001.0, 4999998.5, 500002.0, 4999999.5}}});
  const auto area = make_gdal_geo_io()->open_area(folder / "area.gpkg", scene, quiet);
  EXPECT_EQ(area->bounds(), (Window{10, 5, 10, 10}));
  std::vector<std::uint8_t> inside;
  area->read({8, 5, 4, 2}, inside);
  EXPECT_EQ(inside, (std::vector<std::uint8_t>{0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_TRUE(area->may_meet({8, 5, 4, 2}));
  EXPECT_TRUE(area->may_meet({0, 0, 64, 48}));
  EXPECT_TRUE(area->may_meet({12, 8, 2, 2})) << "within";
  EXPECT_FALSE(area->may_meet({0, 0, 9, 48}));
  // Its box is the whole scene, itself lies along the diagonal.
  test::make_layer(
      folder / "strip.gpkg", "area", "EPSG:32633", {"class"},
      {{"POLYGON((500000 5000000,500000.1 5000000,500006.4 4999995.2,500006.3 4999995.2,500000 5000000))",
        {"1"}}});
  const auto strip = make_gdal_geo_io()->open_area(folder / "strip.gpkg", scene, quiet);
  EXPECT_TRUE(strip->may_meet({30, 20, 6, 6}));
  EXPECT_FALSE(strip->may_meet({40, 0, 20, 20}));
  make_polygons(folder / "far.gpkg", "EPSG:32633", {{1, {600001.0, 4999998.5, 600002.0, 4999999.5}}});
  EXPECT_THROW(make_gdal_geo_io()->open_area(folder / "far.gpkg", scene, quiet), Error);
}

TEST(Area, IsWhereItsLongEdgesAreDrawnInItsOwnCrs) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  // The chord between its southern corners runs 20 m north of the parallel.
  constexpr double kMiddleRow = 45.15345558;
  for (const double turn : {0.0, 360.0}) {
    const std::string file = folder / ("box" + std::to_string(turn) + ".gpkg");
    test::make_layer(file, "area", "EPSG:4326", {"class"},
                     {{test::box_wkt(turn + 14.8, kMiddleRow, turn + 15.2, 45.3), {"1"}}});
    const Window bounds = make_gdal_geo_io()->open_area(file, scene, quiet)->bounds();
    EXPECT_EQ(bounds.cols, 64);
    EXPECT_NEAR(static_cast<double>(bounds.rows), 24, 1);
  }
}

TEST(Area, LiesOnASceneThatGoesOnBeyond180Degrees) {
  const Folder folder;
  test::Made made;
  made.crs = "EPSG:4326";
  made.geotransform = {179.9998, 1e-5, 0, -17, 0, -1e-5};
  make_raster(folder / "scene.tif", made);
  const RasterInfo scene = make_gdal_geo_io()->open_raster(folder / "scene.tif", {})->info();
  test::make_layer(folder / "box.gpkg", "area", "EPSG:4326", {"class"},
                   {{test::box_wkt(-179.9999, -17.0002, -179.9997, -17.0001), {"1"}}});
  EXPECT_EQ(make_gdal_geo_io()->open_area(folder / "box.gpkg", scene, quiet)->bounds(),
            (Window{30, 10, 20, 10}));
}

TEST(Area, IsNoLayerOfPointsWhateverItIsCalled) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  test::make_layer(folder / "a.gpkg", "area", "EPSG:32633", {"class:real"},
                   {{"POINT(500001 4999999)", {"1"}}});
  test::make_layer(folder / "a.gpkg", "fields", "EPSG:32633", {"class"},
                   {{test::box_wkt(500001, 4999998.5, 500002, 4999999.5), {"1"}}});
  EXPECT_EQ(make_gdal_geo_io()->open_area(folder / "a.gpkg", scene, quiet)->bounds(),
            (Window{10, 5, 10, 10}));
}

TEST(Layers, AreChosenByTheNameBehindTheirFile) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  const std::string file = folder / "a.gpkg";
  for (int i = 0; i < 2; ++i)
    test::make_layer(
        file, i == 0 ? "2023" : "2024", "EPSG:32633", {"class"},
        {{test::box_wkt(500001, 4999998 - i, 500002 + i, 4999999 - i), {i == 0 ? "roof" : "grass"}}});
  test::make_layer(file, "spots", "EPSG:32633", {"reference"}, {{"POINT(500001.5 4999998.5)", {"roof"}}});
  const auto io = make_gdal_geo_io();
  const std::string named = file + "|layername=2024";
  EXPECT_EQ(io->open_area(named, scene, quiet)->bounds(), (Window{10, 20, 20, 10}));
  EXPECT_TRUE(io->is_vector(named));
  EXPECT_EQ(io->files_of(named).front(), file);
  EXPECT_EQ(io->open_labels(named, scene, test::two_classes(), "", "", quiet)->pieces().at(0).bounds.row, 20);
  EXPECT_EQ(io->read_zones({named, "class", {}}, scene).at(0).name, "grass");
  operations::SummaryRequest request;
  request.map = named;
  EXPECT_NEAR(operations::summarise_map(request, *io, quiet).blocks[0].mapped().ground, 2, 0.01);
  const auto points = [&](const char* layer) {
    return io->read_points(file + layer, scene, test::two_classes(), "reference").points.size();
  };
  EXPECT_EQ(points("|layername=spots"), 1U);
  EXPECT_EQ(points("|layername=2023"), 0U);
  for (const char* layer :
       {"|layername=2024|geometrytype=Polygon", "|LayerName=2024", "|layerid=1", "|layerid=1|layername=2024"})
    EXPECT_EQ(io->open_area(file + layer, scene, quiet)->bounds(), (Window{10, 20, 20, 10})) << layer;
  EXPECT_NE(test::refusal([&] { io->is_vector(named + "|subset=a"); }).find("a: filters"), named.npos);
  EXPECT_EQ(test::refusal([&] { io->open_area(file + "|layerid=7", scene, quiet); }),
            file + ": has no layer number 7; it has 2023, 2024, spots");
  const std::string odd = folder / "b|layername=2024.gpkg";
  std::filesystem::copy(file, odd);
  EXPECT_EQ(io->open_area(odd, scene, quiet)->bounds(), (Window{10, 10, 10, 10})) << "the first layer";
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(io->is_vector(folder / "pipe")) << "without waiting for it";
  EXPECT_EQ(test::refusal([&] { io->area_digest(file + "|layername=2025"); }),
            file + ": has no layer '2025' (did you mean '2023'?); it has 2023, 2024, spots");
  EXPECT_EQ(test::refusal([&] { io->open_area(file + "|layername=spots", scene, quiet); }),
            file + "|layername=spots: the layer holds Point, not polygons");
}

TEST(Layers, AreSummedUpWholeWhateverTheirGeoPackageSaysOfTheirExtent) {
  const Folder folder;
  const std::string file = folder / "map.gpkg";
  test::make_layer(file, "landcover", "EPSG:32633", {"class"},
                   {{test::box_wkt(500001, 4999998, 500002, 4999999), {"a"}},
                    {test::box_wkt(500101, 4999998, 500102, 4999999), {"b"}}});
  run_sql(*DatasetPtr(GDALDataset::Open(file.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE)),
          "UPDATE gpkg_contents SET max_x = 500003");
  const auto io = make_gdal_geo_io();
  operations::SummaryRequest request;
  request.map = file;
  EXPECT_NEAR(operations::summarise_map(request, *io, quiet).blocks[0].mapped().ground, 2, 0.01);
}

TEST(Labels, OfARasterInAnotherCrsAreNotTakenForTheScenes) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  test::Made made;
  made.bands = 1;
  made.value = [](int, int, int) { return 1; };
  const auto pieces = [&](const std::string& crs) {
    made.crs = crs;
    make_raster(folder / "labels.tif", made);
    const auto io = make_gdal_geo_io();
    return io->open_labels(folder / "labels.tif", scene, test::two_classes(), "", "", quiet)->pieces().size();
  };
  for (const char* crs : {"EPSG:32633", "", "LOCAL_CS[\"drone\",UNIT[\"metre\",1]]"})
    EXPECT_GT(pieces(crs), 0U) << crs;
  EXPECT_THROW(pieces("EPSG:32632"), Error);
}

TEST(Layers, WithoutACrsAreTakenToHaveTheScenes) {
  const Folder folder;
  const RasterInfo scene = scene_in(folder);
  const auto io = make_gdal_geo_io();
  const std::vector<test::MadeFeature> box = {{test::box_wkt(500001, 4999998.5, 500002, 4999999.5), {"1"}}};
  for (const char* driver : {"GPKG", "FlatGeobuf"}) {
    // A GeoPackage has a made-up one then.
    const std::string file = folder / (std::string("plain.") + driver);
    test::make_layer(file, "area", "", {"class"}, box, driver);
    EXPECT_EQ(io->open_area(file, scene, quiet)->bounds(), (Window{10, 5, 10, 10})) << driver;
  }
  const std::string labels = folder / "labels.gpkg";
  test::make_layer(labels, "plots", "", {"class"}, box);
  test::make_layer(labels, "windows", "", {"name"}, {{box[0].wkt, {"w1"}}});
  const auto source = io->open_labels(labels, scene, test::two_classes(), "class", "", quiet);
  ASSERT_EQ(source->regions().size(), 1U);
  EXPECT_EQ(source->regions()[0].name, "w1");
  const std::string points = folder / "points.gpkg";
  test::make_layer(points, "points", "", {"reference:real"},
                   {{"POINT(500001.05 4999999.45)", {"3"}},
                    {"POINT(500001.06 4999999.44)", {"3"}},
                    {"POINT(0 0)", {"3"}}});
  const auto read = io->read_points(points, scene, test::two_classes(), "reference");
  ASSERT_EQ(read.points.size(), 1U);
  EXPECT_EQ(read.repeated, 1);
  EXPECT_EQ(read.off_map, 1);
  EXPECT_EQ(read.points[0].col, 10);
  EXPECT_EQ(read.points[0].class_index, 1);
  test::make_layer(labels, "notes", "", {"text"}, {{"POINT(500001.05 4999999.45)", {"look"}}});
  EXPECT_TRUE(io->read_points(labels, scene, test::two_classes(), "reference").points.empty());
  const std::string odd = folder / "odd.gpkg";
  test::make_layer(odd, "points", "", {"reference:real"}, {{"POINT(500001.05 4999999.45)", {"1.9"}}});
  EXPECT_NE(test::refusal([&] {
              io->read_points(odd, scene, test::two_classes(), "reference");
            }).find("class '1.9', which the legend does not know"),
            std::string::npos);
}

}  // namespace
}  // namespace orthocover
