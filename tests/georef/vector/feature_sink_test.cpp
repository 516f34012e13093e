#include "georef/vector/feature_sink.h"

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "georef/gdal_geo_io.h"
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

class EveryFormat : public testing::TestWithParam<const char*> {};

TEST_P(EveryFormat, KeepsPolygonsFieldsSizesAndStyle) {
  const Folder folder;
  const std::string path = folder / GetParam();
  write_layer(spec_of(path), map_info("EPSG:32633"), three_polygons());
  const DatasetPtr file = open_vector_dataset(path);
  OGRLayer& layer = *file->GetLayer(0);
  EXPECT_EQ(layer.GetFeatureCount(), 3);
  std::vector<int> values;
  for (const auto& feature : layer) {
    const auto number = [&](const char* field) { return std::stod(feature->GetFieldAsString(field)); };
    values.push_back(feature->GetFieldAsInteger("class"));
    const double side = values.back() == 3 ? 20 : 10;
    const double hole = values.back() == 3 ? 4 : 0;
    const double area = (side * side - hole * hole) * 0.25;
    const double perimeter = 4 * (side + hole) * 0.5;
    EXPECT_NEAR(number("area_map"), area, 1e-6);
    EXPECT_NEAR(number("perim_map"), perimeter, 1e-6);
    EXPECT_NEAR(number("area_m2"), area / (0.9996 * 0.9996), 1e-4);
    EXPECT_NEAR(number("perim_m"), perimeter / 0.9996, 1e-4);
    const OGRPolygon& polygon = *feature->GetGeometryRef()->toPolygon();
    EXPECT_EQ(polygon.getNumInteriorRings(), values.back() == 3 ? 1 : 0);
    EXPECT_EQ(polygon.getExteriorRing()->getNumPoints(), 5);
    EXPECT_EQ(feature->GetFieldIndex("confidence"), -1);
    const std::string name = feature->GetFieldIndex("Name") >= 0 ? feature->GetFieldAsString("Name") : "";
    const std::string color = feature->GetFieldAsString("color");
    EXPECT_EQ(name, values.back() == 3 ? "Dächer & \"roofs\"" : values.back() == 1 ? "grass" : "9");
    EXPECT_EQ(color, values.back() == 3 ? "#c80000" : values.back() == 1 ? "#00c80a" : "");
  }
  std::ranges::sort(values);  // FlatGeobuf orders features by place
  EXPECT_EQ(values, (std::vector<int>{1, 3, 9}));
  for (const std::string& name : folder.names()) EXPECT_FALSE(name.starts_with(".")) << name;
  const auto style = std::filesystem::path(path).replace_extension(".qml");
  EXPECT_EQ(std::filesystem::exists(style), std::string(GetParam()) != "v.gpkg");
}

INSTANTIATE_TEST_SUITE_P(Vector, EveryFormat,
                         testing::Values("v.gpkg", "v.shp", "v.geojson", "v.geojsonl", "v.fgb", "v.kml"));

TEST(FeatureSink, KeepsTheRastersCrsAndPlace) {
  for (const char* name : {"v.gpkg", "v.shp", "v.fgb"}) {
    const Folder folder;
    write_layer(spec_of(folder / name), map_info("EPSG:32633"), three_polygons());
    const DatasetPtr file = open_vector_dataset(folder / name);
    OGRLayer& layer = *file->GetLayer(0);
    ASSERT_NE(layer.GetSpatialRef(), nullptr);
    EXPECT_STREQ(layer.GetSpatialRef()->GetAuthorityCode(nullptr), "32633") << name;
    OGREnvelope extent;
    ASSERT_EQ(layer.GetExtent(&extent), OGRERR_NONE);
    EXPECT_DOUBLE_EQ(extent.MinX, 500000 + 10 * 0.5) << name;
    EXPECT_DOUBLE_EQ(extent.MaxX, 500000 + 70 * 0.5) << name;
    EXPECT_DOUBLE_EQ(extent.MinY, 5000000 - 30 * 0.5) << name;
    EXPECT_DOUBLE_EQ(extent.MaxY, 5000000 - 10 * 0.5) << name;
  }
}

TEST(FeatureSink, BringsSharedVerticesToAnotherCrsAsOne) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.crs = "EPSG:3857";
  write_layer(spec, map_info("EPSG:32633"), {square(1, 10, 10, 10), square(3, 20, 10, 10)});
  const DatasetPtr file = open_vector_dataset(spec.path);
  OGRLayer& layer = *file->GetLayer(0);
  EXPECT_STREQ(layer.GetSpatialRef()->GetAuthorityCode(nullptr), "3857");
  const OGRFeatureUniquePtr left(layer.GetNextFeature());
  const OGRFeatureUniquePtr right(layer.GetNextFeature());
  const OGRLinearRing& a = *left->GetGeometryRef()->toPolygon()->getExteriorRing();
  const OGRLinearRing& b = *right->GetGeometryRef()->toPolygon()->getExteriorRing();
  int shared = 0;
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 4; ++k) shared += a.getX(i) == b.getX(k) && a.getY(i) == b.getY(k) ? 1 : 0;
  }
  EXPECT_EQ(shared, 2);
  EXPECT_NEAR(left->GetFieldAsDouble("area_map"), 25, 1e-9);  // of the raster's grid
}

TEST(FeatureSink, NamesAVertexThatTheOtherCrsDoesNotReach) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.crs = "EPSG:3857";
  RasterInfo map = map_info("EPSG:4326");
  map.georeference.geotransform = {{0, 0.05, 0, 80, 0, -0.05}};
  const std::string text = refusal([&] { write_layer(spec, map, {square(1, 10, -300, 20)}); });
  EXPECT_NE(text.find("row -300 has no place in WGS 84 / Pseudo-Mercator (EPSG:3857); choose another --crs"),
            std::string::npos)
      << text;
  EXPECT_TRUE(folder.names().empty());
}

TEST(FeatureSink, GoesOnBeyondTheAntimeridian) {
  const Folder folder;
  RasterInfo map = map_info("EPSG:32760");
  map.georeference.geotransform = {815706 - 2000, 100, 0, 8007243, 0, -100};
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.crs = "EPSG:4326";
  write_layer(spec, map, {square(1, 0, 0, 40)});
  OGREnvelope box;
  ASSERT_EQ(open_vector_dataset(folder / "v.gpkg")->GetLayer(0)->GetExtent(&box), OGRERR_NONE);
  EXPECT_LT(box.MaxX - box.MinX, 0.1);
  spec.crs = "EPSG:5773";
  EXPECT_NE(
      refusal([&] { write_layer(spec, map, {}); }).find("'EPSG:5773' is no CRS of places on the ground"),
      std::string::npos);
  spec.crs = "EPSG:3857";  // ends there
  EXPECT_NE(refusal([&] { write_layer(spec, map, {}); }).find("is torn apart in WGS 84 / Pseudo-Mercator"),
            std::string::npos);
}

TEST(FeatureSink, GivesLayersNamesThatGeoPackagesCanHave) {
  const Folder folder;
  for (const char* file : {"(2) a.gpkg", "gpkg_b.gpkg", "layer_styles.gpkg"}) {
    VectorSpec spec = spec_of(folder / file);
    spec.layer = "";
    write_layer(spec, map_info("EPSG:32633"), {square(1, 0, 0, 4)});
    const std::string name = open_vector_dataset(spec.path)->GetLayer(0)->GetName();
    EXPECT_EQ(name, "landcover " + std::filesystem::path(file).stem().string());
  }
  VectorSpec spec = spec_of(folder / "c.gpkg");
  spec.layer = "gpkg_c";
  EXPECT_NE(refusal([&] { write_layer(spec, map_info("EPSG:32633"), {}); }).find("--layer: 'gpkg_c'"),
            std::string::npos);
  RasterInfo map = map_info("");
  map.control_points = 4;
  EXPECT_NE(refusal([&] { write_layer(spec_of(folder / "d.gpkg"), map, {}); }).find("warp it first"),
            std::string::npos);
}

TEST(FeatureSink, RefusesNamesThatShapefilesDoNotKeep) {
  const Folder folder;
  write_layer(spec_of(folder / "v.shp"), map_info("EPSG:32633"), three_polygons());
  EXPECT_NE(refusal([&] {
              write_layer(spec_of(folder / "v.SHP"), map_info("EPSG:32633"), {});
            }).find("v.SHP: the name of a Shapefile ends with .shp"),
            std::string::npos);
  EXPECT_EQ(open_vector_dataset(folder / "v.shp")->GetLayer(0)->GetFeatureCount(), 3);
}

TEST(FeatureSink, KeepsPartsAndConfidence) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.multi_part = spec.with_confidence = true;
  RasterPolygon two = square(1, 0, 0, 10);
  test::add_part(two, 20, 0, 5);
  two.confidence = 0.5;
  write_layer(spec, map_info("EPSG:32633"), {two, square(3, 50, 50, 2)});
  const DatasetPtr file = open_vector_dataset(spec.path);
  OGRLayer& layer = *file->GetLayer(0);
  EXPECT_EQ(layer.GetGeomType(), wkbMultiPolygon);
  const OGRFeatureUniquePtr first(layer.GetNextFeature());
  EXPECT_EQ(first->GetGeometryRef()->toMultiPolygon()->getNumGeometries(), 2);
  EXPECT_NEAR(first->GetFieldAsDouble("area_map"), 125 * 0.25, 1e-9);
  EXPECT_EQ(first->GetFieldAsDouble("confidence"), 0.5);
  const OGRFeatureUniquePtr second(layer.GetNextFeature());
  EXPECT_EQ(second->GetGeometryRef()->toMultiPolygon()->getNumGeometries(), 1);
  EXPECT_TRUE(second->IsFieldNull(second->GetFieldIndex("confidence")));
}

TEST(FeatureSink, TakesPartsForADefectInALayerOfSinglePolygons) {
  const Folder folder;
  RasterPolygon two = square(1, 0, 0, 10);
  test::add_part(two, 20, 0, 5);
  EXPECT_EQ(refusal([&] { write_layer(spec_of(folder / "v.fgb"), map_info("EPSG:32633"), {two}); }),
            "a feature of 2 parts in a layer of single polygons");
  EXPECT_TRUE(folder.names().empty());
}

TEST(FeatureSink, LeavesOutSizesInMetresWithoutACrs) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info(""), {square(1, 0, 0, 10)});
  const DatasetPtr file = open_vector_dataset(folder / "v.gpkg");
  const OGRFeatureDefn& fields = *file->GetLayer(0)->GetLayerDefn();
  EXPECT_EQ(fields.GetFieldIndex("area_m2"), -1);
  EXPECT_EQ(fields.GetFieldIndex("perim_m"), -1);
  EXPECT_GE(fields.GetFieldIndex("area_map"), 0);
}

TEST(FeatureSink, KeepsValuesBeyondThirtyTwoBits) {
  for (const char* name : {"v.gpkg", "v.shp", "v.fgb", "v.geojson"}) {
    const Folder folder;
    RasterInfo map = map_info("EPSG:32633");
    map.bands = {{"Int64", "", "", std::nullopt}};
    write_layer(spec_of(folder / name), map, {square(50000000000, 0, 0, 10)});
    const DatasetPtr file = open_vector_dataset(folder / name);
    const OGRFeatureUniquePtr feature(file->GetLayer(0)->GetNextFeature());
    EXPECT_EQ(feature->GetFieldAsInteger64("class"), 50000000000) << name;
    EXPECT_STREQ(feature->GetFieldAsString("name"), "50000000000") << name;
  }
}

TEST(FeatureSink, NamesTheLayerAndTakesOptionsOfTheDriver) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.layer = "it's \"cover\"";
  spec.creation_options = {{"GEOMETRY_NAME", "shape"}, {"IDENTIFIER", "my map"}};
  write_layer(spec, map_info("EPSG:32633"), three_polygons());
  const DatasetPtr file = open_vector_dataset(spec.path);
  OGRLayer* layer = file->GetLayerByName("it's \"cover\"");
  ASSERT_NE(layer, nullptr);
  EXPECT_STREQ(layer->GetGeometryColumn(), "shape");
  EXPECT_STREQ(layer->GetMetadataItem("IDENTIFIER"), "my map");
  EXPECT_STREQ(layer->GetMetadataItem("DESCRIPTION"), "Land cover polygons of map.tif");
}

TEST(FeatureSink, NamesTheFileByThePathWhateverTheLayerIsCalled) {
  for (const char* name : {"v.shp", "v.fgb", "v.geojson", "v.kml"}) {
    const Folder folder;
    VectorSpec spec = spec_of(folder / name);
    spec.layer = "cover";
    if (std::string(name) == "v.shp") {
      EXPECT_NE(refusal([&] { write_layer(spec, map_info("EPSG:32633"), three_polygons()); }).find("--layer"),
                std::string::npos);
      continue;
    }
    write_layer(spec, map_info("EPSG:32633"), three_polygons());
    EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetFeatureCount(), 3) << name;
    for (const std::string& made : folder.names()) EXPECT_TRUE(made.starts_with("v.")) << made;
  }
}

TEST(FeatureSink, RefusesOptionsThatTheDriverDoesNotHave) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.creation_options = {{"GEOMETRY_NAM", "shape"}};
  EXPECT_EQ(refusal([&] { write_layer(spec, map_info("EPSG:32633"), {}); }),
            "--lco: GPKG has no creation option GEOMETRY_NAM (did you mean 'GEOMETRY_NAME'?)");
  EXPECT_TRUE(folder.names().empty());
}

TEST(FeatureSink, RefusesAFormatThatHasNoFields) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.dxf");
  spec.format = "DXF";
  EXPECT_NE(refusal([&] { write_layer(spec, map_info("EPSG:32633"), {}); }).find("DXF can't hold"),
            std::string::npos);
  EXPECT_TRUE(folder.names().empty());
}

TEST(FeatureSink, WritesOtherFormatsByTheNameOfTheirDriver) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gml");
  spec.format = "GML";
  write_layer(spec, map_info("EPSG:32633"), three_polygons());
  const DatasetPtr file = open_vector_dataset(spec.path);
  EXPECT_EQ(file->GetLayer(0)->GetFeatureCount(), 3);
}

TEST(FeatureSink, LeavesFilesBesideItsOwnUnlessToldTo) {
  const Folder folder;
  std::ofstream(folder / "v.xsd") << "somebody's";
  std::ofstream(folder / "v.dat") << "somebody's";
  for (const auto& [format, name, other] :
       {std::array{"GML", "v.gml", "v.xsd"}, {"MapInfo File", "v.tab", "v.dat"}}) {
    VectorSpec spec = spec_of(folder / name);
    spec.format = format;
    EXPECT_EQ(refusal([&] { write_layer(spec, map_info("EPSG:32633"), three_polygons()); }),
              fmt::format("{}: would replace {} beside it; choose another name, or give --overwrite",
                          spec.path, other));
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"v.dat", "v.xsd"}));
  }
}

TEST(FeatureSink, WritesDatasetsThatAreFolders) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gdb");
  spec.format = "OpenFileGDB";
  if (std::string(GDALVersionInfo("VERSION_NUM")) < "3060000") GTEST_SKIP() << "this GDAL only reads them";
  write_layer(spec, map_info("EPSG:32633"), three_polygons());
  EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetFeatureCount(), 3);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"v.gdb", "v.qml"}));
}

TEST(FeatureSink, AsksForACrsWhereTheFormatOrTheUserWantsOne) {
  const Folder folder;
  EXPECT_EQ(
      refusal([&] { write_layer(spec_of(folder / "v.geojson"), map_info(""), {}); }),
      "map.tif: has no CRS, so it can't be brought to WGS 84 (EPSG:4326) as GeoJSON wants; set it first: "
      "gdal_edit.py -a_srs EPSG:..., or write GeoPackage");
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.crs = "EPSG:25832";
  EXPECT_EQ(
      refusal([&] { write_layer(spec, map_info(""), {}); }),
      "map.tif: has no CRS, so it can't be brought to ETRS89 / UTM zone 32N (EPSG:25832); set it first: "
      "gdal_edit.py -a_srs EPSG:...");
  spec.crs = "EPSG:nonsense";
  EXPECT_TRUE(refusal([&] {
                write_layer(spec, map_info("EPSG:32633"), {});
              }).starts_with("--crs: 'EPSG:nonsense' is no CRS that PROJ knows"));
  spec = spec_of(folder / "v.kml");
  spec.crs = "EPSG:25832";
  EXPECT_EQ(refusal([&] { write_layer(spec, map_info("EPSG:32633"), {}); }),
            "--crs: KML is always WGS 84 longitude and latitude, not EPSG:25832; leave --crs out or write "
            "GeoPackage");
  EXPECT_TRUE(folder.names().empty());
}

TEST(FeatureSink, ReplacesAFileOnlyWhenToldTo) {
  const Folder folder;
  const RasterInfo map = map_info("EPSG:32633");
  VectorSpec spec = spec_of(folder / "v.shp");
  write_layer(spec, map, three_polygons());
  std::ofstream(folder / "v.qix") << "an old index";
  EXPECT_EQ(refusal([&] { write_layer(spec, map, {}); }),
            folder / "v.shp" + ": exists already; add --overwrite to replace it");
  spec.overwrite = true;
  write_layer(spec, map, {square(1, 0, 0, 4)});
  EXPECT_FALSE(std::filesystem::exists(folder / "v.qix"));
  const DatasetPtr file = open_vector_dataset(spec.path);
  EXPECT_EQ(file->GetLayer(0)->GetFeatureCount(), 1);
}

TEST(FeatureSink, LeavesNothingWithoutCommit) {
  for (const char* name : {"v.gpkg", "v.shp", "v.fgb", "v.geojson", "v.kml"}) {
    const Folder folder;
    {
      const auto sink = make_gdal_geo_io()->create_features(spec_of(folder / name), map_info("EPSG:32633"));
      sink->write(three_polygons());
    }
    EXPECT_TRUE(folder.names().empty()) << name;
    {
      const auto sink = make_gdal_geo_io()->create_features(spec_of(folder / name), map_info("EPSG:32633"));
      sink->write(three_polygons());
      sink->finish();
    }
    EXPECT_TRUE(folder.names().empty()) << name;
  }
}

TEST(FeatureSink, RefusesAFeatureWithoutARing) {
  const Folder folder;
  const RasterPolygon empty{1, {}, {}, {0}, {}};
  EXPECT_EQ(refusal([&] { write_layer(spec_of(folder / "v.kml"), map_info("EPSG:32633"), {empty}); }),
            "a feature without a ring");
}

TEST(FeatureSink, WritesAnEmptyLayer) {
  for (const char* name : {"v.gpkg", "v.shp", "v.fgb", "v.geojson"}) {
    const Folder folder;
    write_layer(spec_of(folder / name), map_info("EPSG:32633"), {});
    const DatasetPtr file = open_vector_dataset(folder / name);
    EXPECT_EQ(file->GetLayer(0)->GetFeatureCount(), 0) << name;
  }
}

}  // namespace
}  // namespace orthocover
