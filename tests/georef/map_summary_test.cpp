#include "core/operations/map_summary.h"

#include <gdal_alg.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <cmath>
#include <fstream>
#include <map>

#include "core/base/error.h"
#include "georef/dataset.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover::operations {
namespace {

using test::box_wkt;
using test::Folder;
using test::Made;
using test::make_layer;
using test::make_raster;
using test::refusal;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Blobs of four classes; the corner without data.
double blobs(int col, int row) {
  if (col < 9 && row < 7) return 0;
  return 1 +
         static_cast<int>(std::floor(2 + 2 * std::sin(col * 0.31) * std::cos(row * 0.23 + col * 0.05))) % 4;
}

class Listening final : public RunContext {
 public:
  void log(LogLevel level, std::string_view message) override {
    if (level == LogLevel::Warning) warnings.emplace_back(message);
  }
  std::vector<std::string> warnings;
};

class MapSummary : public testing::Test {
 protected:
  MapSummary() { m_made.bands = 1; }

  /// A raster `map.tif` and its polygons `map.gpkg`, made by GDAL.
  void make_map(const std::function<double(int col, int row)>& value = blobs) {
    m_made.nodata = 0;
    m_made.value = [value](int, int col, int row) { return value(col, row); };
    make_raster(m_folder / "map.tif", m_made);
    const DatasetPtr map = open_raster_dataset(m_folder / "map.tif");
    const DatasetPtr vector(GetGDALDriverManager()->GetDriverByName("GPKG")->Create(
        (m_folder / "map.gpkg").c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    OGRLayer* layer = vector->CreateLayer("landcover", const_cast<OGRSpatialReference*>(map->GetSpatialRef()),
                                          wkbPolygon, nullptr);
    OGRFieldDefn field("class", OFTInteger);
    layer->CreateField(&field);
    GDALRasterBand* band = map->GetRasterBand(1);
    ASSERT_EQ(
        GDALPolygonize(band, band->GetMaskBand(), OGRLayer::ToHandle(layer), 0, nullptr, nullptr, nullptr),
        CE_None);
  }

  std::string at(double col, double row) const {
    const auto& g = *m_made.geotransform;
    return fmt::format("{:.10f} {:.10f}", g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5]);
  }

  void make_zones() {
    const std::string hole =
        fmt::format("MULTIPOLYGON((({},{},{},{}),({},{},{},{})),(({},{},{},{})))", at(3.3, 5.1),
                    at(40.7, 2.2), at(22.4, 37.9), at(3.3, 5.1), at(15, 10), at(20, 12.5), at(18, 20),
                    at(15, 10), at(50.5, 30.5), at(60.5, 30.5), at(50.5, 40.25), at(50.5, 30.5));
    const std::string over =
        fmt::format("POLYGON(({},{},{},{}))", at(30, 20), at(90, 25), at(40, 70), at(30, 20));
    make_layer(m_folder / "zones.gpkg", "zones", m_made.crs, {"name", "number:int"},
               {{hole, {"hole and parts", "7"}}, {over, {"over the rim", "8"}}});
  }

  AreaSummary summarise(const std::string& map, const std::string& zones = "") {
    m_request.map = m_folder / map;
    if (!zones.empty()) m_request.zones = m_folder / zones;
    return summarise_map(m_request, *m_io, m_context);
  }

  void expect_equal(const AreaSummary& raster, const AreaSummary& polygons, double tolerance) {
    ASSERT_EQ(raster.blocks.size(), polygons.blocks.size());
    for (std::size_t b = 0; b < raster.blocks.size(); ++b) {
      ASSERT_EQ(raster.blocks[b].rows.size(), 4U);
      ASSERT_EQ(polygons.blocks[b].rows.size(), 4U);
      for (std::size_t c = 0; c < 4; ++c) {
        const SummaryRow& one = raster.blocks[b].rows[c];
        const SummaryRow& other = polygons.blocks[b].rows[c];
        EXPECT_EQ(one.value, other.value);
        EXPECT_EQ(one.name, other.name);
        EXPECT_GT(one.area.ground, 0);
        EXPECT_NEAR(other.area.ground / one.area.ground, 1, tolerance) << b << " " << c;
      }
    }
  }

  Folder m_folder;
  std::unique_ptr<GeoIo> m_io = make_gdal_geo_io();
  Made m_made;
  Listening m_context;
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
  struct Grid {
    const char* crs;
    std::array<double, 6> geotransform;
  };
  for (const Grid& grid :
       {Grid{"EPSG:4326", {12, 1e-3, 0, 51, 0, -1e-3}}, Grid{"EPSG:3857", {1.2e6, 50, 0, 8.2e6, 0, -50}},
        Grid{"EPSG:2263", {980000, 10, 0, 220000, 0, -10}},
        Grid{"EPSG:32633", {500000, 20, 15, 5300000, 12, -25}}}) {
    m_made.crs = grid.crs;
    m_made.geotransform = grid.geotransform;
    for (const char* name : {"map.tif", "map.gpkg", "zones.gpkg"}) std::filesystem::remove(m_folder / name);
    make_map();
    make_zones();
    m_request.zones.reset();
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
    zones.push_back({fmt::format("POLYGON(({},{},{},{}))", at(col, row), at(col + 71.3, row + 9),
                                 at(col + 30, row + 70), at(col, row)),
                     {}});
  }
  make_layer(m_folder / "zones.gpkg", "zones", m_made.crs, {}, zones);
  const AreaSummary raster = summarise("map.tif", "zones.gpkg");
  const AreaSummary polygons = summarise("map.gpkg", "zones.gpkg");
  ASSERT_THAT(polygons.blocks, SizeIs(60));
  for (std::size_t b = 0; b < 60; ++b) {
    for (std::size_t c = 0; c < 2; ++c) {
      EXPECT_NEAR(polygons.blocks[b].rows[c].area.ground, raster.blocks[b].rows[c].area.ground, 1e-8)
          << b << " " << c;
    }
  }
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
  make_layer(
      m_folder / "zones.gpkg", "zones", m_made.crs, {"name"},
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
  ASSERT_THAT(m_context.warnings, SizeIs(3));
  EXPECT_THAT(m_context.warnings[0], HasSubstr("feature 3 is invalid: Self-intersection"));
  EXPECT_THAT(m_context.warnings[0], HasSubstr("500004.5 4999999"));
  EXPECT_THAT(m_context.warnings[1], HasSubstr("1 features without a polygon are left out"));
  EXPECT_THAT(m_context.warnings[2], HasSubstr("1 of 2 zones have no ground of"));
  EXPECT_THAT(m_context.warnings[2], HasSubstr("far away"));
}

TEST_F(MapSummary, RefusesALegendThatChangesNamesRound) {
  make_layer(m_folder / "map.gpkg", "landcover", "EPSG:32633", {"class:int", "name"},
             {{box_wkt(500001, 4999998, 500002, 4999999), {"1", "a"}},
              {box_wkt(500003, 4999998, 500004, 4999999), {"2", "b"}}});
  m_request.legend = Legend({{1, "b", {}, ""}, {2, "a", {}, ""}});
  EXPECT_THAT(refusal([&] { summarise("map.gpkg"); }),
              HasSubstr("class 1 as 'a', --legend gives that name to 2"));
  m_request.legend = Legend({{1, "water", {}, ""}, {2, "b", {}, ""}});
  EXPECT_EQ(summarise("map.gpkg").blocks[0].rows[0].name, "water");
}

TEST_F(MapSummary, WarnsOfPolygonsThatLieThereTwiceAndOfOtherLayers) {
  const std::string box = box_wkt(500001, 4999998, 500002, 4999999);
  for (const char* layer : {"cover 2023", "cover 2024"})
    make_layer(m_folder / "twice.gpkg", layer, "EPSG:32633", {"class"}, {{box, {"a"}}, {box, {"b"}}});
  EXPECT_EQ(summarise("twice.gpkg").blocks[0].rows.size(), 2U);
  EXPECT_THAT(m_context.warnings,
              ElementsAre(HasSubstr("layer cover 2023 is read, cover 2024 not"),
                          HasSubstr("1 polygons lie there twice (feature 2 is the first)")));
}

TEST_F(MapSummary, WithinZonesBlamesNoInvalidPolygonsThereForTheWholeMap) {
  make_layer(
      m_folder / "map.gpkg", "landcover", "EPSG:32633", {"class"},
      {{"POLYGON((500001 4999998,500002 4999999,500002 4999998,500001 4999999,500001 4999998))", {"a"}},
       {box_wkt(500051, 4999998, 500052, 4999999), {"a"}}});
  make_layer(m_folder / "zones.gpkg", "zones", "EPSG:32633", {"name"},
             {{box_wkt(500000, 4999997, 500003, 5000000), {"west"}}});
  EXPECT_THAT(refusal([&] { summarise("map.gpkg", "zones.gpkg"); }),
              HasSubstr("none of its 1 zones has ground"));
  EXPECT_THAT(m_context.warnings, testing::Contains(HasSubstr("invalid")));
}

TEST_F(MapSummary, TakesNamesFromTheLegendAndListsItsOtherClasses) {
  make_map();
  m_request.legend = Legend({{9, "water", {}, ""}, {3, "roof", {}, ""}});
  const AreaSummary summary = summarise("map.tif");
  std::vector<std::string> names;
  for (const SummaryRow& row : summary.blocks[0].rows) names.push_back(row.name);
  EXPECT_THAT(names, ElementsAre("water", "roof", "1", "2", "4"));
  EXPECT_EQ(summary.blocks[0].rows[0].area.ground, 0);
  EXPECT_GT(summary.blocks[0].rows[1].area.ground, 0);
}

TEST_F(MapSummary, ReadsPolygonsOfOtherProgramsByTheirClassField) {
  make_layer(m_folder / "other.gpkg", "plots", "EPSG:32633", {"owner", "cover"},
             {{box_wkt(500000, 4999900, 500100, 5000000), {"Ann", "Meadow"}},
              {box_wkt(500100, 4999900, 500150, 5000000), {"Ben", "meadow"}},
              {box_wkt(500200, 4999900, 500300, 5000000), {"Cem", "Forest"}},
              {box_wkt(500300, 4999900, 500310, 5000000), {"Dan", ""}}});
  m_request.class_field = "cover";
  const AreaSummary summary = summarise("other.gpkg");
  const auto& rows = summary.blocks[0].rows;
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_FALSE(summary.has_pixels);
  EXPECT_EQ(rows[0].value, std::nullopt);
  EXPECT_EQ(rows[0].name, "Forest");
  EXPECT_EQ(rows[1].name, "Meadow");
  EXPECT_NEAR(rows[1].area.ground / rows[0].area.ground, 1.5, 1e-6);
  EXPECT_NEAR(summary.blocks[0].nodata.ground / rows[0].area.ground, 0.1, 1e-6);
  m_request.class_field = "crop";
  EXPECT_THAT(refusal([&] { summarise("other.gpkg"); }), HasSubstr("has no field 'crop'"));
}

TEST_F(MapSummary, NamesTheClassesOfLayersThatOrthocoverWrote) {
  for (const int classes : {1, 2}) {
    std::vector<test::MadeFeature> features = {{box_wkt(500000, 4999900, 500100, 5000000), {"7", "grass"}}};
    if (classes == 2) features.push_back({box_wkt(500100, 4999900, 500200, 5000000), {"3", "roof"}});
    const std::string file = fmt::format("own{}.gpkg", classes);
    make_layer(m_folder / file, "landcover", "EPSG:32633", {"class:int", "name"}, features);
    const AreaSummary summary = summarise(file);
    const auto& rows = summary.blocks[0].rows;
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(classes));
    EXPECT_EQ(rows.back().value, 7);
    EXPECT_EQ(rows.back().name, "grass");
  }
}

TEST_F(MapSummary, AgreesWithTheAreasThatPolygonsAreWrittenWith) {
  m_made.crs = "EPSG:3857";
  m_made.geotransform = {1.2e6, 5, 0, 8.2e6, 0, -5};
  make_map();
  const AreaSummary raster = summarise("map.tif");
  VectorSpec spec;
  spec.path = m_folder / "own.gpkg";
  const auto classes = m_io->open_classes({m_folder / "map.tif", 1, {}});
  const auto sink = m_io->create_features(spec, classes->info());
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
  ASSERT_THAT(m_context.warnings, SizeIs(1));
  EXPECT_THAT(m_context.warnings[0], HasSubstr("map.tif: has no CRS, areas are in square map units"));
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
  EXPECT_THAT(
      refusal([&] { summarise("map.tif", "zones.gpkg"); }),
      HasSubstr("zones.gpkg: layer zones has no field 'nmae' (did you mean 'name'?); it has name, number"));
  m_request.zone_field = "";
  make_layer(m_folder / "far.gpkg", "zones", "EPSG:32633", {"name"},
             {{box_wkt(600000, 4999000, 600010, 4999010), {"far"}}});
  EXPECT_THAT(refusal([&] { summarise("map.tif", "far.gpkg"); }), HasSubstr("far.gpkg: no zone lies on"));
  EXPECT_THAT(refusal([&] { summarise("map.gpkg", "far.gpkg"); }), HasSubstr("600000.00 4999000.00"));
  make_layer(m_folder / "points.gpkg", "places", "EPSG:32633", {"name"}, {{"POINT(500001 4999999)", {"p"}}});
  EXPECT_THAT(refusal([&] { summarise("map.tif", "points.gpkg"); }), HasSubstr("points.gpkg: "));
  make_layer(m_folder / "empty.gpkg", "zones", "EPSG:32633", {"name"}, {});
  EXPECT_THAT(refusal([&] { summarise("map.tif", "empty.gpkg"); }), HasSubstr("layer zones is empty"));
  EXPECT_THAT(refusal([&] { summarise("map.tif", "map.tif"); }), HasSubstr("map.tif"));
  std::string zone =
      R"({"type":"Feature","id":5,"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}})";
  std::ofstream(m_folder / "ids.geojson")
      << R"({"type":"FeatureCollection","features":[)" + zone + ',' + zone + "]}";
  EXPECT_THAT(refusal([&] { summarise("map.tif", "ids.geojson"); }), HasSubstr("have the id 5"));
  m_request.class_field = "class";
  EXPECT_THAT(refusal([&] { summarise("map.tif"); }), HasSubstr("--class-field: "));
}

TEST_F(MapSummary, RefusesZonesThatMissTheMapAlthoughTheirBoxesMeet) {
  make_map();
  // A frame around the map.
  const std::string frame =
      fmt::format("POLYGON(({},{},{},{},{}),({},{},{},{},{}))", at(-9, -9), at(99, -9), at(99, 99),
                  at(-9, 99), at(-9, -9), at(-1, -1), at(70, -1), at(70, 60), at(-1, 60), at(-1, -1));
  make_layer(m_folder / "frame.gpkg", "zones", m_made.crs, {"name"}, {{frame, {"frame"}}});
  for (const char* map : {"map.tif", "map.gpkg"})
    EXPECT_THAT(refusal([&] { summarise(map, "frame.gpkg"); }), HasSubstr("no zone lies on")) << map;
}

TEST_F(MapSummary, KnowsGroundWithoutDataOfARasterButNotOfPolygons) {
  make_map();
  const std::string corner = fmt::format("POLYGON(({},{},{},{}))", at(1, 1), at(7, 1), at(1, 6), at(1, 1));
  make_layer(m_folder / "corner.gpkg", "zones", m_made.crs, {"name"}, {{corner, {"corner"}}});
  const AreaSummary raster = summarise("map.tif", "corner.gpkg");
  EXPECT_THAT(raster.blocks[0].rows, IsEmpty());
  EXPECT_NEAR(raster.blocks[0].nodata.pixels, 15, 1e-6);
  EXPECT_THAT(refusal([&] { summarise("map.gpkg", "corner.gpkg"); }),
              HasSubstr("corner.gpkg: none of its 1 zones has ground of"));
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
  EXPECT_TRUE(csv.starts_with(
      "zone_id,zone,value,class,area,unit,area_ha,percent,pixels,mapped_area,nodata_area,mapped_share\r\n"
      "4,\"north, \"\"old\"\"\",1,grass,7500.5,m2,0.75005,"))
      << csv;
  EXPECT_THAT(csv, HasSubstr("\r\n5,5,3,roof,0,m2,0,,0,0,0,0\r\n"));
  const auto json = summary_json(summary);
  EXPECT_EQ(json["areas"][0]["zone"]["id"], 4);
  EXPECT_EQ(json["areas"][0]["classes"][1]["area"], 2500);
  EXPECT_TRUE(json["areas"][1]["classes"][0]["percent"].is_null());
  summary.zones.reset();
  summary.has_pixels = false;
  summary.unit = AreaUnit::MapUnits;
  summary.blocks.resize(1);
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
