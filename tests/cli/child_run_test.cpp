#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

Json last_event(const Outcome& outcome) {
  Json last;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) last = Json::parse(line, nullptr, false);
  EXPECT_TRUE(last.is_object()) << outcome.output << outcome.errors;
  return last.is_object() ? last : Json::object();
}

/// What a run that succeeds reports.
Json report_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return last_event(outcome).value("report", Json());
}

void expect_outputs(const Json& report,
                    const std::vector<std::pair<std::string, std::string>>& role_and_path) {
  ASSERT_EQ(report.at("outputs").size(), role_and_path.size()) << report.at("outputs");
  for (std::size_t i = 0; i < role_and_path.size(); ++i) {
    const Json& output = report.at("outputs").at(i);
    EXPECT_EQ(output.at("role"), role_and_path[i].first);
    EXPECT_EQ(output.at("path"), role_and_path[i].second);
    EXPECT_TRUE(fs::exists(output.at("path").get<std::string>())) << output;
  }
}

/// Areas of two reports, class by class; those that one of them lacks are none.
void expect_same_areas(const Json& some, const Json& others) {
  double whole = 0;
  for (const Json& one : some.at("areas")) {
    whole += one.at("share").get<double>();
    double other_m2 = 0;
    for (const Json& other : others.at("areas")) {
      if (other.at("value") != one.at("value")) continue;
      EXPECT_EQ(other.at("name"), one.at("name"));
      EXPECT_EQ(other.at("color"), one.at("color"));
      other_m2 = other.at("area_m2");
    }
    EXPECT_NEAR(one.at("area_m2").get<double>(), other_m2, 1e-9 * other_m2) << one;
  }
  EXPECT_NEAR(whole, 1, 1e-12);
}

/// Degrees: pixels of different rows cover different ground.
Made made_scene() {
  Made made;
  made.cols = 200;
  made.rows = 150;
  made.crs = "EPSG:4326";
  made.geotransform = {15, 1e-6, 0, 60, 0, -1e-6};
  made.mask = [](int col, int row) { return col >= 10 || row >= 10; };
  return made;
}

TEST(ChildRun, ReportsOutputsThatExistAndTheAreasThatSummaryMeasures) {
  const Workshop shop;
  make_raster(shop / "scene.tif", made_scene());
  const Json report =
      report_of(shop.segment({"--child", "--levels", "1,2", "--vector", "gpkg", "--confidence", "tif",
                              "--picture", "png", shop / "scene.tif", shop / "map.tif"}));
  expect_outputs(report, {{"map", shop / "map.tif"},
                          {"confidence", shop / "map.confidence.tif"},
                          {"polygons", shop / "map.gpkg"},
                          {"picture", shop / "map.png"}});
  const Json& scene = report.at("scenes").at(0);
  EXPECT_EQ(scene.at("status"), "done");
  EXPECT_EQ(scene.at("input"), shop / "scene.tif");
  EXPECT_EQ(scene.at("cols"), 200);
  EXPECT_EQ(scene.at("rows"), 150);
  EXPECT_EQ(scene.at("levels"), (Json{1, 2}));
  EXPECT_GT(scene.at("patches").get<int>(), 1);
  EXPECT_GT(scene.at("megapixels_per_second").get<double>(), 0);
  EXPECT_GT(report.at("polygons").get<int>(), 0);

  const Json summed = report_of(shop.run({"summary", "--child", shop / "map.tif"}));
  EXPECT_EQ(summed.at("unit"), "m2");
  expect_same_areas(report, summed);
  double pixels = 0;
  for (const Json& area : report.at("areas")) pixels += area.at("pixels").get<double>();
  EXPECT_EQ(pixels, 200 * 150 - 10 * 10);
  EXPECT_EQ(summed.at("nodata").at("pixels"), 10 * 10);
  EXPECT_GT(summed.at("nodata").at("area_m2").get<double>(), 0);
}

TEST(ChildRun, ReportsTheLayerThatVectorizeMakesWithItsAreas) {
  const Workshop shop;
  Made made = made_scene();
  made.bands = 1;
  made.value = [](int, int col, int row) { return 1 + (col / 7 + row / 9) % 3; };
  make_raster(shop / "map.tif", made);
  const Json report =
      report_of(shop.run({"vectorize", "--child", "--simplify", "0", shop / "map.tif", shop / "map.gpkg"}));
  expect_outputs(report, {{"polygons", shop / "map.gpkg"}});
  EXPECT_GT(report.at("polygons").get<int>(), 3);
  double sum_m2 = 0;
  for (const Json& area : report.at("areas")) sum_m2 += area.at("area_m2").get<double>();
  double summed_m2 = 0;
  const Json summed = report_of(shop.run({"summary", "--child", shop / "map.tif"}));
  for (const Json& area : summed.at("areas")) summed_m2 += area.at("area_m2").get<double>();
  EXPECT_NEAR(sum_m2, summed_m2, 1e-6 * summed_m2);
}

TEST(ChildRun, StopsWithItsParentAndBySignalAndLeavesNoFile) {
  const Workshop shop;
  Made made;
  made.cols = made.rows = 3000;
  make_raster(shop / "scene.tif", made);
  const std::vector<std::string> before = shop.names();
  for (const bool by_signal : {false, true}) {
    ChildProgram run(ORTHOCOVER_PROGRAM,
                     {"segment", "--child", "--model", shop / "model", "--device", "cpu", "--threads", "1",
                      "--vector", "gpkg", shop / "scene.tif", shop / "map.tif"});
    ASSERT_TRUE(run.wait_for_output("\"progress\""));
    if (by_signal)
      run.send(SIGTERM);
    else
      run.close_input();
    const Outcome outcome = run.finish();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.errors;
    EXPECT_EQ(last_event(outcome).value("event", ""), "error");
    EXPECT_EQ(last_event(outcome).value("kind", ""), "cancelled");
    EXPECT_EQ(shop.names(), before);
  }
}

/// Goes on with a batch of which good.tif is done.
void expect_no_speed_but_the_same_areas_when_skipped(const Workshop& shop, const Json& before) {
  const Json report = report_of(
      shop.segment({"--child", "--levels", "1", "--resume", shop / "good.tif", shop / "maps/good.tif"}));
  const Json& scene = report.at("scenes").at(0);
  EXPECT_EQ(scene.at("status"), "skipped");
  EXPECT_EQ(scene.at("patches"), before.at("scenes").at(1).at("patches"));
  EXPECT_FALSE(scene.contains("megapixels_per_second"));
  EXPECT_EQ(report.at("areas"), before.at("areas"));
}

TEST(ChildRun, TellsABatchInWhichASceneFailsAsAResult) {
  const Workshop shop;
  make_raster(shop / "good.tif", made_scene());
  std::ofstream(shop / "bad.tif") << "no raster";
  const Outcome outcome =
      shop.segment({"--child", "--levels", "1", shop / "bad.tif", shop / "good.tif", shop / "maps/"});
  EXPECT_EQ(outcome.exit_code, 1);
  const Json last = last_event(outcome);
  ASSERT_EQ(last.value("event", ""), "result") << last;
  EXPECT_EQ(last.at("exit_code"), 1);
  const Json& report = last.at("report");
  expect_outputs(report, {{"map", shop / "maps/good.tif"}, {"table", shop / "maps/batch.csv"}});
  EXPECT_EQ(report.at("scenes").at(0).at("status"), "failed");
  EXPECT_NE(report.at("scenes").at(0).at("message"), "");
  EXPECT_EQ(report.at("scenes").at(1).at("status"), "done");
  expect_no_speed_but_the_same_areas_when_skipped(shop, report);
}

}  // namespace
}  // namespace orthocover::test
