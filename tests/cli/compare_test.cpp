#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/text.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

/// A scene of which the left half is labelled grass (1), the right one roof (3).
class Compare : public testing::Test {
 protected:
  Compare() {
    make_raster(shop / "scene.tif", {});
    make_polygons(shop / "labels.gpkg", "EPSG:32633", halves);
    write_bytes(shop / "legend.json", two_classes().to_json().dump());
  }

  /// A copy of the model that tells of a training on one scene, or two.
  void write_model(const std::string& name, const std::string& scene, const Json& held_out_px,
                   const std::string& other = "other") const {
    fs::copy(shop / "model", shop / name);
    auto manifest = Json::parse(bytes_of_file(shop / (name + "/model.json")));
    Json data = {{"scene", scene}, {"size_px", {64, 48}}};
    if (!held_out_px.is_null()) data["held_out_px"] = held_out_px;
    manifest["orthocover:training"] = {{"data", {data, {{"scene", other}}}},
                                       {"held_out", Json::array({scene + ":2"})}};
    write_bytes(shop / (name + "/model.json"), manifest.dump());
  }

  const std::vector<MadePolygon> halves = {{1, {500000, 4999995.2, 500003.2, 5000000}},
                                           {3, {500003.2, 4999995.2, 500006.4, 5000000}}};
  Workshop shop;
};

TEST_F(Compare, JudgesModelsAndLevelsOnTheSameGround) {
  make_polygons(shop / "r.gpkg", "EPSG:32633", halves,
                {{1, {500000, 4999995.2, 500002, 5000000}},
                 {2, {500002, 4999995.2, 500004, 5000000}},
                 {3, {500004, 4999995.2, 500006.4, 5000000}}});
  const Outcome outcome = shop.run({"compare", "-m", shop / "model", "--level-set", "1", "--level-set", "1,2",
                                    "--threads", "1", "-l", shop / "r.gpkg", "-o", shop / "c.json", "--csv",
                                    shop / "c.csv", "--html", shop / "c.html", shop / "scene.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto rows = Json::parse(bytes_of_file(shop / "c.json")).at("rows");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].at("levels"), Json({1}));
  EXPECT_GT(rows[0].at("parameters").get<int>(), 1'000'000);
  EXPECT_GT(rows[0].at("multiply_adds_of_patch").get<double>(), 1e7);
  EXPECT_TRUE(rows[0].contains("mean_iou_95"));
  EXPECT_FALSE(rows[0].contains("difference_to_first_95"));
  EXPECT_TRUE(rows[1].contains("difference_to_first_95"));
  EXPECT_THAT(outcome.output, HasSubstr("| model, levels | mean IoU |"));
  const std::string table = bytes_of_file(shop / "c.csv");
  EXPECT_EQ(std::ranges::count(table, '\n'), 3);
  EXPECT_THAT(table, testing::StartsWith("model,levels,mean_iou,mean_iou_low,mean_iou_high,"));
  EXPECT_THAT(table, HasSubstr(",accuracy,iou_grass,iou_roof,parameters,"));
  EXPECT_THAT(bytes_of_file(shop / "c.html"), HasSubstr("<table>"));
  shop.expect_refusal(
      {"compare", "-m", shop / "model", "--level-set", "x", "-l", shop / "r.gpkg", shop / "scene.tif"}, 2,
      {"--level-set", "'x'", "1,2,4"});
  shop.expect_refusal({"compare", "-m", shop / "model,default", "-l", shop / "r.gpkg", shop / "scene.tif"}, 4,
                      {"model: no class of it is in all other models", "building", "grass"});
}

TEST_F(Compare, JudgesModelsOnTheClassesThatAllKnow) {
  fs::copy(shop / "model", shop / "other");
  auto manifest = Json::parse(bytes_of_file(shop / "other/model.json"));
  auto& classes = manifest.at("mlm:output")[0].at("classification:classes");
  classes[0]["name"] = "Roof";
  classes[1]["name"] = "water";
  write_bytes(shop / "other/model.json", manifest.dump());
  const Outcome outcome = shop.run({"compare", "-m", shop / "model" + "," + shop / "other", "-l",
                                    shop / "labels.gpkg", "-o", shop / "c.json", shop / "scene.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(
      outcome.errors,
      HasSubstr("judged on the classes that all models know: roof; where labels say grass, water, any"));
  EXPECT_THAT(outcome.errors, HasSubstr("count as of other classes: feature 1 has class '1'"));
  const auto rows = Json::parse(bytes_of_file(shop / "c.json")).at("rows");
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& row : rows) EXPECT_EQ(row.at("iou").size(), 1U);
  // The second has the first one's weights: what one calls roof the other calls water.
  EXPECT_NEAR(rows[0].at("accuracy").get<double>() + rows[1].at("accuracy").get<double>(), 1, 1e-9);
}

TEST_F(Compare, TrainsWhatItComparesOnceAndKnowsWhatItHasSeen) {
  Made scene;
  scene.value = [](int band, int col, int row) {
    return (col < 32 ? 40 : 200) + (7 * col + 3 * row + band) % 9;
  };
  make_raster(shop / "scene.tif", scene);
  make_polygons(shop / "h.gpkg", "EPSG:32633",
                {{1, {500000, 4999997.6, 500003.2, 5000000}},
                 {3, {500003.2, 4999997.6, 500006.4, 5000000}},
                 {1, {500000, 4999995.2, 500003.2, 4999997.6}},
                 {3, {500003.2, 4999995.2, 500006.4, 4999997.6}}},
                {{1, {500000, 4999997.6, 500006.4, 5000000}}, {2, {500000, 4999995.2, 500006.4, 4999997.6}}});
  Json config = {{"operation", "train"},
                 {"scene", {shop / "scene.tif"}},
                 {"labels", {shop / "h.gpkg"}},
                 {"legend", shop / "legend.json"},
                 {"hold_out", {"2"}},
                 {"patch_size", 64},
                 {"batch_size", 2},
                 {"steps", 2},
                 {"levels", {1}},
                 {"device", "cpu"}};
  write_bytes(shop / "short.json", config.dump());
  config.update({{"hold_out", Json::array()}, {"hold_out_share", 0}});
  write_bytes(shop / "seen.json", config.dump());
  const std::string trained = shop / "short.json" + "," + shop / "seen.json";
  std::vector<std::string> command = {"compare", "--train", trained, "--train-folder", shop / "made"};
  command.insert(command.end(), {"-l", shop / "h.gpkg", "--threads", "1", "-o", shop / "c.json",
                                 "--overwrite", shop / "scene.tif"});
  const Outcome outcome = shop.run(command);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto rows = Json::parse(bytes_of_file(shop / "c.json")).at("rows");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("model"), shop / "made/short");
  EXPECT_EQ(rows[0].at("scenes").size(), 1U);
  EXPECT_TRUE(fs::exists(shop / "made/seen/model.json"));
  EXPECT_THAT(outcome.errors, HasSubstr("was trained on scenes called scene"));
  EXPECT_THAT(outcome.errors, HasSubstr("but for what it held out: scene:2"));
  EXPECT_THAT(outcome.errors, Not(HasSubstr("orthocover-maps")));
  const auto held_out = [&](const char* operation, const std::string& model) {
    return std::vector<std::string>{operation,     "--held-out",      "-m", model,
                                    "-l",          shop / "h.gpkg",   "-o", shop / "h.json",
                                    "--overwrite", shop / "scene.tif"};
  };
  ASSERT_EQ(shop.run(held_out("evaluate", shop / "made/short")).exit_code, 0);
  const auto unseen = Json::parse(bytes_of_file(shop / "h.json"));
  EXPECT_EQ(unseen.at("pixels"), 64 * 24);
  shop.expect_refusal(held_out("evaluate", shop / "made/seen"), 3, {"made/seen held nothing of", "out"});
  std::vector<std::string> useless = held_out("compare", shop / "made/seen");
  useless.insert(useless.end(), {"--train", shop / "short.json", "--train-folder", shop / "later"});
  shop.expect_refusal(useless, 3, {"made/seen held nothing of", "out"});
  EXPECT_FALSE(fs::exists(shop / "later"));
  const auto weights = bytes_of_file(shop / "made/short/weights.safetensors");
  const Outcome again = shop.run(command);
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("made/short: is there and is not trained again"));
  EXPECT_EQ(bytes_of_file(shop / "made/short/weights.safetensors"), weights);
  EXPECT_THAT(again.errors, Not(HasSubstr("other options")));
  config["steps"] = 3;
  write_bytes(shop / "seen.json", config.dump());
  EXPECT_THAT(shop.run(command).errors,
              HasSubstr("made/seen: was trained with other options than it would be now (steps)"));
  config["steps"] = "many";
  write_bytes(shop / "wrong.json", config.dump());
  write_bytes(shop / "b.json", "{}");
  const auto refused = [&](const std::vector<std::string>& configs, const std::vector<std::string>& parts) {
    std::vector<std::string> words = {"compare", "-l", shop / "h.gpkg", shop / "scene.tif"};
    if (!configs.empty()) words.insert(words.end(), {"--train", join(configs, ",")});
    shop.expect_refusal(words, 2, parts);
  };
  refused({}, {"--models", "--train"});
  refused({shop / "wrong.json"}, {"wrong.json", "steps"});
  refused({shop / "b.json"}, {"b.json: SCENE"});
  refused({shop / "short.json", shop / "short.json"}, {"--train", "'short'", "rename"});
}

TEST_F(Compare, JudgesTheGroundThatPackagesRecordAsHeldOut) {
  // In the held-out half, and the other, which names the region.
  make_polygons(shop / "part.gpkg", "EPSG:32633",
                {{1, {500001.6, 4999995.6, 500003.2, 4999997.2}},
                 {3, {500003.2, 4999995.6, 500005.6, 4999997.2}},
                 {3, {500001.6, 4999998, 500005.6, 4999999.6}}},
                {{2, {500000, 4999997.6, 500006.4, 5000000}}});
  const Json held = {{"name", "2"}, {"window", {0, 24, 64, 24}}};
  write_model("held", "scene", Json::array({held}));
  const auto words = [&](const char* operation, const std::string& models, const std::string& scene) {
    return std::vector<std::string>{
        operation, "--held-out",    "-m",          models, "-l", shop / "part.gpkg",
        "-o",      shop / "h.json", "--overwrite", scene};
  };
  const auto report_of = [&](const std::vector<std::string>& command) {
    const Outcome outcome = shop.run(command);
    EXPECT_EQ(outcome.exit_code, 0);
    return Json::parse(bytes_of_file(shop / "h.json"));
  };
  const std::string scene = shop / "scene.tif";
  const Json judged = report_of(words("evaluate", shop / "held", scene));
  EXPECT_EQ(judged.at("pixels"), 40 * 16);
  EXPECT_EQ(judged.at("regions")[0].at("name"), "scene:2");
  const Outcome compared = shop.run(words("compare", shop / "held" + "," + shop / "model", scene));
  EXPECT_THAT(compared.output, HasSubstr("\nOnly ground"));
  const Json row = Json::parse(bytes_of_file(shop / "h.json")).at("rows")[0];
  EXPECT_EQ(row.at("accuracy"), judged.at("scores").at("overall_accuracy"));
  for (const auto& entry : judged.at("classes"))
    EXPECT_EQ(row.at("iou").at(entry.at("name").get<std::string>()), entry.at("iou"));

  fs::copy(scene, shop / "far.tif");
  auto both = words("evaluate", shop / "held", scene);
  both.push_back(shop / "far.tif");
  EXPECT_EQ(report_of(both).at("pixels"), 40 * 16 + 2 * 40 * 16);
  EXPECT_THAT(shop.run(both).errors, HasSubstr("far.tif, so all of it counts as unseen and judged"));
  shop.expect_refusal(words("evaluate", shop / "model", scene), 3,
                      {"was trained on no scene", "scene.tif", "leave --held-out out"});
  write_model("old", "scene", Json());
  shop.expect_refusal(words("evaluate", shop / "old", scene), 3, {"old was trained by an earlier version"});
  write_model("beyond", "scene", Json::array({{{"name", "2"}, {"window", {0, 25, 64, 24}}}}));
  shop.expect_refusal(words("evaluate", shop / "beyond", scene), 4, {"beyond: held_out_px of its scene"});

  for (const char* folder : {"a/odm", "b/odm"}) {
    fs::create_directories(shop / folder);
    fs::copy(scene, shop / folder);
  }
  write_model("odm", "a-scene", Json::array({held}), "b-scene");
  report_of(words("evaluate", shop / "odm", shop / "a/odm/scene.tif"));
  shop.expect_refusal(words("evaluate", shop / "odm", shop / "b/odm/scene.tif"), 3,
                      {"odm held nothing of", "b/odm/scene.tif out in training"});
  shop.expect_refusal(words("evaluate", shop / "odm", scene), 3,
                      {"may be any of the scenes a-scene, b-scene"});
}

}  // namespace
}  // namespace orthocover::test
