#include "georef/gdal/vector_format.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <fstream>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal_geo_io.h"
#include "georef/vector/feature_sink.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::map_info;
using test::write_layer;

VectorFormat format_of(const std::string& path, const std::string& driver = {}) {
  make_gdal_geo_io();
  VectorSpec spec;
  spec.path = path;
  spec.format = driver;
  return vector_format(spec);
}

TEST(VectorFormat, IsChosenByTheExtensionInAnyCase) {
  EXPECT_EQ(format_of("a.gpkg").driver, "GPKG");
  EXPECT_EQ(format_of("a.SHP").driver, "ESRI Shapefile");
  EXPECT_EQ(format_of("a.geojson").driver, "GeoJSON");
  EXPECT_EQ(format_of("a.json").driver, "GeoJSON");
  EXPECT_EQ(format_of("a.fgb").driver, "FlatGeobuf");
  EXPECT_EQ(format_of("a.kml").driver, "KML");
  for (const char* path : {"a.geojsonl", "a.geojsons", "a.ndjson"})
    EXPECT_EQ(format_of(path).driver, "GeoJSONSeq") << path;
}

TEST(VectorFormat, IsChosenByTheDriverBeforeTheExtension) {
  EXPECT_EQ(format_of("a.data", "gpkg").driver, "GPKG");
  EXPECT_EQ(format_of("a.data", "gpkg").style, StylePlace::Inside);
  EXPECT_EQ(format_of("a.gml", "GML").driver, "GML");
}

TEST(VectorFormat, IsNoOtherThanTheExtensionSays) {
  EXPECT_EQ(
      test::refusal([] { format_of("v.shp", "GPKG"); }),
      "--format: GPKG is not what v.shp is called by its extension (ESRI Shapefile); leave one of them out");
  EXPECT_EQ(format_of("v.json", "GeoJSONSeq").driver, "GeoJSONSeq");
  EXPECT_EQ(test::refusal([] { format_of("v.x", "CSV"); }), "v.x: the name of a file of CSV ends with .csv");
  EXPECT_EQ(
      test::refusal([] { format_of("shapes", "shp"); }),
      "--format: 'shp' is no OGR driver of this GDAL; it is for a folder, whose name ends with a slash");
}

TEST(VectorFormat, KnowsWhichAreAlwaysWgs84) {
  EXPECT_TRUE(format_of("a.geojson").is_wgs84);
  EXPECT_TRUE(format_of("a.ndjson").is_wgs84);
  EXPECT_TRUE(format_of("a.kml").is_wgs84);
  EXPECT_FALSE(format_of("a.gpkg").is_wgs84);
  EXPECT_FALSE(format_of("a.fgb").is_wgs84);
}

TEST(VectorFormat, RefusesUnknownOnesWithTheCure) {
  const auto unknown = [](const std::string& other_ways) {
    VectorSpec spec;
    spec.path = "maps/v.doc";
    spec.other_ways = other_ways;
    return test::refusal([&] { vector_format(spec); });
  };
  const std::string text =
      "maps/v.doc: '.doc' is the extension of no known vector format; use one of .gpkg, .shp, .geojson, "
      ".json, .geojsonl, .geojsons, .ndjson, .fgb, .kml";
  EXPECT_EQ(unknown(""), text);
  EXPECT_EQ(unknown("give --format"), text + ", or give --format");
  EXPECT_EQ(test::refusal([] { format_of("v.x", "FlatGeobuff"); }),
            "--format: 'FlatGeobuff' is no OGR driver of this GDAL (did you mean 'FlatGeobuf'?); ogrinfo "
            "--formats lists them");
  EXPECT_EQ(test::refusal([] { format_of("v.x", "GTiff"); }),
            "--format: GTiff can't create vector files; use GPKG, 'ESRI Shapefile', FlatGeobuf, GeoJSON ...");
  EXPECT_EQ(test::refusal([] { format_of("a.gpx", "GPX"); }),
            "--format: GPX holds no polygons; use GPKG, 'ESRI Shapefile', FlatGeobuf, GeoJSON ...");
}

TEST(VectorFormat, OfMapInfoRefusesWhatItLacks) {
  const test::Folder folder;
  const auto refused = [&](const char* crs, const char* encoding) {
    VectorSpec spec = test::spec_of(folder / "v.tab");
    spec.format = "MapInfo File";
    spec.classes[0].name = "\xe6\xb0\xb4";
    if (encoding != nullptr) spec.creation_options = {{"ENCODING", encoding}};
    return test::refusal([&] { write_layer(spec, map_info(crs), test::three_polygons()); });
  };
  EXPECT_NE(refused("EPSG:3035", "UTF-8").find("can't hold the CRS ETRS89"), std::string::npos);
  EXPECT_NE(refused("EPSG:32633", "CP1252").find("can't hold the class name"), std::string::npos);
  EXPECT_EQ(folder.names(), std::vector<std::string>());
}

TEST(VectorFormat, OptionsThatSpoilTheLayerAreRefusedBeforeAnyWork) {
  const test::Folder folder;
  const auto refused = [&](const char* file, const char* key, const char* value) {
    VectorSpec spec = test::spec_of(folder / file);
    spec.creation_options = {{key, value}};
    if (spec.path.ends_with(".csv")) spec.format = "CSV";
    return test::refusal([&] { OgrFeatureSink(spec, map_info("EPSG:32633")); });
  };
  using testing::HasSubstr;
  EXPECT_THAT(refused("v.shp", "SHPT", "NULL"), HasSubstr("--lco SHPT=NULL: would leave no polygons"));
  EXPECT_THAT(refused("v.shp", "SHPT", "POINT"), HasSubstr("--lco SHPT=POINT: "));
  EXPECT_THAT(refused("v.shp", "SHPT", "ARC"), HasSubstr("--lco SHPT=ARC: would leave no polygons"));
  EXPECT_THAT(refused("v.gpkg", "FID", "class"), HasSubstr("--lco FID=class: "));
  EXPECT_THAT(refused("v.gpkg", "GEOMETRY_NAME", "class"), HasSubstr("--lco GEOMETRY_NAME=class: "));
  EXPECT_THAT(refused("v.geojson", "ID_FIELD", "name"), HasSubstr("would leave out the field 'name'"));
  EXPECT_THAT(refused("v.csv", "GEOMETRY", "AS_XY"), HasSubstr("--lco GEOMETRY=AS_XY: "));
  EXPECT_EQ(refused("v.shp", "SHPT", "POLYGONZ"), "");
  EXPECT_EQ(refused("v.gpkg", "FID", "number"), "");
  EXPECT_EQ(folder.names(), std::vector<std::string>());
}

TEST(VectorFormat, OfWgs84HasLongitudesUpTo180Degrees) {
  const test::Folder folder;
  for (const auto& [west, left] : {std::pair(355.0, -5.0), {-185.0, 175.0}, {179.9, 179.9}, {-180.0, -180.0}})
    for (const char* name : {"v.geojson", "v.kml", "v.gpkg"}) {
      RasterInfo map = map_info("EPSG:4326");
      map.georeference.geotransform = std::array<double, 6>{west, 0.01, 0, 10, 0, -0.01};
      VectorSpec spec = test::spec_of(folder / name);
      spec.overwrite = true;
      write_layer(spec, map, {test::square(3, 0, 10, 20)});
      OGREnvelope box;
      EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetExtent(&box), OGRERR_NONE);
      const bool goes_on = std::string_view(name) == "v.gpkg";
      const bool is_cut = !goes_on && west == 179.9;
      EXPECT_NEAR(box.MinX, goes_on ? west : is_cut ? -180 : left, 1e-9) << name;
      EXPECT_NEAR(box.MaxX, is_cut ? 180 : box.MinX + 0.2, 1e-9) << name;
    }
}

TEST(VectorFormat, OfWgs84EndsAt180Degrees) {
  const test::Folder folder;
  RasterInfo map = map_info("EPSG:4326");
  map.georeference.geotransform = std::array<double, 6>{179.9, 0.01, 0, 10, 0, -0.01};
  RasterPolygon frame = test::square(3, 0, 10, 20);
  test::add_hole(frame, 5, 15, 10);
  for (const char* name : {"v.geojson", "v.kml"}) {
    const VectorSpec spec = test::spec_of(folder / name);
    write_layer(spec, map, {frame, test::square(4, 5, 15, 4)});
    const DatasetPtr file = open_vector_dataset(spec.path);
    OGRLayer& layer = *file->GetLayer(0);
    const OGRFeatureUniquePtr one(layer.GetNextFeature()), two(layer.GetNextFeature());
    const OGRGeometry& cut = *one->GetGeometryRef();
    EXPECT_TRUE(cut.IsValid()) << name;
    EXPECT_EQ(cut.toMultiPolygon()->getNumGeometries(), 2);
    EXPECT_NEAR(cut.toMultiPolygon()->get_Area(), 0.03, 1e-9);
    EXPECT_STREQ(two->GetGeometryRef()->getGeometryName(), "POLYGON");
  }
}

TEST(VectorFormat, OfWgs84TurnsEachPartOfAFeature) {
  const test::Folder folder;
  RasterInfo map = map_info("EPSG:4326");
  map.georeference.geotransform = std::array<double, 6>{179.5, 0.01, 0, 10, 0, -0.01};
  VectorSpec spec = test::spec_of(folder / "v.geojson");
  spec.multi_part = true;
  RasterPolygon parts = test::square(3, 0, 10, 20);
  test::add_hole(parts, 5, 15, 4);
  test::add_part(parts, 100, 10, 20);
  write_layer(spec, map, {parts});
  OGREnvelope box;
  EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetExtent(&box), OGRERR_NONE);
  EXPECT_NEAR(box.MinX, -179.5, 1e-9);
  EXPECT_NEAR(box.MaxX, 179.7, 1e-9);
}

TEST(VectorFormat, OfGmlAndJmlRefusesACrsWithoutACode) {
  const test::Folder folder;
  for (const auto& [driver, name] : {std::pair("GML", "v.gml"), {"JML", "v.jml"}}) {
    VectorSpec spec = test::spec_of(folder / name);
    spec.format = driver;
    const auto refused = [&](const char* crs) {
      return test::refusal([&] { OgrFeatureSink(spec, map_info(crs)); });
    };
    EXPECT_THAT(refused("+proj=tmerc +lat_0=1 +lon_0=15 +x_0=500000 +ellps=bessel"),
                testing::HasSubstr(fmt::format("files of {} can't hold the CRS", driver)));
    EXPECT_EQ(refused("EPSG:32633"), "");
    EXPECT_EQ(refused(""), "");
  }
}

TEST(VectorFormat, OfCsvLeavesNoProjectionOfTheFileThatItReplaces) {
  const test::Folder folder;
  VectorSpec spec = test::spec_of(folder / "v.csv");
  spec.format = "CSV";
  write_layer(spec, map_info("EPSG:32633"), test::three_polygons());
  spec.overwrite = true;
  write_layer(spec, map_info(""), test::three_polygons());
  EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetSpatialRef(), nullptr);
}

TEST(VectorFormat, OfCsvLeavesTheProjectionOfAnotherFile) {
  const test::Folder folder;
  for (const char* name : {"v.asc", "v.prj"}) std::ofstream(folder / name) << "another's";
  VectorSpec spec = test::spec_of(folder / "v.csv");
  spec.format = "CSV";
  spec.creation_options = {{"CREATE_CSVT", "NO"}};
  for (const bool replaces : {false, true}) {
    spec.overwrite = replaces;
    if (replaces) std::ofstream(folder / "v.csvt") << "an earlier one's";
    write_layer(spec, map_info("EPSG:32633"), test::three_polygons());
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"v.asc", "v.csv", "v.prj", "v.qml"}));
  }
  spec.creation_options.clear();
  EXPECT_THAT(
      test::refusal([&] { OgrFeatureSink(spec, map_info("EPSG:32633")); }),
      testing::HasSubstr("would replace v.prj beside it; choose another name, or give --lco CREATE_CSVT=NO"));
}

TEST(VectorFormat, OptionsAreTriedOnTheMiddleOfTheMapAndWhereALayerIsAddedToo) {
  const test::Folder folder;
  RasterInfo map = map_info("+proj=ortho +lat_0=40 +lon_0=10");
  map.georeference.geotransform = std::array<double, 6>{-7e6, 14000, 0, 7e6, 0, -14000};
  VectorSpec spec = test::spec_of(folder / "v.gpkg");
  spec.crs = "EPSG:4326";
  spec.append = true;
  spec.creation_options = {{"FID", "number"}};
  for (const char* layer : {"one", "two"}) {
    spec.layer = layer;
    write_layer(spec, map, {test::square(3, 480, 480, 20)});
  }
  for (const char* layer : {"one", "two"})
    EXPECT_NE(open_vector_dataset(spec.path)->GetLayerByName(layer), nullptr);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"v.gpkg"});
}

TEST(VectorFormat, KeepsUtmInFeet) {
  const test::Folder folder;
  OGRSpatialReference utm;
  ASSERT_EQ(utm.importFromEPSG(26915), OGRERR_NONE);
  utm.SetProjCS("of a client");  // has no code
  utm.SetLinearUnitsAndUpdateParameters("US survey foot", 0.304800609601219);
  const RasterInfo map = map_info(wkt_of(&utm));
  for (const char* name : {"v.gpkg", "v.fgb", "v.shp"}) {
    VectorSpec spec = test::spec_of(folder / name);
    write_layer(spec, map, test::three_polygons());
    spec.append = std::string_view(name) == "v.gpkg";
    if (spec.append) write_layer(spec, map, test::three_polygons());
    const DatasetPtr file = open_vector_dataset(spec.path);
    EXPECT_NEAR(file->GetLayer(0)->GetSpatialRef()->GetLinearUnits(), 0.3048006, 1e-7) << name;
    EXPECT_EQ(file->GetLayer(0)->GetSpatialRef()->GetUTMZone(), 15) << name;
  }
}

TEST(VectorFormat, OfShapefilesRefusesACrsWhoseShiftToWgs84ItDrops) {
  const test::Folder folder;
  const auto refused = [&](const char* file, const char* shift) {
    const std::string crs = fmt::format(
        "+proj=tmerc +lat_0=0 +lon_0=12 +k=1 +x_0=4500000 +y_0=0 +ellps=bessel +towgs84={} +units=m", shift);
    RasterInfo map = map_info(crs);
    map.georeference.geotransform = std::array<double, 6>{4500000, 0.5, 0, 5400000, 0, -0.5};
    return test::refusal([&] { write_layer(test::spec_of(folder / file), map, test::three_polygons()); });
  };
  const char* shifted = "598.1,73.7,418.2,0.202,0.045,-2.455,6.7";
  EXPECT_NE(refused("v.shp", shifted).find("ESRI Shapefile can't hold the CRS"), std::string::npos);
  EXPECT_EQ(refused("v.gpkg", shifted), "");
  EXPECT_EQ(refused("w.shp", "0,0,0"), "");
}

}  // namespace
}  // namespace orthocover
