#include <gdal_alg.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/cli/vectorize_workshop.h"

namespace orthocover::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kPixel_m2 = 0.01;

/// Sorted classes and areas by GDALPolygonize, which knows nothing of our code.
auto polygonized_by_gdal(const std::string& map, bool eight) {
  const GDALDatasetUniquePtr raster(GDALDataset::Open(map.c_str(), GDAL_OF_RASTER));
  const GDALDatasetUniquePtr memory(
      GetGDALDriverManager()->GetDriverByName("Memory")->Create("", 0, 0, 0, GDT_Unknown, nullptr));
  OGRLayer* layer = memory->CreateLayer("polygons", nullptr, wkbPolygon, nullptr);
  OGRFieldDefn field("class", OFTInteger);
  layer->CreateField(&field);
  const char* const options[] = {eight ? "8CONNECTED=8" : nullptr, nullptr};
  GDALRasterBand* band = raster->GetRasterBand(1);
  EXPECT_EQ(GDALPolygonize(band, band->GetMaskBand(), OGRLayer::ToHandle(layer), 0,
                           const_cast<char**>(options), nullptr, nullptr),
            CE_None);
  std::vector<std::pair<std::int64_t, double>> all;
  for (const auto& feature : *layer) {
    const double area = OGR_G_Area(OGRGeometry::ToHandle(feature->GetGeometryRef()));
    all.emplace_back(feature->GetFieldAsInteger(0), std::round(area * 1e6) / 1e6);
  }
  std::ranges::sort(all);
  return all;
}

class VectorizeFormats : public Vectorize, public testing::WithParamInterface<const char*> {};

TEST_P(VectorizeFormats, HaveClassNameColourAndSizesOfEveryPolygon) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  const PolygonFile file = made(std::string("out") + GetParam(), {});
  ASSERT_EQ(file.polygons().size(), 2U);
  for (const FilePolygon& polygon : file.polygons()) {
    const bool is_roof = polygon.value == 3;
    EXPECT_EQ(polygon.value, is_roof ? 3 : 1);
    EXPECT_EQ(polygon.name, is_roof ? "roof" : "Wiese & <Gras>");
    EXPECT_EQ(polygon.color, is_roof ? "#0000ff" : "#ff0000");
    const double area = (is_roof ? 48 : 40 * 30 - 16 - 48) * kPixel_m2;
    const double perimeter = (is_roof ? 28 : 140 + 28) * 0.1;
    EXPECT_NEAR(polygon.numbers.at("area_map"), area, 1e-5);
    EXPECT_NEAR(polygon.numbers.at("perim_map"), perimeter, 1e-4);
    EXPECT_NEAR(polygon.numbers.at("area_m2"), area / (0.9996 * 0.9996), 1e-4);
    EXPECT_NEAR(polygon.numbers.at("perim_m"), perimeter / 0.9996, 1e-3);
    EXPECT_EQ(polygon.geometry->toPolygon()->getNumInteriorRings(), is_roof ? 0 : 1);
  }
  EXPECT_EQ(file.coverage_fault(), "");
  for (const std::string& name : shop.names()) EXPECT_FALSE(name.starts_with(".")) << name;
}

TEST_P(VectorizeFormats, ReplaceTheirFileOnlyWhenToldTo) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  const std::string name = std::string("out") + GetParam();
  made(name, {});
  const std::string before = bytes_of_file(shop / name);
  shop.expect_refusal({"vectorize", "--exclude", "3", shop / "map.tif", shop / name}, 2,
                      {name, "--overwrite"});
  EXPECT_EQ(bytes_of_file(shop / name), before);
  EXPECT_EQ(made(name, {"--exclude", "3", "--overwrite"}).polygons().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Vectorize, VectorizeFormats,
                         testing::Values(".gpkg", ".shp", ".geojson", ".geojsonl", ".fgb", ".kml"));

TEST_F(Vectorize, MakesExactlyThePolygonsOfGdalPolygonize) {
  make_map(shop / "map.tif", 150, 110, [](int band, int col, int row) {
    return col > 70 && col < 77 && row > 30 ? 0 : land_at(band, col, row);
  });
  for (const char* connectedness : {"4", "8"}) {
    const PolygonFile file =
        made("exact.gpkg", {"--simplify", "0", "--connectedness", connectedness, "--overwrite"});
    EXPECT_EQ(file.classes_and_areas(), polygonized_by_gdal(shop / "map.tif", *connectedness == '8'));
    EXPECT_GT(file.polygons().size(), 100U);
  }
}

TEST_F(Vectorize, LeavesNoPolygonBelowTheMinimumAreaThatHasANeighbour) {
  make_map(shop / "map.tif", 150, 110);
  const PolygonFile before = made("all.gpkg", {"--simplify", "0"});
  const PolygonFile after = made("large.gpkg", {"--simplify", "0", "--min-area", "0.3"});
  const auto smallest = [](const PolygonFile& file) {
    return std::ranges::min(file.classes_and_areas(), {}, &std::pair<std::int64_t, double>::second).second;
  };
  EXPECT_LT(smallest(before), 0.3);
  EXPECT_GE(smallest(after), 0.3);  // a map without gaps: every polygon has a neighbour
  EXPECT_EQ(after.coverage_fault(), "");
  const json record = json::parse(bytes_of_file(shop / "large.gpkg.run.json"));
  EXPECT_GT(record.at("orthocover").at("merged_small_areas").get<int>(), 50);
  EXPECT_EQ(record.at("orthocover").at("polygons").get<std::size_t>(), after.polygons().size());
}

TEST_F(Vectorize, LeavesIslandsWithoutNeighbourHoweverSmall) {
  make_map(shop / "map.tif", 40, 30,
           [](int, int col, int row) { return (col == 5 && row == 5) || col > 20 ? 1 : 0; });
  const PolygonFile file = made("out.gpkg", {"--min-area", "2", "--simplify", "0"});
  EXPECT_THAT(file.classes_and_areas(), ElementsAre(std::pair(1, 0.01), std::pair(1, 19 * 30 * kPixel_m2)));
}

TEST_F(Vectorize, SmoothsSpecklesByMajority) {
  make_map(shop / "map.tif", 40, 30, [](int band, int col, int row) {
    return col % 7 == 3 && row % 7 == 3 ? 3 : yard_at(band, col, row);
  });
  EXPECT_GT(made("all.gpkg", {"--simplify", "0"}).polygons().size(), 10U);
  EXPECT_EQ(made("smooth.gpkg", {"--simplify", "0", "--majority", "3"}).polygons().size(), 2U);
}

TEST_F(Vectorize, SimplifiesByTwoMethodsAndRoundsCornersWithoutBreakingTheCoverage) {
  make_map(shop / "map.tif", 150, 110);
  const PolygonFile exact = made("exact.gpkg", {"--simplify", "0"});
  const PolygonFile distance = made("distance.gpkg", {"--simplify", "0.2"});
  const PolygonFile triangles = made("area.gpkg", {"--simplify", "0.2", "--simplify-method", "visvalingam"});
  const PolygonFile smooth = made("smooth.gpkg", {"--simplify", "0.2", "--smooth"});
  EXPECT_LT(distance.vertices(), exact.vertices() * 0.6);
  EXPECT_LT(triangles.vertices(), exact.vertices() * 0.6);
  EXPECT_NE(distance.classes_and_areas(), triangles.classes_and_areas());
  EXPECT_GT(smooth.vertices(), distance.vertices());
  for (const PolygonFile* file : {&distance, &triangles, &smooth}) {
    EXPECT_EQ(file->coverage_fault(), "");
    EXPECT_EQ(file->polygons().size(), exact.polygons().size());
  }
}

TEST_F(Vectorize, MakesOneFeatureOfEachClass) {
  make_map(shop / "map.tif", 150, 110);
  const PolygonFile parts = made("parts.gpkg", {});
  const PolygonFile whole = made("whole.gpkg", {"--dissolve"});
  ASSERT_EQ(whole.polygons().size(), 4U);
  const auto areas = parts.area_per_class();
  for (const FilePolygon& polygon : whole.polygons())
    EXPECT_NEAR(polygon.area(), areas.at(polygon.value), 1e-6);
  EXPECT_EQ(whole.coverage_fault(), "");
}

TEST_F(Vectorize, KeepsNeighboursTogetherInAnotherCrs) {
  make_map(shop / "map.tif", 150, 110);
  const PolygonFile file = made("degrees.gpkg", {"--crs", "EPSG:4326", "--simplify", "0.2", "--smooth"});
  EXPECT_EQ(file.epsg(), "4326");
  EXPECT_EQ(file.coverage_fault(), "");
  const auto areas = made("metres.gpkg", {"--simplify", "0.2", "--smooth"}).area_per_class();
  std::map<std::int64_t, double> attributes;
  for (const FilePolygon& polygon : file.polygons())
    attributes[polygon.value] += polygon.numbers.at("area_map");
  for (const auto& [value, area] : areas) EXPECT_NEAR(attributes.at(value), area, 1e-6);
}

TEST_F(Vectorize, BendsLongStraightEdgesInAnotherCrs) {
  // 60 km of straight border at 10 m, and single pixels 30 and 50 m beside it: the straight line of another
  // CRS runs 70 m beside that of the map.
  make_map(
      shop / "map.tif", 6000, 40,
      [](int, int col, int row) {
        return col == 3000 && row == 23 ? 3 : col == 3001 && row == 15 ? 4 : row < 20 ? 1 : 2;
      },
      [](Made& map) {
        map.crs = "EPSG:3035";
        map.geotransform = {4300000, 10, 0, 3300000, 0, -10};
      });
  for (const char* name : {"out.gpkg", "out.geojson", "out.kml"}) {
    const PolygonFile file = made(name, {"--crs", "EPSG:4326"});
    EXPECT_EQ(file.polygons().size(), 4U);
    EXPECT_EQ(file.coverage_fault(), "") << name;
  }
}

TEST_F(Vectorize, AveragesConfidenceOverEachPolygon) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  make_map(
      shop / "sure.tif", 40, 30, [](int, int col, int) { return col < 14 ? 60 : 80; },
      [](Made& map) { map.palette = false; });
  const PolygonFile file = made("out.shp", {"--confidence", shop / "sure.tif"});
  for (const FilePolygon& polygon : file.polygons()) {
    if (polygon.value == 3) {
      EXPECT_NEAR(polygon.numbers.at("confidence"), 70, 1e-6);  // half and half
    }
  }
  EXPECT_THAT(file.fields(), ElementsAre("class", "name", "color", "area_m2", "perim_m", "area_map",
                                         "perim_map", "confidence"));
}

TEST_F(Vectorize, TakesNamesAndColoursOfALegend) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  write_bytes(shop / "legend.json", two_classes().to_json().dump());
  const PolygonFile file = made("out.fgb", {"--legend", shop / "legend.json"});
  for (const FilePolygon& polygon : file.polygons()) {
    EXPECT_EQ(polygon.name, polygon.value == 3 ? "roof" : "grass");
    EXPECT_EQ(polygon.color, polygon.value == 3 ? "#c80000" : "#00c800");
  }
}

TEST_F(Vectorize, LeavesOutWhatIsExcluded) {
  make_map(shop / "map.tif", 150, 110);
  const auto areas = made("out.gpkg", {"--exclude", "2,4"}).area_per_class();
  EXPECT_EQ(areas.size(), 2U);
  EXPECT_TRUE(areas.contains(1) && areas.contains(3));
}

TEST_F(Vectorize, NamesTheLayerAndPassesOptionsToTheDriver) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  const PolygonFile file =
      made("out.gpkg", {"--layer", "Land cover 2024", "--lco", "GEOMETRY_NAME=shape", "--lco", "FID=id"});
  EXPECT_EQ(file.layer(), "Land cover 2024");
  EXPECT_THAT(query(shop / "out.gpkg", "SELECT column_name FROM gpkg_geometry_columns"),
              ElementsAre(ElementsAre("shape")));
  shop.expect_refusal({"vectorize", "--lco", "FIT=id", shop / "map.tif", shop / "new.gpkg"}, 2,
                      {"--lco: GPKG has no creation option FIT", "FID"});
}

TEST_F(Vectorize, WritesAnyFormatByTheNameOfItsDriver) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  EXPECT_EQ(made("out.tab", {"--format", "MapInfo File"}).polygons().size(), 2U);
  EXPECT_EQ(made("out.sqlite", {"--format", "SQLite"}).polygons().size(), 2U);
}

TEST_F(Vectorize, AppendsToALayerOfAGeoPackageOrAddsOne) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  const auto count = [&](const std::string& layer) {
    return PolygonFile(shop / "all.gpkg", layer).polygons().size();
  };
  vectorize({"--append", "--layer", "2023", shop / "map.tif", shop / "all.gpkg"});
  EXPECT_EQ(count("2023"), 2U);
  vectorize({"--append", "--layer", "2023", shop / "map.tif", shop / "all.gpkg"});
  EXPECT_EQ(count("2023"), 4U);
  EXPECT_FALSE(json::parse(bytes_of_file(shop / "all.gpkg.run.json")).at("append").get<bool>());
  vectorize({"--append", "--layer", "2024", "--exclude", "3", shop / "map.tif", shop / "all.gpkg"});
  EXPECT_EQ(count("2023"), 4U);
  EXPECT_EQ(count("2024"), 1U);
  EXPECT_THAT(query(shop / "all.gpkg", "SELECT f_table_name FROM layer_styles ORDER BY 1"),
              ElementsAre(ElementsAre("2023"), ElementsAre("2024")));
  EXPECT_THAT(query(shop / "all.gpkg", "PRAGMA integrity_check"), ElementsAre(ElementsAre("ok")));
}

TEST_F(Vectorize, TakesSheetsOnOneGridForOneMap) {
  const auto piece = [](int from_col, int from_row) {
    return [=](int band, int col, int row) { return land_at(band, from_col + col, from_row + row); };
  };
  make_map(shop / "map.tif", 150, 110);
  make_map(shop / "west.tif", 70, 110, piece(0, 0));
  make_map(shop / "east.tif", 80, 110, piece(70, 0),
           [](Made& map) { map.geotransform = {500007, 0.1, 0, 5000000, 0, -0.1}; });
  const std::vector<std::string> options = {"--simplify", "0.2", "--min-area", "0.3"};
  const PolygonFile whole = made("whole.gpkg", options);
  std::vector<std::string> words = options;
  words.insert(words.end(), {shop / "east.tif", shop / "west.tif", shop / "sheets.gpkg"});
  vectorize(words);
  const PolygonFile sheets(shop / "sheets.gpkg");
  EXPECT_EQ(sheets.classes_and_areas(), whole.classes_and_areas());
  EXPECT_EQ(sheets.coverage_fault(), "");
  EXPECT_EQ(sheets.polygons().front().color, whole.polygons().front().color);
}

TEST_F(Vectorize, CanBeRepeatedFromItsRecord) {
  make_map(shop / "map.tif", 150, 110);
  const PolygonFile first = made("out.gpkg", {"--simplify", "0.3", "--min-area", "0.2", "--exclude", "2",
                                              "--layer", "cover", "--connectedness", "8"});
  std::filesystem::copy_file(shop / "out.gpkg.run.json", shop / "again.json");
  vectorize({"--config", shop / "again.json", "--overwrite"});
  const PolygonFile again(shop / "out.gpkg");
  EXPECT_EQ(again.classes_and_areas(), first.classes_and_areas());
  EXPECT_EQ(again.layer(), "cover");

  vectorize({"--format", "shp", shop / "map.tif", shop / "maps/"});
  const json record = json::parse(bytes_of_file(shop / "maps/map.shp.run.json"));
  EXPECT_EQ(record.at("output"), shop / "maps/map.shp") << "of one layer of a folder";
  vectorize({"--config", shop / "maps/map.shp.run.json", "--overwrite"});
}

TEST_F(Vectorize, KeepsTheClassesAsStyleForQgis) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  made("out.gpkg", {});
  made("out.shp", {});
  const auto styles = query(
      shop / "out.gpkg", "SELECT styleQML, f_table_name, f_geometry_column, useAsDefault FROM layer_styles");
  ASSERT_EQ(styles.size(), 1U);
  EXPECT_THAT(std::vector<std::string>(styles[0].begin() + 1, styles[0].end()),
              ElementsAre("out", "geom", "1"));
  for (const std::string& qml : {styles[0][0], bytes_of_file(shop / "out.qml")}) {
    EXPECT_THAT(qml, HasSubstr("type=\"categorizedSymbol\" attr=\"class\""));
    EXPECT_THAT(qml, HasSubstr("value=\"1\" label=\"Wiese &amp; &lt;Gras&gt;\""));
    EXPECT_THAT(qml, HasSubstr("value=\"3\" label=\"roof\""));
    EXPECT_THAT(qml, HasSubstr("name=\"color\" value=\"255,0,0,255\""));
  }
}

TEST_F(Vectorize, KeepsTheStyleOfTheRasterOfTheSameName) {
  make_map(shop / "map.tif", 40, 30, yard_at);
  write_bytes(shop / "map.qml",
              "<qgis version=\"3.22\"><pipe><rasterrenderer type=\"paletted\" "
              "band=\"1\"/></pipe><blendMode>0</blendMode></qgis>");
  for (int run = 0; run < 2; ++run) {
    made("map.shp", {"--overwrite"});
    const std::string qml = bytes_of_file(shop / "map.qml");
    EXPECT_THAT(qml, HasSubstr("rasterrenderer type=\"paletted\""));
    EXPECT_THAT(qml, HasSubstr("type=\"categorizedSymbol\""));
    EXPECT_EQ(qml.find("<pipe>"), qml.rfind("<pipe>"));
  }
}

TEST_F(Vectorize, WarnsOfAMapWithoutClassesAndWritesAnEmptyLayer) {
  make_map(shop / "map.tif", 40, 30, [](int, int, int) { return 0; });
  const Outcome outcome = shop.run({"vectorize", shop / "map.tif", shop / "out.gpkg"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("warning"));
  EXPECT_THAT(outcome.errors, HasSubstr("no pixel of a class"));
  EXPECT_THAT(PolygonFile(shop / "out.gpkg").polygons(), IsEmpty());
}

TEST_F(Vectorize, TellsOfIslandsThatStay) {
  make_map(shop / "map.tif", 9, 9, [](int, int col, int row) { return col * row == 16; });
  EXPECT_THAT(shop.run({"vectorize", "--min-area", "1", shop / "map.tif", shop / "a.shp"}).errors,
              HasSubstr("that stay: 3; --drop-islands"));
}

TEST_F(Vectorize, WorksWithoutACrsInTheMapsOwnUnits) {
  make_map(shop / "map.tif", 40, 30, yard_at, [](Made& map) { map.crs = ""; });
  const Outcome outcome = shop.run({"vectorize", shop / "map.tif", shop / "out.gpkg"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("warning: " + shop / "map.tif" + ": has no CRS"));
  const PolygonFile file(shop / "out.gpkg");
  EXPECT_THAT(file.fields(), ElementsAre("class", "name", "color", "area_map", "perim_map"));
  EXPECT_EQ(file.coverage_fault(), "");
  for (const char* name : {"out.geojson", "out.kml"})
    shop.expect_refusal({"vectorize", shop / "map.tif", shop / name}, 3,
                        {"map.tif: has no CRS", "gdal_edit"});
}

}  // namespace
}  // namespace orthocover::test
