#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Expects a value to have the keys that its part of a schema asks for, and no other.
void expect_keys(const json& value, const json& schema) {
  for (const auto& [key, item] : value.items()) EXPECT_TRUE(schema.at("properties").contains(key)) << key;
  for (const auto& key : schema.at("required")) EXPECT_TRUE(value.contains(key)) << key;
}

/// A map of grass (1) left of column 40 and roof (3) from it on, the last row without data, in UTM.
class Summary : public testing::Test {
 protected:
  Summary() {
    Made made;
    made.bands = 1;
    made.nodata = 0;
    made.value = [](int, int col, int row) { return row == 47 ? 0 : col < 40 ? 1 : 3; };
    make_raster(shop / "map.tif", made);
    // Half of column 39 and columns 40 and 41, of 10 rows; and one that sticks out.
    make_polygons(shop / "zones.gpkg", "EPSG:32633",
                  {{7, {500003.95, 4999998, 500004.2, 4999999}}, {8, {500006, 4999999, 500010, 5000001}}});
    write_bytes(shop / "legend.json", two_classes().to_json().dump());
  }

  Workshop shop;
};

TEST_F(Summary, PrintsATableOfTheWholeMap) {
  const Outcome outcome = shop.run({"summary", "--legend", shop / "legend.json", shop / "map.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.output,
            "value  class    area m2      ha       %  pixels\n"
            "1      grass      18.82  0.0019   62.50    1880\n"
            "3      roof       11.29  0.0011   37.50    1128\n"
            "       total      30.10  0.0030  100.00    3008\n"
            "       no data     0.64  0.0001              64\n");
}

TEST_F(Summary, WritesZonesAsCsvAndJson) {
  const Outcome csv = shop.run({"summary", "--zones", shop / "zones.gpkg", "--zone-field", "class",
                                "--output", shop / "areas.csv", "--format", "csv", shop / "map.tif"});
  ASSERT_EQ(csv.exit_code, 0) << csv.errors;
  EXPECT_EQ(csv.output, bytes_of_file(shop / "areas.csv"));
  EXPECT_THAT(csv.output, HasSubstr("\r\n1,7,1,1,"));
  const Outcome ids = shop.run({"summary", "--zones", shop / "zones.gpkg", "--zone-field", "fid", "--format",
                                "csv", shop / "map.tif"});
  EXPECT_THAT(ids.output, HasSubstr("\r\n1,1,1,1,")) << ids.errors;
  EXPECT_EQ(json::parse(bytes_of_file(shop / "areas.csv.run.json")).at("zone_field"), "class");
  const Outcome outcome = shop.run({"summary", "--zones", shop / "zones.gpkg", "--zone-field", "class",
                                    "--output", shop / "areas.json", shop / "map.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("zone 8 (2): "));
  const auto summary = json::parse(bytes_of_file(shop / "areas.json"));
  const auto schema =
      json::parse(bytes_of_file(ORTHOCOVER_SOURCE_DIR "/schemas/summary/v1/summary.schema.json"));
  expect_keys(summary, schema);
  for (const auto& area : summary.at("areas")) {
    expect_keys(area, schema.at("$defs").at("area"));
    expect_keys(area.at("zone"), schema.at("$defs").at("area").at("properties").at("zone"));
    for (const auto& entry : area.at("classes")) expect_keys(entry, schema.at("$defs").at("class"));
  }
  const auto& classes = summary.at("areas")[0].at("classes");
  EXPECT_NEAR(classes[0].at("pixels").get<double>(), 5, 1e-6);
  EXPECT_NEAR(classes[1].at("pixels").get<double>(), 20, 1e-6);
  EXPECT_NEAR(classes[1].at("area").get<double>(), 0.2 / (0.9996 * 0.9996), 1e-8);
  EXPECT_NEAR(summary.at("areas")[1].at("mapped_share").get<double>(), 40.0 / 800, 1e-6);
}

TEST_F(Summary, MeasuresPolygonsAsItMeasuresTheirRaster) {
  make_polygons(shop / "map.gpkg", "EPSG:32633",
                {{1, {500000, 4999995.3, 500004, 5000000}}, {3, {500004, 4999995.3, 500006.4, 5000000}}});
  const auto areas = [&](const std::string& map) {
    const Outcome outcome =
        shop.run({"summary", "--format", "json", "--zones", shop / "zones.gpkg", shop / map});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return json::parse(outcome.output).at("areas");
  };
  const auto raster = areas("map.tif");
  const auto polygons = areas("map.gpkg");
  for (int zone = 0; zone < 2; ++zone) {
    for (int c = 0; c < 2; ++c) {
      const auto& one = raster[zone].at("classes")[c];
      const auto& other = polygons[zone].at("classes")[c];
      EXPECT_EQ(one.at("value"), other.at("value"));
      EXPECT_NEAR(one.at("area").get<double>(), other.at("area").get<double>(), 1e-8);
    }
  }
}

TEST_F(Summary, RefusesWhatItCanNotDoBeforeItReads) {
  shop.expect_refusal({"summary", "--output", shop / "areas.xlsx", shop / "map.tif"}, 2,
                      {"--output", "areas.xlsx", ".csv or .json"});
  shop.expect_refusal({"summary", "--output", shop / "legend.json", shop / "map.tif"}, 2,
                      {"legend.json", "--overwrite"});
  shop.expect_refusal({"summary", "--output", shop / "nowhere/areas.csv", shop / "map.tif"}, 5, {"nowhere"});
  shop.expect_refusal({"summary", "--zone-field", "name", shop / "map.tif"}, 2, {"--zone-field", "--zones"});
  shop.expect_refusal({"summary", "--class-field", "name", shop / "map.tif"}, 2, {"--class-field", "raster"});
  shop.expect_refusal({"summary", "--band", "2", shop / "map.tif"}, 2, {"--band", "no band 2"});
  shop.expect_refusal({"summary", "--band", "1", shop / "zones.gpkg"}, 2, {"--band", "polygons"});
  shop.expect_refusal({"summary", "--format", "xml", shop / "map.tif"}, 2, {"--format", "xml"});
  shop.expect_refusal({"summary", shop / "nothing.tif"}, 3, {"nothing.tif"});
  shop.expect_refusal({"summary", "--zones", shop / "zones.gpkg", "--zone-field", "kreis", shop / "map.tif"},
                      3, {"zones.gpkg", "kreis", "class"});
  shop.expect_refusal({"summary", "--zones", shop / "map.tif", shop / "map.tif"}, 3, {"map.tif"});
  make_polygons(shop / "far.gpkg", "EPSG:32633", {{1, {600000, 4999995, 600003, 5000000}}});
  shop.expect_refusal({"summary", "--zones", shop / "far.gpkg", shop / "map.tif"}, 3,
                      {"far.gpkg", "no zone lies on", "600000.00"});
}

TEST_F(Summary, TellsOfPolygonsThatLieInZonesTwice) {
  for (const bool again : {false, true}) {
    std::vector<std::string> command = {"vectorize", shop / "map.tif", shop / "twice.gpkg"};
    if (again) command.insert(command.end(), {"--append", "--layer", "twice"});
    const Outcome made = shop.run(command);
    ASSERT_EQ(made.exit_code, 0) << made.errors;
  }
  const Outcome outcome = shop.run({"summary", "--zones", shop / "zones.gpkg", shop / "twice.gpkg"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("2 polygons lie there twice"));
}

TEST_F(Summary, TellsOfPolygonsThatOverlap) {
  const auto errors_with = [&](double begin) {
    make_polygons(shop / "drawn.gpkg", "EPSG:32633",
                  {{1, {500000, 4999990, 500010, 5000000}}, {3, {begin, 4999980, 500020, 4999995}}});
    const Outcome outcome = shop.run({"summary", shop / "drawn.gpkg"});
    EXPECT_EQ(outcome.exit_code, 0);
    return outcome.errors;
  };
  EXPECT_EQ(errors_with(500010), "");
  // 10 of 100 + 180 - 10 m2.
  EXPECT_THAT(errors_with(500008), HasSubstr("drawn.gpkg: polygons overlap"));
  EXPECT_THAT(errors_with(500008), HasSubstr("each, which adds 3.7 %"));
}

}  // namespace
}  // namespace orthocover::test
