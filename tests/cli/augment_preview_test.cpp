#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;

class AugmentPreview : public testing::Test {
 protected:
  AugmentPreview() {
    Made made;
    made.cols = made.rows = 200;
    make_raster(shop / "scene.tif", made);
    make_polygons(shop / "labels.gpkg", "EPSG:32633", {{1, {500004, 4999990, 500012, 4999996}}});
    write_bytes(shop / "legend.json", two_classes().to_json().dump());
  }

  std::vector<std::string> words(std::vector<std::string> more) const {
    more.insert(more.begin(), {"augment-preview", "--patch-size", "64", "--samples", "8"});
    more.insert(more.end(), {shop / "scene.tif", shop / "sheet.png"});
    return more;
  }

  Workshop shop;
};

TEST_F(AugmentPreview, WritesASheetAndARecordThatRepeatsIt) {
  const Outcome first = shop.run(words({"--labels", shop / "labels.gpkg", "--legend", shop / "legend.json"}));
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr("2 patches, 8 varied copies"));
  const std::string sheet = bytes_of_file(shop / "sheet.png");
  EXPECT_THAT(sheet, testing::StartsWith("\x89PNG"));
  const Outcome again = shop.run({"augment-preview", "--config", shop / "sheet.png.run.json", "--overwrite"});
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(bytes_of_file(shop / "sheet.png"), sheet);
  const Outcome other = shop.run(words({"--overwrite", "--seed", "2"}));
  ASSERT_EQ(other.exit_code, 0) << other.errors;
  EXPECT_NE(bytes_of_file(shop / "sheet.png"), sheet);
}

TEST_F(AugmentPreview, FindsTheClassesOfLabelsAsTrainingDoes) {
  const auto box = [](int x, const std::string& type) {
    return fmt::format(R"({{"type": "Feature", "properties": {{"notes": "at {0}", "type": "{1}"}}, "geometry":
        {{"type": "Polygon", "coordinates": [[[{0}, 4999990], [{2}, 4999990], [{2}, 4999996], [{0}, 4999990]]]}}}})",
                       x, type, x + 5);
  };
  write_bytes(shop / "types.geojson",
              R"({"type": "FeatureCollection", "crs": {"type": "name", "properties":
        {"name": "urn:ogc:def:crs:EPSG::32633"}}, "features": [)" +
                  box(500004, "grass") + "," + box(500012, "roof") + "]}");
  const Outcome outcome = shop.run(words({"--labels", shop / "types.geojson"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("patches, 8 varied copies"));
}

TEST_F(AugmentPreview, PrintsThePipelineThatItReads) {
  const Outcome printed = shop.run({"augment-preview", "--print"});
  ASSERT_EQ(printed.exit_code, 0) << printed.errors;
  EXPECT_EQ(nlohmann::json::parse(printed.output).at("transforms").at(0).at("name"), "d4");
  write_bytes(shop / "pipeline.json", printed.output);
  EXPECT_EQ(shop.run({"augment-preview", "--print", "-a", shop / "pipeline.json"}).output, printed.output);
  EXPECT_EQ(shop.run(words({"-a", shop / "pipeline.json"})).exit_code, 0);
}

TEST_F(AugmentPreview, TakesScenesOfOtherTypesAndAnyGroundSize) {
  Made made;
  made.bands = 5;
  made.type = "UInt16";
  made.value = [](int band, int col, int row) { return 1000 + 100 * band + 20 * col + 10 * row; };
  make_raster(shop / "five.tif", made);
  const Outcome outcome = shop.run({"augment-preview", "--patch-size", "96", "--ground-size", "0.25",
                                    "--samples", "3", shop / "five.tif", shop / "five.png"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
}

TEST_F(AugmentPreview, StretchesScenesOfOtherLightToTheSame) {
  const auto sheet_of = [&](const std::string& scaling, int light) {
    Made made;
    made.cols = made.rows = 200;
    made.value = [light](int band, int col, int row) { return light * (20 + (10 * band + col + row) % 100); };
    make_raster(shop / "scene.tif", made);
    EXPECT_EQ(shop.run(words({"--scaling", scaling, "--overwrite"})).exit_code, 0);
    return bytes_of_file(shop / "sheet.png");
  };
  EXPECT_NE(sheet_of("none", 1), sheet_of("none", 2));
  EXPECT_TRUE(sheet_of("percentile", 1) == sheet_of("percentile", 2));
}

TEST_F(AugmentPreview, RefusesWhatCanNotBe) {
  constexpr int kUsage = 2;
  constexpr int kData = 3;
  shop.expect_refusal({"augment-preview"}, kUsage, {"SCENE", "--print"});
  shop.expect_refusal({"augment-preview", shop / "scene.tif"}, kUsage, {"OUTPUT", "missing"});
  shop.expect_refusal({"augment-preview", shop / "scene.tif", shop / "sheet.jpg"}, kUsage,
                      {"sheet.jpg", ".png"});
  shop.expect_refusal({"augment-preview", shop / "nowhere.tif", shop / "sheet.png"}, kData, {"nowhere.tif"});
  shop.expect_refusal(words({"--legend", shop / "legend.json"}), kUsage, {"--labels: is missing"});
  shop.expect_refusal(words({"--where", "1=1"}), kUsage, {"--labels: is missing, --where is of labels"});
  write_bytes(shop / "bad.json", R"({"transforms": [{"name": "gama"}]})");
  shop.expect_refusal(words({"-a", shop / "bad.json"}), kUsage, {"bad.json", "gama", "did you mean 'gamma'"});
  shop.expect_refusal(words({"-a", shop / "none.json"}), kData, {"none.json"});
  Made empty;
  empty.nodata = 0;
  empty.value = [](int, int, int) { return 0.0; };
  make_raster(shop / "empty.tif", empty);
  shop.expect_refusal({"augment-preview", "--scaling", "percentile", shop / "empty.tif", shop / "sheet.png"},
                      kData, {"empty.tif: has no valid pixel"});
  Made plain;
  plain.crs = "";
  plain.geotransform.reset();
  make_raster(shop / "plain.tif", plain);
  shop.expect_refusal({"augment-preview", "--ground-size", "0.1", shop / "plain.tif", shop / "sheet.png"},
                      kData, {"plain.tif", "--ground-size"});
}

}  // namespace
}  // namespace orthocover::test
