#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// A map of grass (1) left of column 40 and roof (3) from it on; the truth changes at column 32.
class Evaluate : public testing::Test {
 protected:
  Evaluate() {
    Made made;
    made.bands = 1;
    made.nodata = 0;
    made.value = [](int, int col, int) { return col < 40 ? 1 : 3; };
    make_raster(shop / "map.tif", made);
    make_polygons(
        shop / "labels.gpkg", "EPSG:32633",
        {{1, {500000, 4999995.2, 500003.2, 5000000}}, {3, {500003.2, 4999995.2, 500006.4, 5000000}}});
    write_bytes(shop / "legend.json", two_classes().to_json().dump());
  }

  Words words(const Words& more) const {
    Words all = {"evaluate", "--legend", shop / "legend.json"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Json json(const std::string& name) const { return Json::parse(bytes_of_file(shop / name)); }

  static auto open(const std::string& points) {
    return GDALDatasetUniquePtr(GDALDataset::Open(points.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE));
  }
  /// Fills in the field `reference`: what really lies there.
  static void answer(const std::string& points) {
    const auto dataset = open(points);
    OGRLayer& layer = *dataset->GetLayerByName("points");
    for (auto& feature : layer) {
      feature->SetField("reference", feature->GetGeometryRef()->toPoint()->getX() < 500003.2 ? "grass" : "3");
      EXPECT_EQ(layer.SetFeature(feature.get()), OGRERR_NONE);
    }
  }
  /// As somebody does who looks at a place of his choice.
  static void add_point(const std::string& points) {
    const auto dataset = open(points);
    OGRLayer& layer = *dataset->GetLayerByName("points");
    const OGRFeatureUniquePtr feature(OGRFeature::CreateFeature(layer.GetLayerDefn()));
    feature->SetGeometryDirectly(new OGRPoint(500001.15, 4999998.75));
    feature->SetField("reference", "roof");
    EXPECT_EQ(layer.CreateFeature(feature.get()), OGRERR_NONE);
  }

  Workshop shop;
};

TEST_F(Evaluate, ScoresAMapByPolygons) {
  const Outcome outcome =
      shop.run(words({"--labels", shop / "labels.gpkg", "--output", shop / "r.json", "--csv", shop / "r.csv",
                      "--html", shop / "r.html", "--tolerance", "0.81", shop / "map.tif"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("overall accuracy           0.875"));
  const auto report = json("r.json");
  EXPECT_EQ(report.at("pixels"), 64 * 48);
  EXPECT_DOUBLE_EQ(report.at("scores").at("overall_accuracy").get<double>(), 56.0 / 64);
  EXPECT_DOUBLE_EQ(report.at("classes")[0].at("iou").get<double>(), 32.0 / 40);
  EXPECT_DOUBLE_EQ(report.at("classes")[1].at("recall").get<double>(), 24.0 / 32);
  EXPECT_DOUBLE_EQ(report.at("classes")[0].at("boundary_f1").get<double>(), 1) << "8 px off, 8.1 allowed";
  EXPECT_EQ(report.at("confusion"), Json({{32 * 48, 0}, {8 * 48, 24 * 48}}));
  EXPECT_THAT(bytes_of_file(shop / "r.csv"), HasSubstr("3,roof,0.75,"));
  EXPECT_THAT(bytes_of_file(shop / "r.html"), HasSubstr("data:image/png;base64,"));
  const auto schema =
      Json::parse(bytes_of_file(ORTHOCOVER_SOURCE_DIR "/schemas/evaluation/v1/report.schema.json"));
  for (const auto& [key, value] : report.items()) EXPECT_TRUE(schema.at("properties").contains(key)) << key;
  for (const auto& key : schema.at("required")) EXPECT_TRUE(report.contains(key)) << key;
  for (const auto& [key, value] : report.at("classes")[0].items())
    EXPECT_TRUE(schema.at("$defs").at("class").at("properties").contains(key)) << key;
}

TEST_F(Evaluate, CountsEachPixelOfAModelsMapOnceWhateverThePatchSize) {
  Made scene;
  make_raster(shop / "scene.tif", scene);
  std::vector<int> pixels;
  for (const char* patch : {"32", "64"}) {
    const Outcome outcome =
        shop.run({"evaluate", "--model", shop / "model", "--patch-size", patch, "--threads", "1", "--labels",
                  shop / "labels.gpkg", "--output", shop / "r.json", "--overwrite", shop / "scene.tif"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    const auto report = json("r.json");
    EXPECT_EQ(report.at("pixels"), 64 * 48) << patch;
    EXPECT_TRUE(report.contains("reliability")) << "the model's own confidence";
  }
}

TEST_F(Evaluate, HasItsProgressOverAllScenesAndModels) {
  for (const char* name : {"a.tif", "b.tif"}) make_raster(shop / name, {});
  make_polygons(shop / "far.gpkg", "EPSG:32633", {{1, {0, 0, 9, 9}}});
  for (const auto& [operation, levels] : {std::pair{"evaluate", "--levels"}, {"compare", "--level-set"}}) {
    shop.expect_refusal({operation, "-m", shop / "model", levels, "1,2", "-l",
                         shop / "labels.gpkg," + shop / "far.gpkg", shop / "a.tif", shop / "b.tif"},
                        3, {"far.gpkg"});
    const Outcome outcome = run_child(
        ORTHOCOVER_PROGRAM, {operation, "-m", shop / "model", "--threads", "1", "--progress", "json",
                             "--labels", shop / "labels.gpkg", shop / "a.tif", shop / "b.tif"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(R"({"event":"progress","fraction":0.)"));
    EXPECT_EQ(outcome.errors.substr(outcome.errors.find(R"("fraction":1.0)")),
              "\"fraction\":1.0,\"stage\":\"comparing\"}\n")
        << "not after a.tif";
  }
}

TEST_F(Evaluate, EstimatesAreasFromPoints) {
  const Outcome drawn = shop.run({"sample-points", "--legend", shop / "legend.json", "--points", "400",
                                  "--minimum", "50", shop / "map.tif", shop / "points.gpkg"});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.errors;
  EXPECT_THAT(drawn.output, HasSubstr("400 points; 250 grass, 150 roof"));
  auto ask = words({"-l", shop / "points.gpkg", shop / "map.tif"});
  shop.expect_refusal(ask, 3, {"no point has a reference class yet", "'reference'"});
  ask.insert(ask.end(), {"-m", shop / "model"});
  shop.expect_refusal(ask, 3, {"no point has a reference class"});
  answer(shop / "points.gpkg");
  shop.expect_refusal({"sample-points", "--overwrite", "--legend", shop / "legend.json", shop / "map.tif",
                       shop / "points.gpkg"},
                      2, {"400 of its points are looked up already"});
  const Outcome outcome =
      shop.run(words({"--labels", shop / "points.gpkg", "--output", shop / "r.json", shop / "map.tif"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto points = json("r.json").at("points");
  EXPECT_EQ(points.at("points"), 400);
  const auto& roof = points.at("classes")[1];
  // Truly 32 of 64 columns are roof, the map has 24.
  const double truth = 32 * 48 * 0.01;
  EXPECT_NEAR(roof.at("mapped_area_m2").get<double>(), 0.75 * truth, 0.01 * truth);
  EXPECT_NEAR(roof.at("area_m2").at("value").get<double>(), truth,
              1.5 * roof.at("area_m2").at("half_width_95").get<double>());
  EXPECT_DOUBLE_EQ(roof.at("users_accuracy").at("value").get<double>(), 1);
  EXPECT_NEAR(roof.at("users_accuracy").at("interval_95")[0].get<double>(), 0.978, 0.002) << "150 of 150";
  EXPECT_THAT(outcome.output, HasSubstr("1.000 (0.97"));
  fs::copy_file(shop / "points.gpkg", shop / "more.gpkg");
  add_point(shop / "more.gpkg");
  const Outcome added =
      shop.run(words({"--labels", shop / "more.gpkg", "--output", shop / "more.json", shop / "map.tif"}));
  EXPECT_THAT(added.errors, HasSubstr("1 of 401 points have no map_value"));
  EXPECT_EQ(json("more.json").at("points"), points);
  Made coarse;
  coarse.bands = 1;
  coarse.cols = 32;
  coarse.rows = 24;
  coarse.geotransform->at(1) = -(coarse.geotransform->at(5) = -0.2);
  coarse.value = [](int, int, int) { return 1; };
  make_raster(shop / "coarse.tif", coarse);
  const Outcome both =
      shop.run(words({"--labels", shop / "points.gpkg" + "," + shop / "labels.gpkg", "--output",
                      shop / "both.json", shop / "map.tif", shop / "coarse.tif"}));
  ASSERT_EQ(both.exit_code, 0) << both.errors;
  EXPECT_EQ(json("both.json").at("pixels"), 32 * 24) << "points are no pixels";
  const auto judge = [&](Words more, const std::string& map) {
    more.insert(more.end(), {"--labels", shop / "points.gpkg"});
    Words all = words(more);
    all.push_back(shop / map);
    return all;
  };
  shop.expect_refusal(judge({"--where", "1 = 1"}, "map.tif"), 2, {"--where", "points"});
  shop.expect_refusal(judge({"--levels", "1"}, "map.tif"), 2, {"--levels", "--model"});
  Made other;
  other.bands = 1;
  other.value = [](int, int col, int) { return col < 8 ? 3 : 1; };
  make_raster(shop / "other.tif", other);
  shop.expect_refusal(judge({shop / "map.tif"}, "other.tif"), 2, {"--labels", "points", "2 inputs"});
  shop.expect_refusal(judge({}, "other.tif"), 3, {"map_value of", "of 400 points", "sample-points"});
  write_bytes(shop / "legend.json", Json{{"classes",
                                          {{{"value", 1}, {"name", "grass"}, {"color", "#00ff00"}},
                                           {{"value", 2}, {"name", "sea"}, {"color", "#0000ff"}},
                                           {{"value", 3}, {"name", "roof"}, {"color", "#ff0000"}}}}}
                                        .dump());
  const Outcome sea = shop.run(judge({"--csv", shop / "p.csv"}, "map.tif"));
  ASSERT_EQ(sea.exit_code, 0) << sea.errors;
  EXPECT_THAT(bytes_of_file(shop / "p.csv"), HasSubstr("\n2,sea,0,0,,,,,,,,,,,,\n3,roof,150,11.5"));
}

TEST_F(Evaluate, TakesPointsOfFramesAndMultiPoints) {
  Made frame;
  frame.bands = 1;
  frame.crs = "";
  frame.geotransform.reset();
  frame.value = [](int, int col, int) { return col < 32 ? 1 : 3; };
  make_raster(shop / "frame.tif", frame);
  const Outcome drawn = shop.run({"sample-points", "--legend", shop / "legend.json", "--points", "60",
                                  shop / "frame.tif", shop / "points.gpkg"});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.errors;
  answer(shop / "points.gpkg");
  const Outcome of_frame = shop.run(words({"--labels", shop / "points.gpkg", shop / "frame.tif"}));
  ASSERT_EQ(of_frame.exit_code, 0) << of_frame.errors;
  EXPECT_THAT(of_frame.output, HasSubstr("60 points"));

  const auto feature = [](const char* reference, const Json& coordinates) {
    return Json{{"type", "Feature"},
                {"properties", {{"reference", reference}}},
                {"geometry", {{"type", "MultiPoint"}, {"coordinates", coordinates}}}};
  };
  write_bytes(shop / "drawn.geojson",
              Json{{"type", "FeatureCollection"},
                   {"crs", {{"type", "name"}, {"properties", {{"name", "urn:ogc:def:crs:EPSG::32633"}}}}},
                   {"features",
                    {feature("grass", {{500001, 4999999}, {500001.2, 4999998}}),
                     feature("roof", Json::array({{500006, 4999999}}))}}}
                  .dump());
  const Outcome drawn_in_qgis = shop.run(words({"--labels", shop / "drawn.geojson", shop / "map.tif"}));
  ASSERT_EQ(drawn_in_qgis.exit_code, 0) << drawn_in_qgis.errors;
  EXPECT_THAT(drawn_in_qgis.output, HasSubstr("3 points"));
}

TEST_F(Evaluate, TellsValuesThatNoClassHas) {
  Made made;
  made.bands = 1;
  made.value = [](int, int col, int) { return col < 32 ? 1 : col < 48 ? 3 : 7; };
  make_raster(shop / "seven.tif", made);
  const Words draw = {"sample-points", "--legend", shop / "legend.json"};
  const auto drawn_on = [&](const std::string& map) {
    Words all = draw;
    all.insert(all.end(), {shop / map, shop / "p.gpkg"});
    return all;
  };
  const Outcome outcome = shop.run(drawn_on("seven.tif"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors,
              HasSubstr("seven.tif: 768 pixels have values that the legend lacks, 7; they are left out"));
  fs::remove(shop / "p.gpkg");
  made.type = "Int16";
  made.value = [](int, int col, int) { return col < 32 ? 1 : 1000; };
  make_raster(shop / "wide.tif", made);
  shop.expect_refusal(drawn_on("wide.tif"), 3,
                      {"wide.tif: has the value 1000; classes of a map are 1 to 254"});
}

TEST_F(Evaluate, LeavesPointsAloneThatAnotherProgramHasOpen) {
  const Words words = {"sample-points",      "--overwrite",    "--legend",
                       shop / "legend.json", shop / "map.tif", shop / "points.gpkg"};
  ASSERT_EQ(shop.run(words).exit_code, 0);
  write_bytes(shop / "points.gpkg-wal", "changes");
  shop.expect_refusal(words, 5, {"points.gpkg: another program has the GeoPackage open"});
}

TEST_F(Evaluate, GivesNoIntervalWhereLabelsLieOutsideTheRegions) {
  const auto output_with = [&](double top) {
    make_polygons(shop / "regions.gpkg", "EPSG:32633", {{1, {500000, 4999995.2, 500004, 5000000}}},
                  {{1, {500000, 4999995.2, 500001, top}},
                   {2, {500001, 4999995.2, 500002, top}},
                   {3, {500002, 4999995.2, 500004, top}}});
    return shop.run(words({"--labels", shop / "regions.gpkg", shop / "map.tif"})).output;
  };
  EXPECT_THAT(output_with(5000000), HasSubstr("95 % between"));
  EXPECT_THAT(output_with(4999998), testing::Not(HasSubstr("95 % between")));
}

TEST_F(Evaluate, TellsMapsOfOneNameApart) {
  fs::create_directory(shop / "other");
  fs::copy(shop / "map.tif", shop / "other/map.tif");
  const Outcome outcome = shop.run(words({"--labels", shop / "labels.gpkg", "--output", shop / "r.json",
                                          shop / "map.tif", shop / "other/map.tif"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto regions = json("r.json").at("regions");
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[1].at("name"), shop / "other/map.tif");
}

TEST_F(Evaluate, WarnsOfTheOneSceneOfItsNameThatTheModelKnowsFromItsFolder) {
  fs::create_directories(shop / "a/odm");
  make_raster(shop / "a/odm/scene.tif", {});
  auto manifest = json("model/model.json");
  const Json known = {{"scene", "a-scene"}, {"held_out_px", Json::array()}};
  manifest["orthocover:training"] = {{"data", {known, {{"scene", "b-scene"}}}},
                                     {"held_out", Json::array({"a-scene:2"})}};
  write_bytes(shop / "model/model.json", manifest.dump());
  const Outcome outcome =
      shop.run({"evaluate", "-m", shop / "model", "-l", shop / "labels.gpkg", shop / "a/odm/scene.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("was trained on scenes called a-scene; if"));
  EXPECT_THAT(outcome.errors, HasSubstr("but for what it held out: a-scene:2\n")) << "no hint of --held-out";
}

TEST_F(Evaluate, RefusesWhatCanNotBeCompared) {
  const auto labels = [&](const std::string& file) { return words({"--labels", file, shop / "map.tif"}); };
  shop.expect_refusal({"evaluate", "--labels", shop / "labels.gpkg", shop / "map.tif"}, 3,
                      {"map.tif", "names no classes", "--legend"});
  const std::string two = shop / "labels.gpkg" + "," + shop / "labels.gpkg";
  shop.expect_refusal(words({"--labels", shop / "labels.gpkg", shop / "map.tif", shop / "map.tif"}), 2,
                      {"map.tif", "given twice"});
  shop.expect_refusal(words({"--labels", two, shop / "map.tif"}), 2, {"--labels", "2", "1", "one for all"});
  make_polygons(shop / "far.gpkg", "EPSG:32633", {{1, {600000, 4999995, 600003, 5000000}}});
  shop.expect_refusal(labels(shop / "far.gpkg"), 3, {"far.gpkg"});
  make_polygons(shop / "other.gpkg", "EPSG:32633", {{2, {500000, 4999995, 500003, 5000000}}});
  shop.expect_refusal(labels(shop / "other.gpkg"), 3, {"other.gpkg", "legend"});
  shop.expect_refusal({"evaluate", "--labels", shop / "labels.gpkg", "--csv", shop / "x", "--output",
                       shop / "./x", shop / "map.tif"},
                      2, {"x: would be written twice"});
  Made bands;
  make_raster(shop / "rgb.tif", bands);
  shop.expect_refusal(words({"--labels", shop / "labels.gpkg", shop / "rgb.tif"}), 3,
                      {"rgb.tif", "one band of whole numbers", "3"});
  shop.expect_refusal(
      words({"--labels", shop / "labels.gpkg", "--html", shop / "nowhere/r.html", shop / "map.tif"}), 5,
      {"nowhere"});
}

}  // namespace
}  // namespace orthocover::test
