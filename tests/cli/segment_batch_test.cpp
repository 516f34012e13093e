#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <thread>

#include "core/base/text.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Words = std::vector<std::string>;

/// A folder with a few scenes.
class SegmentBatch : public testing::Test {
 protected:
  /// @param side in pixels; large ones take long enough to be interrupted
  void make_scene(const std::string& name, int side = 48, int seed = 0) const {
    fs::remove(shop / name);
    Made made;
    made.cols = made.rows = side;
    made.value = [seed](int band, int col, int row) {
      return 1 + (band * 50 + 7 * col + 3 * row + 31 * seed + col * row / 50) % 200;
    };
    make_raster(shop / name, made);
  }

  Words words(const Words& more) const {
    Words all = {"segment", "--model", shop / "model", "--device", "cpu", "--threads", "2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome run(const Words& more) const { return shop.run(words(more)); }

  std::vector<std::string> names_in(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(shop / folder))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  /// Waits until a file in the folder begins like this; false after two minutes without it.
  bool wait_for_name(const std::string& folder, const std::string& head) const {
    for (int i = 0; i < 12000; ++i) {
      if (fs::exists(shop / folder) && std::ranges::any_of(names_in(folder), [&](const std::string& name) {
            return name.starts_with(head);
          })) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  /// Of a scene in the summary, behind the seconds.
  std::string areas_in_summary(const std::string& scene) const {
    std::istringstream lines(bytes_of_file(shop / "maps/batch.csv"));
    for (std::string line; std::getline(lines, line);) {
      const std::vector<std::string> cells = split(line, ',');
      if (cells.front() == shop / scene) return join(std::span(cells).subspan(5));
    }
    return "not in the summary";
  }

  /// The status of a scene in the table.
  static std::string status(const Outcome& outcome, const std::string& scene) {
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream cells(line);
      std::string name, status;
      cells >> name >> status;
      if (name == scene) return status;
    }
    return "not in the table: " + outcome.output + outcome.errors;
  }

  Workshop shop;
};

TEST_F(SegmentBatch, GoesOnAfterABrokenFileTellsInATableAndExitsWithOne) {
  make_scene("a.tif");
  make_scene("b.tif");
  write_bytes(shop / "broken.tif", "II*");
  const Outcome outcome = run({"--vector", "shp", "--picture", "png", "--confidence", shop / "sure/",
                               shop / "a.tif", shop / "broken.tif", shop / "b.tif", shop / "maps"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("warning: " + shop / "broken.tif" + ": "));
  EXPECT_THAT(outcome.errors, HasSubstr("1 of 3 scenes failed\n"));
  EXPECT_THAT(outcome.output, StartsWith("file        status   time  grass  roof\n"));
  EXPECT_THAT(outcome.output, ContainsRegex("\na\\.tif       done +[0-9.]+ s +[0-9.]+ +[0-9.]+\n"));
  EXPECT_THAT(outcome.output, ContainsRegex("\nbroken\\.tif  failed +[0-9.]+ s  [a-z]"));
  EXPECT_THAT(outcome.output, HasSubstr(": 2 done, 0 skipped, 1 failed; areas in square metres\n"));
  EXPECT_THAT(names_in("maps"),
              testing::IsSupersetOf({"a.dbf", "a.png", "a.prj", "a.qml", "a.shp", "a.shx", "a.tif",
                                     "a.tif.aux.xml", "a.tif.run.json", "b.shp", "b.tif", "batch.csv"}));
  EXPECT_THAT(names_in("maps"),
              testing::Each(testing::AnyOf(StartsWith("a."), StartsWith("b."), "batch.csv")));
  EXPECT_THAT(names_in("sure"), testing::ElementsAre("a.confidence.tif", "b.confidence.tif"));
  EXPECT_THAT(bytes_of_file(shop / "maps/a.qml"), HasSubstr("renderer-v2")) << "the Shapefile's style";
  const std::string csv = bytes_of_file(shop / "maps/batch.csv");
  EXPECT_THAT(csv, StartsWith("scene,map,status,reason,seconds,pixels grass,area_m2 grass,pixels roof,"));
  EXPECT_THAT(csv, HasSubstr(shop / "broken.tif" + "," + shop / "maps/broken.tif" + ",failed,"));
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "maps/a.tif.run.json"));
  const auto grass = record.at("orthocover").at("pixels_per_class").at("grass").get<int>();
  EXPECT_THAT(csv, ContainsRegex("a\\.tif,done,,[0-9.]+," + std::to_string(grass) + ","));
}

TEST_F(SegmentBatch, MakesNoMapOfASceneWithoutAValidPixelAndGoesOn) {
  make_scene("a.tif");
  Made rim;
  rim.mask = [](int, int) { return false; };
  make_raster(shop / "rim.tif", rim);
  const Outcome outcome = run({shop / "a.tif", shop / "rim.tif", shop / "maps"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, ContainsRegex("\nrim\\.tif  empty +[0-9.]+ s  has no valid pixel"));
  EXPECT_THAT(bytes_of_file(shop / "maps/batch.csv"), HasSubstr("rim.tif,empty,has no valid pixel,"));
  EXPECT_THAT(names_in("maps"), testing::Not(testing::Contains(StartsWith("rim"))));
  // No journal stays that would stand in the way of the next run.
  for (int time = 0; time < 2; ++time)
    shop.expect_refusal(
        {"segment", "--model", shop / "model", "--journal", "0.001", shop / "rim.tif", shop / "rim_map.tif"},
        3, {"rim.tif: has no valid pixel"});
}

TEST_F(SegmentBatch, SkipsWhatIsDoneAndDoesAgainWhatChanged) {
  make_scene("a.tif");
  make_scene("b.tif");
  write_bytes(shop / "c.tif", "II*");
  const Words command = {"--resume",     "--vector",     "geojson",     shop / "a.tif",
                         shop / "b.tif", shop / "c.tif", shop / "maps/"};
  ASSERT_EQ(run(command).exit_code, 1);
  const std::string before = bytes_of_file(shop / "maps/a.tif.run.json");
  const std::string areas = areas_in_summary("a.tif");
  EXPECT_EQ(areas.find("not"), std::string::npos);

  make_scene("c.tif");
  make_scene("b.tif", 48, 1);
  Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(status(outcome, "a.tif"), "skipped");
  EXPECT_EQ(status(outcome, "b.tif"), "done");
  EXPECT_EQ(status(outcome, "c.tif"), "done");
  EXPECT_THAT(outcome.errors, HasSubstr("b.tif: is mapped again: the scene changed"));
  EXPECT_EQ(bytes_of_file(shop / "maps/a.tif.run.json"), before);
  EXPECT_EQ(areas_in_summary("a.tif"), areas) << "of what is skipped too";

  fs::remove(shop / "maps/a.geojson");
  const std::string record_of_b = bytes_of_file(shop / "maps/b.tif.run.json");
  write_bytes(shop / "maps/b.tif.run.json", "{");
  outcome = run(command);
  EXPECT_EQ(status(outcome, "a.tif"), "done");
  EXPECT_EQ(status(outcome, "b.tif"), "failed") << "it may be somebody else's";
  write_bytes(shop / "maps/b.tif.run.json", record_of_b);
  EXPECT_EQ(status(outcome, "c.tif"), "skipped");
  EXPECT_THAT(outcome.errors, HasSubstr("warning: " + shop / "maps/b.tif.run.json" + ": can't be read"));

  auto record = nlohmann::json::parse(bytes_of_file(shop / "maps/a.tif.run.json"));
  record["orthocover"]["resume"]["complete"] = false;
  write_bytes(shop / "maps/a.tif.run.json", record.dump());
  outcome = run(command);
  EXPECT_EQ(status(outcome, "a.tif"), "done");
  EXPECT_EQ(status(outcome, "b.tif"), "skipped");
  EXPECT_THAT(outcome.errors, HasSubstr("a.tif: is mapped again: it was interrupted"));
  record["orthocover"]["pixels_per_class"] = nullptr;
  write_bytes(shop / "maps/a.tif.run.json", record.dump());
  EXPECT_THAT(run(command).errors, HasSubstr("a.tif.run.json: can't be read as a run record"));

  Words other = command;
  other.insert(other.begin(), {"--overlap", "0"});
  outcome = run(other);
  EXPECT_THAT(outcome.errors, HasSubstr("c.tif: is mapped again: the options changed"));
  EXPECT_THAT(outcome.output, HasSubstr(": 3 done, 0 skipped, 0 failed"));

  Words fewer = command;
  fewer.insert(fewer.begin(), {"--overlap", "0", "--fusion", "model", "--memory", "3GiB", "--jobs", "2",
                               "--device", "auto"});
  EXPECT_THAT(run(fewer).output, HasSubstr(": 0 done, 3 skipped, 0 failed")) << "not what maps depend on";

  outcome = run({"--config", shop / "maps/a.tif.run.json"});
  EXPECT_THAT(outcome.errors, HasSubstr("a.tif: is done and unchanged")) << "the record is of one scene";
}

TEST_F(SegmentBatch, ResumingSeesMosaics) {
  make_scene("tile.tif");
  const auto make_mosaic = [&](const std::string& name, const std::string& of) {
    std::string xml = "<VRTDataset rasterXSize=\"48\" rasterYSize=\"48\">";
    for (int band = 1; band <= 3; ++band)
      xml += fmt::format(
          R"(<VRTRasterBand dataType="Byte"><SimpleSource><SourceFilename relativeToVRT="1">{}</SourceFilename>
<SourceBand>{}</SourceBand></SimpleSource></VRTRasterBand>)",
          of, band);
    write_bytes(shop / name, xml + "</VRTDataset>");
  };
  make_mosaic("part.vrt", "tile.tif");
  make_mosaic("all.vrt", "part.vrt");
  const Words command = {"--resume", shop / "all.vrt", shop / "map.tif"};
  run(command);
  make_scene("tile.tif", 48, 1);
  EXPECT_THAT(run(command).errors, HasSubstr("is mapped again: the scene changed"));
}

TEST_F(SegmentBatch, KeepsItsTableWhenItIsRepeatedWithoutAWord) {
  make_scene("a.tif");
  make_scene("b.tif");
  ASSERT_EQ(run({shop / "a.tif", shop / "b.tif", shop / "maps"}).exit_code, 0);
  const std::string table = bytes_of_file(shop / "maps/batch.csv");
  shop.expect_refusal(words({shop / "a.tif", shop / "b.tif", shop / "maps"}), 2,
                      {"maps/a.tif: exists already, as 2 of the 2 maps do", "--resume", "--overwrite"});
  EXPECT_EQ(bytes_of_file(shop / "maps/batch.csv"), table);
}

TEST_F(SegmentBatch, ReplacesNothingThatIsNotItsOwn) {
  make_scene("a.tif");
  make_scene("b.tif");
  fs::create_directory(shop / "maps");
  write_bytes(shop / "maps/a.tif", "not ours");
  const Words command = {"--resume", shop / "a.tif", shop / "b.tif", shop / "maps"};
  Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(status(outcome, "a.tif"), "failed");
  EXPECT_THAT(outcome.errors, HasSubstr("maps/a.tif: exists already; add --overwrite to replace it"));
  EXPECT_EQ(bytes_of_file(shop / "maps/a.tif"), "not ours");
  outcome = run({"--overwrite", "--resume", shop / "a.tif", shop / "b.tif", shop / "maps"});
  EXPECT_EQ(status(outcome, "a.tif"), "done");
  EXPECT_EQ(status(outcome, "b.tif"), "skipped");
}

TEST_F(SegmentBatch, GoesOnWhereItWasKilled) {
  make_scene("a.tif");
  make_scene("b.tif", 300);
  make_scene("c.tif");
  const Words command = {"--resume",     "--vector",     "gpkg",        shop / "a.tif",
                         shop / "b.tif", shop / "c.tif", shop / "maps/"};
  {
    ChildProgram program(ORTHOCOVER_PROGRAM, words(command));
    ASSERT_TRUE(wait_for_name("maps", ".b."));
    program.send(SIGKILL);
    ASSERT_EQ(program.finish().exit_code, 128 + SIGKILL);
  }
  ASSERT_TRUE(fs::exists(shop / "maps/a.tif"));
  ASSERT_FALSE(fs::exists(shop / "maps/b.tif"));
  ASSERT_THAT(names_in("maps"), testing::Contains(StartsWith(".b."))) << "what the kill left behind";
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(status(outcome, "a.tif"), "skipped");
  EXPECT_EQ(status(outcome, "b.tif"), "done");
  EXPECT_EQ(status(outcome, "c.tif"), "done");
  EXPECT_THAT(names_in("maps"), Not(testing::Contains(StartsWith("."))));
  Words whole = command;
  whole.back() = shop / "whole/";
  ASSERT_EQ(run(whole).exit_code, 0);
  for (const char* name : {"a.tif", "b.tif", "c.tif"})
    EXPECT_TRUE(bytes_of_file(shop / "maps/" + name) == bytes_of_file(shop / "whole/" + name)) << name;
}

TEST_F(SegmentBatch, GivesTheSameMapsForEveryNumberOfJobs) {
  Words inputs;
  for (int i = 0; i < 3; ++i) {
    inputs.push_back(shop / ("scene" + std::to_string(i) + ".tif"));
    make_scene("scene" + std::to_string(i) + ".tif", 90 + 40 * i, i);
  }
  for (const char* jobs : {"1", "2", "3"}) {
    Words command = {"--jobs", jobs, "--threads", "3", "--confidence", "tif", "--levels", "1,2"};
    command.insert(command.end(), inputs.begin(), inputs.end());
    command.push_back(shop / std::string("maps") + jobs + "/");
    const Outcome outcome = run(command);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  }
  for (const std::string& name : names_in("maps1")) {
    if (!name.ends_with(".tif")) continue;
    EXPECT_TRUE(bytes_of_file(shop / "maps1/" + name) == bytes_of_file(shop / "maps2/" + name)) << name;
    EXPECT_TRUE(bytes_of_file(shop / "maps1/" + name) == bytes_of_file(shop / "maps3/" + name)) << name;
  }
  EXPECT_EQ(names_in("maps1"), names_in("maps2"));
}

TEST_F(SegmentBatch, LeavesWholeMapsOnlyWhenStoppedWithSeveralJobs) {
  make_scene("a.tif");
  for (const char* name : {"b.tif", "c.tif", "d.tif"}) make_scene(name, 4000);
  Words all = words({"--jobs", "2", "--vector", "shp", shop / "a.tif", shop / "b.tif", shop / "c.tif",
                     shop / "d.tif", shop / "maps/", "--progress", "json"});
  ChildProgram program(ORTHOCOVER_PROGRAM, all);
  ASSERT_TRUE(program.wait_for_error("1 of 4, " + shop / "b.tif" + ", " + shop / "c.tif"));
  program.send(SIGINT);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.errors, HasSubstr("cancelled; 1 of 4 scenes are finished"));
  for (const std::string& name : names_in("maps")) EXPECT_THAT(name, StartsWith("a.")) << name;
}

TEST_F(SegmentBatch, TakesAFolderForOneSceneToo) {
  make_scene("a.tif");
  Outcome outcome = run({"--vector", "fgb", shop / "a.tif", shop / "new/maps/"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(fs::exists(shop / "new/maps/a.fgb"));
  EXPECT_FALSE(fs::exists(shop / "new/maps/batch.csv"));
  outcome =
      run({"--vector", "fgb", "--resume", "--summary", shop / "a.csv", shop / "a.tif", shop / "new/maps"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("a.tif: is done and unchanged; skipped"));
  EXPECT_THAT(bytes_of_file(shop / "a.csv"), HasSubstr(",skipped,,"));
}

TEST_F(SegmentBatch, RefusesWhatCanNotBeBeforeTheFirstScene) {
  make_scene("a.tif");
  make_scene("a.tiff");
  shop.expect_refusal(words({shop / "a.tif", shop / "a.tif", shop / "maps/"}), 2,
                      {"a.tif", "is given twice"});
  shop.expect_refusal(words({shop / "a.tif", shop / "a.tiff", shop / "maps/"}), 2,
                      {"maps/a.tif", shop / "a.tif", shop / "a.tiff"});
  shop.expect_refusal(words({shop / "a.tif", shop / "b.tif", shop / "map.tif"}), 2,
                      {"OUTPUT", "map.tif", "looks like a file", "folder"});
  shop.expect_refusal(words({"--vector", shop / "x.shp", shop / "a.tif", shop / "b.tif", shop / "maps/"}), 2,
                      {"--vector", "x.shp", "folder", "shp"});
  shop.expect_refusal(words({shop / "a.tif", shop / "b.tif", "/proc/maps/"}), 5,
                      {"/proc/maps", "can't be created"});
  write_bytes(shop / "list.csv", "mine");
  shop.expect_refusal(words({"--summary", shop / "list.csv", shop / "a.tif", shop / "b.tif", shop / "maps/"}),
                      2, {"list.csv", "no summary", "--summary", "--overwrite"});
  shop.expect_refusal(words({"--model", shop / "no-model", shop / "a.tif", shop / "b.tif", shop / "maps/"}),
                      4, {"no-model"});
}

TEST_F(SegmentBatch, SaysInADryRunWhatIsToDoAndMakesNoFolder) {
  make_scene("a.tif");
  make_scene("b.tif");
  const Outcome outcome = run({"--dry-run", shop / "a.tif", shop / "b.tif", shop / "maps/"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, testing::AllOf(HasSubstr("a.tif: 48 x 48 px"), HasSubstr("b.tif: 48 x 48 px")));
  EXPECT_FALSE(fs::exists(shop / "maps"));
}

}  // namespace
}  // namespace orthocover::test
