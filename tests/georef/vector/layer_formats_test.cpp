#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>

#include "core/base/error.h"
#include "georef/gdal_geo_io.h"
#include "georef/vector/feature_sink.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using test::map_info;
using test::refusal;
using test::spec_of;
using test::square;
using test::three_polygons;
using test::write_layer;

std::string text_of(const std::string& path) {
  return read_small_file(path, 1 << 20);
}

TEST(TextLayer, WritesGeoJsonOfRfc7946) {
  for (const char* name : {"v.geojson", "v.ndjson"}) {
    const Folder folder;
    write_layer(spec_of(folder / name), map_info("EPSG:32633"), three_polygons());
    const std::string text = text_of(folder / name);
    EXPECT_EQ(text.find("\"crs\""), std::string::npos) << name;
    const DatasetPtr file = open_vector_dataset(folder / name);
    for (const auto& feature : *file->GetLayer(0)) {
      const OGRPolygon& polygon = *feature->GetGeometryRef()->toPolygon();
      const OGRLinearRing& ring = *polygon.getExteriorRing();
      EXPECT_FALSE(ring.isClockwise()) << name;
      for (int i = 0; i < polygon.getNumInteriorRings(); ++i)
        EXPECT_TRUE(polygon.getInteriorRing(i)->isClockwise()) << name;
      EXPECT_NEAR(ring.getX(0), 15.0, 0.01) << name;
      EXPECT_NEAR(ring.getY(0), 45.15, 0.01) << name;
    }
  }
}

TEST(TextLayer, LeavesGeoJsonToOgrWhereOptionsOfItsDriverAreGiven) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.geojson");
  spec.creation_options = {{"WRITE_BBOX", "YES"}};
  write_layer(spec, map_info("EPSG:32633"), three_polygons());
  const std::string text = text_of(spec.path);
  EXPECT_NE(text.find("\"bbox\""), std::string::npos);
  EXPECT_TRUE(std::regex_search(text, std::regex("15\\.[0-9]{9,10}[,\\]]"))) << "a thousandth of a pixel";
  EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetFeatureCount(), 3);
}

TEST(VectorLayers, ThatAreBrokenOffAreRefused) {
  const Folder folder;
  test::make_raster(folder / "scene.tif");
  const auto io = make_gdal_geo_io();
  const RasterInfo scene = io->open_raster(folder / "scene.tif", {})->info();
  std::vector<test::MadeFeature> boxes;
  for (int i = 0; i < 400; ++i) {
    const double x = 500000 + 0.1 * (i % 64), y = 5000000 - 0.1 * (1 + i / 64);
    boxes.push_back({test::box_wkt(x, y, x + 0.1, y + 0.1), {"1"}});
  }
  for (const auto& [driver, name] : {std::pair("FlatGeobuf", "cut.fgb"), {"ESRI Shapefile", "cut.shp"}}) {
    const std::string path = folder / name;
    test::make_layer(path, "cut", "EPSG:32633", {"class"}, boxes, driver);
    RunContext quiet;
    EXPECT_EQ(io->open_area(path, scene, quiet)->bounds(), (Window{0, 0, 64, 7})) << driver;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) * 6 / 10);
    EXPECT_THAT(refusal([&] { io->open_area(path, scene, quiet); }),
                testing::HasSubstr("cut is damaged or incomplete"))
        << driver;
  }
}

TEST(MapInfo, KeepsItsGeometryInTheCrsOfTheLayer) {
  const Folder folder;
  for (const std::string crs : {"EPSG:32633", "EPSG:4326"}) {
    const auto corner = [&](const std::string& end, const std::string& format) {
      VectorSpec spec = spec_of(folder / (crs.substr(5) + end));
      spec.format = format;
      spec.crs = crs;
      write_layer(spec, map_info("EPSG:32633"), three_polygons());
      OGREnvelope box;
      EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetExtent(&box), OGRERR_NONE);
      return std::pair(box.MinX, box.MaxY);
    };
    const auto tab = corner(".tab", "MapInfo File"), gpkg = corner(".gpkg", "GPKG");
    const double most = crs == "EPSG:4326" ? 1e-8 : 1e-3;
    EXPECT_NEAR(tab.first, gpkg.first, most);
    EXPECT_NEAR(tab.second, gpkg.second, most);
  }
}

TEST(GeoPackage, WithoutACrsTakesMore) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  write_layer(spec, map_info(""), three_polygons());
  spec.append = true;
  write_layer(spec, map_info(""), three_polygons());
  EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetFeatureCount(), 6);
}

TEST(TextLayer, WritesGeoJsonOnePolygonALine) {
  const Folder folder;
  RasterInfo map = map_info("EPSG:4326");
  map.georeference.geotransform = {{-0.5, 0.25, 0, 50, 0, -0.25}};
  map.ground_size_m = 20000;
  VectorSpec spec = spec_of(folder / "v.ndjson");
  spec.multi_part = spec.with_confidence = true;
  RasterPolygon two = square(7, 0, 0, 1);
  test::add_part(two, 2, 1, 1);
  write_layer(spec, map, {two});
  const std::string text = text_of(spec.path);
  EXPECT_TRUE(
      text.starts_with("{\"type\": \"Feature\", \"properties\": {\"class\": 7, \"name\": \"7\", \"color\": "
                       "null, \"area_m2\": "))
      << text;
  EXPECT_TRUE(text.ends_with(
      "\"area_map\": 0.125, \"perim_map\": 2, \"confidence\": null}, \"geometry\": {\"type\": "
      "\"MultiPolygon\", \"coordinates\": [[[[-0.5, 50], [-0.5, 49.75], [-0.25, 49.75], [-0.25, "
      "50], [-0.5, 50]]], [[[0, 49.75], [0, 49.5], [0.25, 49.5], [0.25, 49.75], [0, "
      "49.75]]]]}}\n"))
      << text;
}

TEST(TextLayer, PaintsKmlInTheColoursOfTheClasses) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.kml");
  spec.multi_part = true;
  write_layer(spec, map_info("EPSG:32633"), three_polygons());
  const std::string text = text_of(spec.path);
  EXPECT_NE(text.find("<PolyStyle><color>990ac800</color></PolyStyle>"), std::string::npos);
  EXPECT_NE(text.find("<name>D\xC3\xA4"
                      "cher &amp; &quot;roofs&quot;</name>"),
            std::string::npos);
  const DatasetPtr file = open_vector_dataset(spec.path);
  EXPECT_EQ(file->GetLayer(0)->GetFeatureCount(), 3);
}

TEST(TextLayer, WritesCoordinatesOfGeoJsonToAFractionOfAPixel) {
  const Folder folder;
  RasterInfo map = map_info("EPSG:32633");
  map.georeference.geotransform = {{500000, 0.01, 0, 5000000, 0, -0.01}};
  map.ground_size_m = 0.01;
  write_layer(spec_of(folder / "v.geojson"), map, {square(1, 0, 0, 1)});
  const DatasetPtr file = open_vector_dataset(folder / "v.geojson");
  const OGRFeatureUniquePtr feature(file->GetLayer(0)->GetNextFeature());
  OGREnvelope box;
  feature->GetGeometryRef()->getEnvelope(&box);
  EXPECT_NEAR((box.MaxX - box.MinX) * 78846.8, 0.01, 0.001);  // metres
  EXPECT_NEAR((box.MaxY - box.MinY) * 111141.0, 0.01, 0.001);
}

TEST(Shapefile, HasUtf8AndProjectionBesideIt) {
  const Folder folder;
  CPLSetConfigOption("SHAPE_ENCODING", "ISO-8859-1");  // for reading old files
  write_layer(spec_of(folder / "v.shp"), map_info("EPSG:32633"), three_polygons());
  CPLSetConfigOption("SHAPE_ENCODING", nullptr);
  EXPECT_NE(text_of(folder / "v.dbf").find("Dächer"), std::string::npos);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"v.cpg", "v.dbf", "v.prj", "v.qml", "v.shp", "v.shx"}));
  EXPECT_EQ(text_of(folder / "v.cpg"), "UTF-8");
}

TEST(Shapefile, IsRefusedBeforeItsFilesGrowTooLarge) {
  make_gdal_geo_io();
  const Folder folder;
  OgrFeatureSink sink(spec_of(folder / "v.shp"), map_info("EPSG:32633"), 100000);
  const std::string text = refusal([&] {
    for (int i = 0; i < 100000; ++i) sink.write(three_polygons());
  });
  EXPECT_TRUE(text.starts_with(folder / "v.shp" + ": the .shp file would pass the 97.7 KiB that")) << text;
}

TEST(Shapefile, CountsItsBytesExactly) {
  make_gdal_geo_io();
  const Folder folder;
  const auto write = [&](std::uint64_t limit_bytes) {
    OgrFeatureSink sink(spec_of(folder / "v.shp"), map_info("EPSG:32633"), limit_bytes);
    sink.write(three_polygons());
    sink.finish();
    sink.commit();
  };
  write(1 << 20);
  const std::uint64_t largest =
      std::max(std::filesystem::file_size(folder / "v.shp"), std::filesystem::file_size(folder / "v.dbf"));
  std::filesystem::remove(folder / "v.shp");
  EXPECT_EQ(refusal([&] { write(largest); }), "");
  std::filesystem::remove(folder / "v.shp");
  EXPECT_NE(refusal([&] { write(largest - 1); }), "");
}

}  // namespace
}  // namespace orthocover
