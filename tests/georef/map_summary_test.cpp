#include "core/operations/results/map_summary.h"

#include <fmt/ranges.h>
#include <gdal_alg.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <cmath>
#include <fstream>
#include <map>

#include "georef/gdal/dataset.h"
#include "georef/gdal/driver_options.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover::operations {
namespace {

using test::box_wkt, test::Folder, test::Made, test::make_layer, test::make_raster, test::refusal;
using testing::ContainsRegex, testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

const auto named = [](const std::string& name) { return testing::Field(&SummaryRow::name, name); };

/// Blobs of four classes; the corner without data.
double blobs(int col, int row) {
  if (col < 9 && row < 7) return 0;
  const double wave = std::sin(col * 0.31) * std::cos(row * 0.23 + col * 0.05);
  return 1 + static_cast<int>(std::floor(2 + 2 * wave)) % 4;
}

class MapSummary : public testing::Test {
 protected:
  MapSummary() { m_made.bands = 1; }

  /// A raster `map.tif` and its polygons `map.gpkg`, made by GDAL.
  void make_map(const std::function<double(int col, int row)>& value = blobs) {
    m_made.nodata = 0;
    m_made.value = [value](int, int col, int row) { return value(col, row); };
    make_raster(m_folder / "map.tif", m_made);
    const DatasetPtr map = open_raster_dataset(m_folder / "map.tif");
    const std::string file = m_folder / "map.gpkg";
    const DatasetPtr vector(driver_named("GPKG").Create(file.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    OGRLayer* layer = vector->CreateLayer("landcover", const_cast<OGRSpatialReference*>(map->GetSpatialRef()),
                                          wkbPolygon, nullptr);
    OGRFieldDefn field("class", OFTInteger);
    layer->CreateField(&field);
    GDALRasterBand* band = map->GetRasterBand(1);
    ASSERT_EQ(GDALPolygonize(band, band->GetMaskBand(), OGRLayer::ToHandle(layer), 0, {}, {}, {}), CE_None);
  }

  /// A closed ring through places of the map.
  std::string ring(std::vector<std::array<double, 2>> places) const {
    std::string points;
    places.push_back(places.front());
    for (const auto& [col, row] : places)
      points += fmt::format(",{:.10f}", fmt::join(on_map(*m_made.geotransform, col, row), " "));
    return fmt::format("({})", points.substr(1));
  }

  void make_layer_of(const std::string& file, const std::vector<std::string>& fields,
                     const std::vector<test::MadeFeature>& features, const char* layer = "zones") {
    make_layer(m_folder / file, layer, m_made.crs, fields, features);
  }

  void make_zones() {
    const std::string hole = fmt::format(
        "MULTIPOLYGON(({},{}),({}))", ring({{3.3, 5.1}, {40.7, 2.2}, {22.4, 37.9}}),
        ring({{15, 10}, {20, 12.5}, {18, 20}}), ring({{50.5, 30.5}, {60.5, 30.5}, {50.5, 40.25}}));
    const std::string over = fmt::format("POLYGON({})", ring({{30, 20}, {90, 25}, {40, 70}}));
    make_layer_of("zones.gpkg", {"name", "number:int"},
                  {{hole, {"hole and parts", "7"}}, {over, {"over the rim", "8"}}});
  }

  AreaSummary summarise(const std::string& map, const std::string& zones = "") {
    m_request.map = m_folder / map;
    m_request.zones = zones.empty() ? std::nullopt : std::optional(m_folder / zones);
    return summarise_map(m_request, *m_io, m_context);
  }

  void expect_refusal(const std::string& map, const std::string& zones, const std::string& why) {
    EXPECT_THAT(refusal([&] { summarise(map, zones); }), HasSubstr(why));
  }

  void expect_equal(const AreaSummary& raster, const AreaSummary& polygons, double tolerance) {
    ASSERT_EQ(raster.blocks.size(), polygons.blocks.size());
    for (std::size_t b = 0; b < raster.blocks.size(); ++b) {
      for (const AreaSummary* of : {&raster, &polygons}) ASSERT_THAT(of->blocks[b].rows, SizeIs(4));
      for (std::size_t c = 0; c < 4; ++c) {
        const SummaryRow& one = raster.blocks[b].rows[c];
        const SummaryRow& other = polygons.blocks[b].rows[c];
        EXPECT_EQ(std::pair(one.value, one.name), std::pair(other.value, other.name));
        EXPECT_GT(one.area.ground, 0);
        EXPECT_NEAR(other.area.ground / one.area.ground, 1, tolerance) << b << " " << c;
      }
    }
  }

  Folder m_folder;
  std::unique_ptr<GeoIo> m_io = make_gdal_geo_io();
  Made m_made;
  struct : RunContext {
    void log(LogLevel level, std::string_view message) override {
      if (level == LogLevel::Warning) warnings.emplace_back(message);
    }
    std::vector<std::string> warnings;
  } m_context;
  SummaryRequest m_request;
};

TEST_F(MapSummary, OfARasterAndOfItsPolygonsAgreeInMetricCrs) {
  make_map();
  make_zones();
  const AreaSummary raster = summarise("map.tif");
  expect_equal(raster, summarise("map.gpkg"), 1e-9);
  EXPECT_DOUBLE_EQ(raster.blocks[0].nodata.pixels, 63);
  EXPECT_DOUBLE_EQ(raster.blocks[0].mapped().pixels, 64 * 48 - 63);
  EXPECT_NEAR(raster.blocks[0].mapped().ground, (64 * 48 - 63) * 0.01 / (0.9996 * 0.9996), 1e-6);
  const AreaSummary zones = summarise("map.tif", "zones.gpkg");
  const AreaSummary polygon_zones = summarise("map.gpkg", "zones.gpkg");
  expect_equal(zones, polygon_zones, 1e-9);
  EXPECT_NEAR(zones.blocks[0].mapped_share(), polygon_zones.blocks[0].mapped_share(), 1e-9);
  EXPECT_LT(zones.blocks[1].mapped_share(), 0.6) << "the rest lies beyond the map";
  EXPECT_EQ(zones.blocks[0].zone, "hole and parts");
  EXPECT_THAT(m_context.warnings, IsEmpty());
}

TEST_F(MapSummary, OfARasterAndOfItsPolygonsAgreeInDegreesAndFeetAndRotated) {
  const std::map<std::string, std::array<double, 6>> grids = {
      {"EPSG:4326", {12, 1e-3, 0, 51, 0, -1e-3}},
      {"EPSG:3857", {1.2e6, 50, 0, 8.2e6, 0, -50}},
      {"EPSG:2263", {980000, 10, 0, 220000, 0, -10}},
      {"EPSG:32633", {500000, 20, 15, 5300000, 12, -25}}};
  for (const auto& [crs, geotransform] : grids) {
    m_made.crs = crs;
    m_made.geotransform = geotransform;
    for (const char* name : {"map.tif", "map.gpkg", "zones.gpkg"}) std::filesystem::remove(m_folder / name);
    make_map();
    make_zones();
    expect_equal(summarise("map.tif"), summarise("map.gpkg"), 1e-9);
    // Of a pixel on the border the share counts, not where in the pixel the zone lies.
    expect_equal(summarise("map.tif", "zones.gpkg"), summarise("map.gpkg", "zones.gpkg"), 5e-7);
  }
  EXPECT_THAT(m_context.warnings, IsEmpty());
}

TEST_F(MapSummary, CutsLargePolygonsByManyZonesAsItWeighsTheirPixels) {
  // A comb of thousands of vertices and what is between its teeth, under a grid of zones.
  m_made.cols = 700;
  m_made.rows = 400;
  m_made.type = "Byte";
  make_map([](int col, int row) { return row < 3 || (col % 2 == 0 && (row < 380 || col % 3 == 0)) ? 1 : 2; });
  std::vector<test::MadeFeature> zones;
  for (int i = 0; i < 60; ++i) {
    const double col = 71.3 * (i % 10) - 6;
    const double row = 70.7 * (i / 10) - 4;
    const std::string zone = ring({{col, row}, {col + 71.3, row + 9}, {col + 30, row + 70}});
    zones.push_back({fmt::format("POLYGON({})", zone), {}});
  }
  make_layer_of("zones.gpkg", {}, zones);
  const AreaSummary raster = summarise("map.tif", "zones.gpkg");
  const AreaSummary polygons = summarise("map.gpkg", "zones.gpkg");
  ASSERT_THAT(polygons.blocks, SizeIs(60));
  for (std::size_t i = 0; i < 120; ++i)
    EXPECT_NEAR(polygons.blocks[i / 2].rows[i % 2].area.ground, raster.blocks[i / 2].rows[i % 2].area.ground,
                1e-8);
}

TEST_F(MapSummary, BringsZonesOfAnotherCrsOntoTheMap) {
  make_map();
  // The whole map, from afar in degrees.
  make_layer(m_folder / "zones.geojson", "zones", "EPSG:4326", {"name"},
             {{box_wkt(14.9, 45.0, 15.1, 45.3), {"all of it"}}}, "GeoJSON");
  const AreaSummary whole = summarise("map.tif");
  const AreaSummary zone = summarise("map.tif", "zones.geojson");
  for (std::size_t c = 0; c < 4; ++c)
    EXPECT_NEAR(zone.blocks[0].rows[c].area.ground / whole.blocks[0].rows[c].area.ground, 1, 1e-12);
  EXPECT_DOUBLE_EQ(zone.blocks[0].nodata.pixels, 63);
}

TEST_F(MapSummary, WarnsOfZonesWithoutGroundAndOfInvalidOnesWithTheirPlace) {
  make_map();
  make_layer_of(
      "zones.gpkg", {"name"},
      {{box_wkt(500001, 4999996, 500002, 4999999), {"a"}},
       {box_wkt(600000, 4999000, 600010, 4999010), {"far away"}},
       {"POLYGON((500004 4999998.5,500005 4999999.5,500005 4999998.5,500004 4999999.5,500004 4999998.5))",
        {"bow tie"}},
       {"", {"nothing"}}});
  const AreaSummary summary = summarise("map.tif", "zones.gpkg");
  ASSERT_THAT(summary.blocks, SizeIs(2));
  EXPECT_EQ(summary.blocks[1].zone, "far away");
  EXPECT_EQ(summary.blocks[1].mapped().ground, 0);
  EXPECT_EQ(summary.blocks[1].rows.size(), summary.blocks[0].rows.size());
  EXPECT_THAT(m_context.warnings,
              ElementsAre(ContainsRegex("feature 3 is invalid: Self-intersection.*500004.5 4999999"),
                          HasSubstr("1 feature without a polygon is left out"),
                          ContainsRegex("1 of 2 zones have no ground of.*far away")));
}

TEST_F(MapSummary, RefusesALegendThatChangesNamesRound) {
  make_layer_of("map.gpkg", {"class:int", "name"},
                {{box_wkt(500001, 4999998, 500002, 4999999), {"1", "a"}},
                 {box_wkt(500003, 4999998, 500004, 4999999), {"2", "b"}}});
  m_request.legend = Legend({{1, "b", {}, ""}, {2, "a", {}, ""}});
  expect_refusal("map.gpkg", "", "class 1 as 'a', --legend gives that name to 2");
  m_request.legend = Legend({{1, "water", {}, ""}, {2, "b", {}, ""}});
  EXPECT_EQ(summarise("map.gpkg").blocks[0].rows[0].name, "water");
}

TEST_F(MapSummary, WarnsOfPolygonsThatLieThereTwiceAndOfOtherLayers) {
  const std::string box = box_wkt(500001, 4999998, 500002, 4999999);
  for (const char* layer : {"cover 2023", "cover 2024"})
    make_layer_of("twice.gpkg", {"class"}, {{box, {"a"}}, {box, {"b"}}}, layer);
  EXPECT_EQ(summarise("twice.gpkg").blocks[0].rows.size(), 2U);
  EXPECT_THAT(m_context.warnings, ElementsAre(HasSubstr("layer cover 2023 is read, cover 2024 not"),
                                              HasSubstr("1 polygons lie there twice (feature 2 is the"),
                                              HasSubstr("adds 100.0 %")));
}

TEST_F(MapSummary, WithinZonesBlamesNoInvalidPolygonsThereForTheWholeMap) {
  make_layer_of(
      "map.gpkg", {"class"},
      {{"POLYGON((500001 4999998,500002 4999999,500002 4999998,500001 4999999,500001 4999998))", {"a"}},
       {box_wkt(500051, 4999998, 500052, 4999999), {"a"}}});
  make_layer_of("zones.gpkg", {"name"}, {{box_wkt(500000, 4999997, 500003, 5000000), {"west"}}});
  expect_refusal("map.gpkg", "zones.gpkg", "none of its 1 zones has ground");
  EXPECT_THAT(m_context.warnings, testing::Contains(HasSubstr("invalid")));
}

TEST_F(MapSummary, TakesNamesFromTheLegendAndListsItsOtherClasses) {
  make_map();
  m_request.legend = Legend({{9, "water", {}, ""}, {3, "roof", {}, ""}});
  const AreaSummary summary = summarise("map.tif");
  EXPECT_THAT(summary.blocks[0].rows,
              ElementsAre(named("water"), named("roof"), named("1"), named("2"), named("4")));
  EXPECT_EQ(summary.blocks[0].rows[0].area.ground, 0);
  EXPECT_GT(summary.blocks[0].rows[1].area.ground, 0);
}

TEST_F(MapSummary, ReadsPolygonsOfOtherProgramsByTheirClassField) {
  make_layer_of("other.gpkg", {"owner", "cover"},
                {{box_wkt(500000, 4999900, 500100, 5000000), {"Ann", "Meadow"}},
                 {box_wkt(500100, 4999900, 500150, 5000000), {"Ben", "meadow"}},
                 {box_wkt(500200, 4999900, 500300, 5000000), {"Cem", "Forest"}},
                 {box_wkt(500300, 4999900, 500310, 5000000), {"Dan", ""}}});
  m_request.class_field = "cover";
  const AreaSummary summary = summarise("other.gpkg");
  const auto& rows = summary.blocks[0].rows;
  ASSERT_THAT(rows, ElementsAre(named("Forest"), named("Meadow")));
  EXPECT_FALSE(summary.has_pixels);
  EXPECT_EQ(rows[0].value, std::nullopt);
  EXPECT_NEAR(rows[1].area.ground / rows[0].area.ground, 1.5, 1e-6);
  EXPECT_NEAR(summary.blocks[0].nodata.ground / rows[0].area.ground, 0.1, 1e-6);
  m_request.class_field = "crop";
  expect_refusal("other.gpkg", "", "has no field 'crop'");
}

TEST_F(MapSummary, NamesTheClassesOfLayersThatOrthocoverWrote) {
  std::vector<test::MadeFeature> features = {{box_wkt(500000, 4999900, 500100, 5000000), {"7", "grass"}}};
  for (const char* file : {"one.gpkg", "two.gpkg"}) {
    make_layer_of(file, {"class:int", "name"}, features, "landcover");
    const std::vector<SummaryRow> rows = summarise(file).blocks[0].rows;
    ASSERT_THAT(rows, SizeIs(features.size()));
    EXPECT_EQ(rows.back().value, 7);
    EXPECT_EQ(rows.back().name, "grass");
    features.push_back({box_wkt(500100, 4999900, 500200, 5000000), {"3", "roof"}});
  }
}

TEST_F(MapSummary, AgreesWithTheAreasThatPolygonsAreWrittenWith) {
  m_made.crs = "EPSG:3857";
  m_made.geotransform = {1.2e6, 5, 0, 8.2e6, 0, -5};
  make_map();
  const AreaSummary raster = summarise("map.tif");
  VectorSpec spec;
  spec.path = m_folder / "own.gpkg";
  const auto sink = m_io->create_features(spec, m_io->open_classes({m_folder / "map.tif", 1, {}})->info());
  const auto source = m_io->open_polygon_map({m_folder / "map.gpkg", "", [](const std::string&) {}});
  // Both grids lie alike, the source's is finer.
  const double cells = static_cast<double>(source->info().cols) / 64;
  source->visit(
      [&](std::size_t, std::optional<std::size_t> index, RasterPolygon polygon) {
        polygon.value = *source->classes()[*index].value;
        for (RasterVertex& vertex : polygon.vertices) vertex = {vertex.col / cells, vertex.row / cells};
        sink->write({&polygon, 1});
      },
      m_context);
  sink->finish();
  sink->commit();
  expect_equal(raster, summarise("own.gpkg"), 1e-9);
  const DatasetPtr written = open_vector_dataset(m_folder / "own.gpkg");
  std::map<std::int64_t, double> attributes;
  for (const auto& feature : *written->GetLayer(0))
    attributes[feature->GetFieldAsInteger64("class")] += feature->GetFieldAsDouble("area_m2");
  for (const SummaryRow& row : raster.blocks[0].rows)
    EXPECT_NEAR(attributes.at(*row.value) / row.area.ground, 1, 1e-6) << *row.value;
}

TEST_F(MapSummary, SaysWhenAreasAreNotInMetres) {
  m_made.crs = "";
  make_map();
  const AreaSummary raster = summarise("map.tif");
  EXPECT_EQ(raster.unit, AreaUnit::MapUnits);
  EXPECT_NEAR(raster.blocks[0].mapped().ground, (64 * 48 - 63) * 0.01, 1e-9);
  EXPECT_THAT(m_context.warnings, ElementsAre(HasSubstr("has no CRS, areas are in square map units")));
  const AreaSummary polygons = summarise("map.gpkg");
  EXPECT_EQ(polygons.unit, AreaUnit::MapUnits);
  expect_equal(raster, polygons, 1e-9);
  m_made.geotransform.reset();
  make_raster(m_folder / "plain.tif", m_made);
  const AreaSummary plain = summarise("plain.tif");
  EXPECT_EQ(plain.unit, AreaUnit::Pixels);
  EXPECT_EQ(plain.blocks[0].mapped().ground, 64 * 48 - 63);
  EXPECT_THAT(m_context.warnings.back(), HasSubstr("areas are in pixels"));
}

TEST_F(MapSummary, RefusesZonesThatCanNotBeUsed) {
  make_map();
  make_zones();
  m_request.zone_field = "nmae";
  expect_refusal("map.tif", "zones.gpkg",
                 "zones.gpkg: layer zones has no field 'nmae' (did you mean 'name'?); it has name, number");
  m_request.zone_field = "";
  make_layer_of("far.gpkg", {"name"}, {{box_wkt(600000, 4999000, 600010, 4999010), {"far"}}});
  expect_refusal("map.tif", "far.gpkg", "far.gpkg: no zone lies on");
  expect_refusal("map.gpkg", "far.gpkg", "600000.00 4999000.00");
  make_layer_of("points.gpkg", {"name"}, {{"POINT(500001 4999999)", {"p"}}});
  expect_refusal("map.tif", "points.gpkg", "points.gpkg: ");
  make_layer_of("empty.gpkg", {"name"}, {});
  expect_refusal("map.tif", "empty.gpkg", "layer zones is empty");
  expect_refusal("map.tif", "map.tif", "map.tif");
  std::string zone =
      R"({"type":"Feature","id":5,"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}})";
  zone = R"({"type":"FeatureCollection","features":[)" + zone + ',' + zone + "]}";
  std::ofstream(m_folder / "ids.geojson") << zone;
  if (GDAL_VERSION_NUM < 3070000)  // newer ones give twins ids of their own
    expect_refusal("map.tif", "ids.geojson", "have the id 5");
  // A frame around the map, whose box meets it.
  const std::string frame = fmt::format("POLYGON({},{})", ring({{-9, -9}, {99, -9}, {99, 99}, {-9, 99}}),
                                        ring({{-1, -1}, {70, -1}, {70, 60}, {-1, 60}}));
  make_layer_of("frame.gpkg", {"name"}, {{frame, {"frame"}}});
  for (const char* map : {"map.tif", "map.gpkg"}) expect_refusal(map, "frame.gpkg", "no zone lies on");
  m_request.class_field = "class";
  expect_refusal("map.tif", "", "--class-field: ");
}

TEST_F(MapSummary, KnowsGroundWithoutDataOfARasterButNotOfPolygons) {
  make_map();
  const std::string corner = fmt::format("POLYGON({})", ring({{1, 1}, {7, 1}, {1, 6}}));
  make_layer_of("corner.gpkg", {"name"}, {{corner, {"corner"}}});
  const AreaSummary raster = summarise("map.tif", "corner.gpkg");
  EXPECT_THAT(raster.blocks[0].rows, IsEmpty());
  EXPECT_NEAR(raster.blocks[0].nodata.pixels, 15, 1e-6);
  expect_refusal("map.gpkg", "corner.gpkg", "corner.gpkg: none of its 1 zones has ground of");
}

TEST_F(MapSummary, IsWrittenAsTableCsvAndJson) {
  AreaSummary summary{"map.tif", "zones.gpkg", AreaUnit::SquareMetres, true, {}};
  summary.blocks.push_back(
      {4, "north, \"old\"", {{1, "grass", {7500.5, 30}}, {3, "roof", {2500, 10.25}}}, {250, 1}, 45});
  summary.blocks.push_back({5, "5", {{1, "grass", {}}, {3, "roof", {}}}, {}, 0});
  EXPECT_EQ(summary_table(summary),
            "zone north, \"old\" (4): 89.4 % mapped\n"
            "value  class     area m2      ha       %  pixels\n"
            "1      grass     7500.50  0.7500   75.00   30.00\n"
            "3      roof      2500.00  0.2500   25.00   10.25\n"
            "       total    10000.50  1.0001  100.00   40.25\n"
            "       no data    250.00  0.0250            1.00\n"
            "\n"
            "zone 5: 0.0 % mapped\n"
            "value  class  area m2      ha  %  pixels\n"
            "1      grass     0.00  0.0000       0.00\n"
            "3      roof      0.00  0.0000       0.00\n"
            "       total     0.00  0.0000       0.00\n");
  const std::string csv = summary_csv(summary);
  EXPECT_THAT(csv, testing::StartsWith("zone_id,zone,value,class,area,unit,area_ha,percent,pixels,"
                                       "mapped_area,nodata_area,mapped_share\r\n"
                                       "4,\"north, \"\"old\"\"\",1,grass,7500.5,m2,0.75005,"));
  EXPECT_THAT(csv, HasSubstr("\r\n5,5,3,roof,0,m2,0,,0,0,0,0\r\n"));
  const auto json = summary_json(summary);
  EXPECT_EQ(json["areas"][0]["zone"]["id"], 4);
  EXPECT_EQ(json["areas"][0]["classes"][1]["area"], 2500);
  EXPECT_TRUE(json["areas"][1]["classes"][0]["percent"].is_null());
  summary = {"map.tif", std::nullopt, AreaUnit::MapUnits, false, {summary.blocks[0]}};
  summary.blocks[0].rows[0].value.reset();
  EXPECT_EQ(summary_table(summary),
            "value  class    area map units2       %\n"
            "       grass            7500.50   75.00\n"
            "3      roof             2500.00   25.00\n"
            "       total           10000.50  100.00\n"
            "       no data           250.00\n");
  EXPECT_THAT(summary_csv(summary), HasSubstr("\r\n,,,grass,7500.5,map units2,,"));
  EXPECT_FALSE(summary_json(summary)["areas"][0].contains("zone"));
}

}  // namespace
}  // namespace orthocover::operations
