#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <nlohmann/json.hpp>

#include "georef/gdal_geo_io.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::ElementsAre;

void expect_success(const Outcome& outcome) {
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
}

/// A locale of this machine with a decimal comma; empty where there is none.
std::string locale_with_comma(const Workshop& shop) {
  const std::string made = "localedef -i de_DE -f UTF-8 '" + (shop / "de_DE.UTF-8") + "' > /dev/null 2>&1";
  if (std::system(made.c_str()) == 0 || std::filesystem::exists(shop / "de_DE.UTF-8"))
    ::setenv("LOCPATH", std::filesystem::path(shop / "x").parent_path().c_str(), 1);
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nb_NO.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr && std::localeconv()->decimal_point == std::string(","))
      return name;
  }
  std::setlocale(LC_ALL, "C");
  return {};
}

/// Puts the process' locale back.
struct LocaleScope {
  ~LocaleScope() {
    std::setlocale(LC_ALL, "C");
    ::unsetenv("LOCPATH");
  }
};

TEST(DecimalComma, OfTheEnvironmentChangesNoByteOfTheOutputs) {
  const Workshop shop;
  const LocaleScope scope;
  const std::string locale = locale_with_comma(shop);
  if (locale.empty()) GTEST_SKIP() << "no locale with a decimal comma can be had; package locales";
  make_raster(shop / "scene.tif");
  std::vector<std::string> maps;
  for (const std::string& language : {std::string("C"), locale}) {
    ::setenv("LC_ALL", language.c_str(), 1);
    const std::string vector = shop / (language + ".geojson");
    expect_success(
        shop.segment({shop / "scene.tif", shop / (language + ".tif"), "--overlap", "0.3", "--vector", vector,
                      "--simplify", "0.15", "--projwin", "500000.5", "4999999.5", "500004.5", "4999996.5"}));
    maps.push_back(bytes_of_file(shop / (language + ".tif")) + bytes_of_file(shop / (language + ".qml")));
    nlohmann::json layer = nlohmann::json::parse(bytes_of_file(vector));
    maps.back() += layer.at("features").dump();
    ::unsetenv("LC_ALL");
  }
  EXPECT_EQ(maps[0], maps[1]);
}

TEST(DecimalComma, OfTheProcessChangesNothingThatTheLibraryReads) {
  const Workshop shop;
  const LocaleScope scope;
  make_raster(shop / "scene.tif");
  const auto facts = [&] {
    const auto geo = make_gdal_geo_io();
    const auto scene = geo->open_raster(shop / "scene.tif", {});
    const auto& georeference = scene->info().georeference;
    return std::pair(georeference.geotransform, georeference.crs_wkt);
  };
  const auto before = facts();
  if (locale_with_comma(shop).empty())
    GTEST_SKIP() << "no locale with a decimal comma can be had; package locales";
  EXPECT_EQ(facts(), before);
}

TEST(ReadOnlyInputs, GetNoFilesBesideThem) {
  const Workshop shop;
  std::filesystem::create_directory(shop / "in");
  Made made;
  made.type = "UInt16";  // values are stretched by percentiles, for which GDAL would write statistics
  made.value = [](int band, int col, int row) { return 1000 + 300 * band + 20 * col + 10 * row; };
  make_raster(shop / "in/scene.tif", made);
  make_polygons(shop / "in/labels.gpkg", "EPSG:32633", {{1, {500001, 4999996, 500004, 4999999}}});
  expect_success(shop.segment({shop / "in/scene.tif", shop / "map.tif", "--vector", shop / "map.gpkg",
                               "--picture", shop / "map.png"}));
  std::filesystem::copy_file(shop / "map.tif", shop / "in/map.tif");
  std::filesystem::copy_file(shop / "map.tif.aux.xml", shop / "in/map.tif.aux.xml");
  std::vector<std::string> before;
  for (const auto& entry : std::filesystem::directory_iterator(shop / "in")) {
    before.push_back(entry.path().filename());
    ::chmod(entry.path().c_str(), 0444);
  }
  ::chmod((shop / "in").c_str(), 0555);
  expect_success(shop.run({"info", shop / "in/scene.tif"}));
  expect_success(
      shop.segment({shop / "in/scene.tif", shop / "again.tif", "--area", shop / "in/labels.gpkg"}));
  expect_success(shop.run({"vectorize", shop / "in/map.tif", shop / "v.gpkg"}));
  expect_success(shop.run(
      {"evaluate", "--labels", shop / "in/labels.gpkg", "--output", shop / "r.json", shop / "in/map.tif"}));
  ::chmod((shop / "in").c_str(), 0755);
  std::vector<std::string> after;
  for (const auto& entry : std::filesystem::directory_iterator(shop / "in"))
    after.push_back(entry.path().filename());
  EXPECT_THAT(after, testing::UnorderedElementsAreArray(before));
}

TEST(TwoRuns, OnTheSameOutputLeaveOneWholeSetOfFiles) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  // Without a journal, whose lock would refuse the later of two runs that overlap.
  std::vector<std::string> words = {"segment",   "--model", shop / "model", "--device",   "cpu",
                                    "--threads", "1",       "--overwrite",  "--progress", "none",
                                    "--journal", "0"};
  words.insert(words.end(), {"--vector", shop / "map.gpkg", shop / "scene.tif", shop / "map.tif"});
  std::vector<std::string> other = words;
  other.insert(other.begin() + 1, {"--min-area", "1"});
  ChildProgram first(ORTHOCOVER_PROGRAM, words);
  ChildProgram second(ORTHOCOVER_PROGRAM, other);
  for (ChildProgram* run : {&first, &second}) {
    const Outcome outcome = run->finish();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  }
  EXPECT_THAT(shop.names(), ElementsAre("map.gpkg", "map.qml", "map.tif", "map.tif.aux.xml",
                                        "map.tif.run.json", "model", "scene.tif"));
  // All files are of the same run: what the record says is what lies there.
  expect_success(shop.run({"segment", "--config", shop / "map.tif.run.json", "--resume", "--overwrite"}));
}

TEST(TwoRuns, WithoutOverwriteDoNotReplaceEachOthersMap) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  const std::vector<std::string> words = {"segment",   "--model", shop / "model",     "--device",      "cpu",
                                          "--threads", "1",       shop / "scene.tif", shop / "map.tif"};
  ChildProgram first(ORTHOCOVER_PROGRAM, words);
  ChildProgram second(ORTHOCOVER_PROGRAM, words);
  const Outcome a = first.finish();
  const Outcome b = second.finish();
  EXPECT_EQ(std::min(a.exit_code, b.exit_code), 0) << a.errors << b.errors;
  // The later run finds the journal of the earlier one locked, or its map there.
  const Outcome& refused = a.exit_code != 0 ? a : b;
  EXPECT_THAT(refused.exit_code, testing::AnyOf(2, 5)) << refused.errors;
  EXPECT_THAT(
      refused.errors,
      testing::HasSubstr(refused.exit_code == 5 ? "map.tif.part: another run is writing it"
                                                : "map.tif: exists already; add --overwrite to replace it"));
  EXPECT_THAT(shop.names(),
              ElementsAre("map.qml", "map.tif", "map.tif.aux.xml", "map.tif.run.json", "model", "scene.tif"));
}

}  // namespace
}  // namespace orthocover::test
