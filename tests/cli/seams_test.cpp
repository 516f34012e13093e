#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

Made made_scene() {
  Made made;
  made.cols = 300;
  made.rows = 260;
  made.mask = [](int col, int row) { return col >= 20 && row < 250; };
  return made;
}

Outcome seams(const Workshop& shop, const std::vector<std::string>& words) {
  std::vector<std::string> all = {"seams", "--model", shop / "model"};
  all.insert(all.end(), words.begin(), words.end());
  return shop.run(all);
}

TEST(Seams, MeasuresTheIndexAndWritesAMaskAndAPicture) {
  const Workshop shop;
  make_raster(shop / "scene.tif", made_scene());
  const Outcome outcome = seams(
      shop, {shop / "scene.tif", "--levels", "1,2", "--patch-size", "64", "--ground-size", "native",
             "--overlap", "0", "--json", "--output", shop / "seams.tif", "--picture", shop / "seams.png"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(shop.names(), ElementsAre("model", "scene.tif", "seams.png", "seams.qml", "seams.tif",
                                        "seams.tif.aux.xml", "seams.tif.run.json"));
  const Json figures = Json::parse(outcome.output);
  EXPECT_EQ(figures.at("pixels"), 280 * 250);
  EXPECT_TRUE(figures.at("grid_moved").get<bool>());
  EXPECT_EQ(figures.at("levels").size(), 2U);
  EXPECT_EQ(figures.at("outputs").at(0).at("role"), "seams");
  EXPECT_EQ(figures.at("outputs").at(1).at("role"), "picture");
  EXPECT_DOUBLE_EQ(figures.at("index").get<double>(),
                   figures.at("changed_pixels").get<double>() / figures.at("pixels").get<double>());
  std::uint64_t in_pairs = 0;
  for (const Json& pair : figures.at("pairs")) in_pairs += pair.at("pixels").get<std::uint64_t>();
  EXPECT_EQ(in_pairs, figures.at("changed_pixels").get<std::uint64_t>());

  const GDALDatasetUniquePtr mask(GDALDataset::Open((shop / "seams.tif").c_str(), GDAL_OF_RASTER));
  ASSERT_NE(mask, nullptr);
  std::vector<std::uint8_t> values(300 * 260);
  ASSERT_EQ(mask->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, 300, 260, values.data(), 300, 260, GDT_Byte, 0, 0,
                                             nullptr),
            CE_None);
  EXPECT_EQ(std::ranges::count(values, 2), figures.at("changed_pixels").get<int>());
  EXPECT_EQ(std::ranges::count(values, 0), 300 * 260 - 280 * 250);
  EXPECT_EQ(mask->GetRasterBand(1)->GetColorInterpretation(), GCI_PaletteIndex);
}

TEST(Seams, SaysTheIndexTheLevelsAndTheProfileInWords) {
  const Workshop shop;
  make_raster(shop / "scene.tif", made_scene());
  const Outcome outcome =
      seams(shop, {shop / "scene.tif", "--levels", "1", "--patch-size", "128", "--ground-size", "native"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  for (const char* words : {"seam index ", "of 70000 pixels change class", "level 1: ",
                            "when moved by half a step", "px of the level from a border", "0 to 4"})
    EXPECT_THAT(outcome.output, HasSubstr(words));
  EXPECT_THAT(shop.names(), ElementsAre("model", "scene.tif"));
}

TEST(Seams, SaysInOneLineThatAPatchAloneHasNoSeams) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  const Outcome outcome = seams(shop, {shop / "scene.tif", "--levels", "1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output,
            shop / "scene.tif" + ": no level has patches that half a step would move; nothing to compare\n");
}

TEST(Seams, ReportsToAProgramThatStartedIt) {
  const Workshop shop;
  make_raster(shop / "scene.tif", made_scene());
  const Outcome outcome = seams(shop, {"--child", "--levels", "1", "--patch-size", "64", "--ground-size",
                                       "native", shop / "scene.tif"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  std::string last;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) last = line;
  const Json report = Json::parse(last).at("report");
  EXPECT_EQ(report.at("pixels"), 280 * 250);
  EXPECT_EQ(report.at("outputs"), Json::array());
}

TEST(Seams, RefusesOutputsThatExistThatAreTheSceneOrOfAnotherFormat) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  write_bytes(shop / "there.png", "x");
  const std::vector<std::string> start = {"seams", "--model", shop / "model", shop / "scene.tif"};
  const auto with = [&](const std::string& option, const std::string& path) {
    std::vector<std::string> words = start;
    words.insert(words.end(), {option, path});
    return words;
  };
  shop.expect_refusal(with("--picture", shop / "there.png"), 2, {"there.png", "--overwrite"});
  shop.expect_refusal(with("--output", shop / "scene.tif"), 2, {"scene.tif", "choose another name"});
  shop.expect_refusal(with("--output", shop / "seams.jpg"), 2, {"--output", "seams.jpg", "use .tif"});
  shop.expect_refusal(with("--picture", shop / "seams.gif"), 2, {"--picture", "seams.gif", "use .png"});
}

TEST(Seams, RefusesASceneWithoutAValidPixelAndLeavesNothing) {
  const Workshop shop;
  Made empty;
  empty.mask = [](int, int) { return false; };
  make_raster(shop / "scene.tif", empty);
  shop.expect_refusal(
      {"seams", "--model", shop / "model", shop / "scene.tif", "--output", shop / "seams.tif"}, 3,
      {"scene.tif", "no valid pixel"});
}

}  // namespace
}  // namespace orthocover::test
