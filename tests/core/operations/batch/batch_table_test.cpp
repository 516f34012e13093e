#include "core/operations/batch/batch_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "tests/core/operations/expect_error.h"
#include "tests/core/operations/test_folder.h"

namespace orthocover::operations {
namespace {

using test::expect_error;
using test::TestFolder;
using testing::HasSubstr;
using testing::StartsWith;

SceneRow done(const std::string& scene, std::vector<std::uint64_t> pixels) {
  std::vector<double> area_m2;
  for (const std::uint64_t count : pixels) area_m2.push_back(0.01 * static_cast<double>(count));
  return {scene, "maps/" + scene, SceneStatus::Done, "", 61.4, std::move(pixels), std::move(area_m2)};
}

SceneRow failed(const std::string& scene, const std::string& reason) {
  return {scene, "maps/" + scene, SceneStatus::Failed, reason, 0.2, {}, {}};
}

std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(BatchTable, AlignsFilesStatusTimeAndAreas) {
  SceneRow skipped = done("y/b.tif", {500000, 0});
  skipped.status = SceneStatus::Skipped;
  skipped.seconds = 0;
  EXPECT_EQ(batch_table({done("x/a.tif", {2000000, 100}), skipped, failed("c.tif", "is no raster")},
                        {"grass", "roof"}, 62),
            "file   status         time  grass  roof\n"
            "a.tif  done     1 min 01 s   2.00  0.00\n"
            "b.tif  skipped       0.0 s   0.50  0.00\n"
            "c.tif  failed        0.2 s  is no raster\n"
            "total           1 min 02 s   2.50  0.00\n"
            "3 scenes in 1 min 02 s: 1 done, 1 skipped, 1 failed; areas in hectares\n");
}

TEST(BatchTable, TellsSmallAreasInSquareMetres) {
  const std::string table = batch_table({done("a.tif", {1234, 70000})}, {"grass", "roof"}, 1);
  EXPECT_THAT(table, HasSubstr("   12.3  700.0\n"));
  EXPECT_THAT(table, HasSubstr("areas in square metres"));
}

TEST(BatchTable, FitsAHundredColumnsWithSixClassesAndLongNames) {
  std::vector<std::string> classes = {
      "low vegetation", "trees and bushes",   "bare soil and sand", "Dächer-und-Gebäude",
      "water",          "impervious surfaces"};
  const std::string name = "flight_2026-05-13_block_17_orthomosaic_with_a_very_long_name_östlich.tif";
  SceneRow large = done(name, {123456789012, 5, 98765432109, 1, 4, 7});
  large.seconds = 623;
  const std::string table = batch_table({large, failed(name, std::string(200, 'x'))}, classes, 700);
  std::size_t longest = 0;
  for (const std::string& line : split(table, '\n')) longest = std::max(longest, columns(line));
  EXPECT_LE(longest, 100U);
  EXPECT_GE(longest, 95U) << "the room is used";
  EXPECT_THAT(table, HasSubstr("\nflight_2026-0…e_östlich.tif  done "));
  EXPECT_THAT(table, HasSubstr("  Dächer…"));
}

TEST(BatchTable, ShowsNoAreasWhereTheGroundSizeIsUnknown) {
  SceneRow frame = done("frame.jpg", {7, 8});
  frame.area_m2.clear();
  EXPECT_EQ(batch_table({frame}, {"grass", "roof"}, 1),
            "file       status        time  grass  roof\n"
            "frame.jpg  done    1 min 01 s      -     -\n"
            "1 scene in 1.0 s: 1 done, 0 skipped, 0 failed\n");
}

TEST(BatchTable, TellsScenesWithoutAValidPixel) {
  SceneRow empty = failed("rim.tif", "has no valid pixel");
  empty.status = SceneStatus::Empty;
  const std::string table = batch_table({empty}, {"grass", "roof"}, 1);
  EXPECT_THAT(table, HasSubstr("\nrim.tif  empty "));
  EXPECT_THAT(table, HasSubstr("s  has no valid pixel\n"));
  EXPECT_THAT(table, HasSubstr(": 0 done, 0 skipped, 0 failed, 1 empty\n"));
}

TEST(BatchTable, KeepsReasonsOnOneLineOfBoundedLength) {
  const std::string table =
      batch_table({failed("a.tif", std::string(80, 'a') + "\n" + std::string(80, 'b'))}, {"grass"}, 1);
  const std::vector<std::string> lines = split(table, '\n');
  ASSERT_EQ(lines.size(), 4U) << "heading, scene, closing line, and what follows the last break";
  EXPECT_EQ(columns(lines[1]), 100U);
  EXPECT_THAT(lines[1], HasSubstr("aaa…bbb"));
}

TEST(Shorten, CutsTheMiddleOutAndKeepsCharactersWhole) {
  EXPECT_EQ(shorten("short", 5), "short");
  EXPECT_EQ(shorten("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(shorten("äöüäöüäöü", 4), "äö…ü");
  EXPECT_EQ(shorten("abc", 2), "ab");
}

TEST(BatchCsv, HasOneLineForEveryScene) {
  SceneRow frame = done("frame.jpg", {7, 8});
  frame.area_m2.clear();
  EXPECT_EQ(
      batch_csv({done("a.tif", {100, 250}), frame, failed("b, c.tif", "is \"no\" raster")},
                {"grass", "roof, flat"}),
      "scene,map,status,reason,seconds,pixels grass,area_m2 grass,\"pixels roof, flat\",\"area_m2 roof, "
      "flat\"\n"
      "a.tif,maps/a.tif,done,,61.40,100,1.0000,250,2.5000\n"
      "frame.jpg,maps/frame.jpg,done,,61.40,7,,8,\n"
      "\"b, c.tif\",\"maps/b, c.tif\",failed,\"is \"\"no\"\" raster\",0.20,,,,\n");
  EXPECT_THAT(batch_csv({}, {}), StartsWith("scene,map,status,reason,seconds"));
}

TEST(BatchCsv, ReplacesTheSummaryOfAnEarlierBatch) {
  const TestFolder folder;
  for (const std::string& csv : {batch_csv({}, {"grass"}), batch_csv({}, {"roof"})}) {
    check_batch_csv(folder / "batch.csv", false);
    write_file_atomically(folder / "batch.csv", csv);
    EXPECT_EQ(folder.read("batch.csv"), csv);
  }
}

TEST(BatchCsv, LeavesOtherFilesAlone) {
  const TestFolder folder;
  const std::string file = folder.write("batch.csv", "date,pilot\n");
  expect_error(
      ErrorKind::Usage,
      file +
          ": exists already and is no summary of a batch; choose another place with --summary, or add "
          "--overwrite to replace it",
      [&] { check_batch_csv(file, false); });
  EXPECT_NO_THROW(check_batch_csv(file, true));
}

TEST(BatchCsv, IsOfABatchThatHasAllItsScenes) {
  const TestFolder folder;
  const std::vector<SceneFiles> scenes = {{"a.tif", {}}, {"b, c.tif", {}}, {"d.tif", {}}, {"e\n\"f.tif", {}}};
  const auto table_with = [&](const std::string& scene) {
    return folder.write("b.csv", batch_csv({done("b, c.tif", {}), done(scene, {})}, {}));
  };
  const auto is_of_batch = [&](const std::string& scene) {
    return is_batch_csv_of(table_with(scene), scenes);
  };
  EXPECT_TRUE(is_of_batch("d.tif"));
  EXPECT_TRUE(is_of_batch("e\n\"f.tif"));
  for (const char* other : {"0.tif", "a.ti", "a.tiff", "e.tif", "e\nf.tif"})
    EXPECT_FALSE(is_of_batch(other)) << other;
  EXPECT_FALSE(is_batch_csv_of(folder.write("b.csv", "notes\n"), scenes));

  class Warned final : public RunContext {
   public:
    void log(LogLevel /*level*/, std::string_view message) override { told += message; }
    std::string told;
  } run;
  remove_batch_csv(table_with("d.tif"), scenes, run);
  EXPECT_TRUE(write_batch_csv(table_with("d.tif"), "", scenes, run));
  EXPECT_EQ(run.told, "");
  EXPECT_TRUE(write_batch_csv(table_with("e.tif"), "", scenes, run));
  EXPECT_THAT(run.told, HasSubstr("b.csv: replaces the table of a batch of other scenes, too"));
}

TEST(BatchCsv, NeedsItsFolder) {
  const TestFolder folder;
  expect_error(ErrorKind::Resource,
               folder / "no/batch.csv: the folder " + (folder / "no") + " does not exist; create it first",
               [&] { check_batch_csv(folder / "no/batch.csv", false); });
}

}  // namespace
}  // namespace orthocover::operations
