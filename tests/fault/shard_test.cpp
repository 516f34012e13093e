#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fault/cut_scene.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Words = std::vector<std::string>;

std::string part(const std::string& map, int index, int count) {
  return map + ".shard-" + std::to_string(index) + "-of-" + std::to_string(count);
}

void make_shards(const CutScene& scene, const std::string& map, int count) {
  for (int i = 1; i <= count; ++i) {
    const std::string shard = std::to_string(i) + "/" + std::to_string(count);
    const Outcome outcome =
        scene.run("segment", map, {"--shard", shard, "--summary", scene.shop / "areas.csv"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    ASSERT_TRUE(scene.has(part(map, i, count)));
    ASSERT_FALSE(scene.has(map)) << "a shard is no map";
    ASSERT_FALSE(scene.has("areas.csv")) << "nor has it the areas of one";
  }
}

TEST(Shards, MergedAreTheMapOfOneMachine) {
  const CutScene scene;
  for (const char* format : {"GTiff", "COG"}) {
    const Words outputs = {"--format", format, "--vector", "geojson"};
    const std::string whole = std::string("whole") + format;
    ASSERT_EQ(scene.run("segment", whole + ".tif", outputs).exit_code, 0);
    for (const int count : format == std::string("COG") ? std::vector{3} : std::vector{1, 8}) {
      const std::string map = "map" + std::to_string(count) + format;
      make_shards(scene, map + ".tif", count);
      Words merge = outputs;
      merge.emplace_back("--remove-parts");
      const Outcome outcome = scene.run("merge", map + ".tif", merge);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
      for (const char* end : {".tif", ".confidence.tif", ".geojson"})
        EXPECT_TRUE(scene.bytes(whole + end) == scene.bytes(map + end)) << map << end;
      EXPECT_FALSE(scene.has(part(map + ".tif", 1, count)));
      merge.insert(merge.end(), {"--picture", "png"});
      EXPECT_THAT(scene.run("merge", map + ".tif", merge).errors,
                  HasSubstr(map + ".tif: is not as wanted, and has no parts"));
    }
  }
  EXPECT_THAT(scene.hidden(), testing::IsEmpty());
}

TEST(Shards, MissingForeignAndDoubleOnesAreRefusedByName) {
  const CutScene scene;
  const auto refused = [&](const Words& more, const auto& matcher) {
    const Outcome outcome = scene.run("merge", "map.tif", more);
    EXPECT_TRUE(outcome.exit_code == 2 || outcome.exit_code == 3) << outcome.errors;
    EXPECT_THAT(outcome.errors, matcher);
    EXPECT_FALSE(scene.has("map.tif"));
  };
  refused({}, AllOf(HasSubstr("map.tif: is not there, nor are parts"), HasSubstr("orthocover segment")));
  make_shards(scene, "map.tif", 3);
  const std::string second = scene.shop / part("map.tif", 2, 3);
  fs::rename(second, second + ".away");
  refused({}, AllOf(HasSubstr(second + ": is missing"), HasSubstr("orthocover segment"),
                    HasSubstr("--shard 2/3")));
  fs::copy(scene.shop / part("map.tif", 1, 3), second);
  refused({}, AllOf(HasSubstr("-1-of-3 and "), HasSubstr("are both shard 1/3")));
  fs::remove(second);
  const std::string bytes = bytes_of_file(second + ".away");
  std::string damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  for (const std::string& spoiled : {bytes.substr(0, bytes.size() - 1), damaged}) {
    write_bytes(second, spoiled);
    refused({}, HasSubstr(second + ": is damaged or cut off"));
    EXPECT_EQ(scene.run("merge", "map.tif").exit_code, 3);
  }
  write_bytes(second, bytes);
  refused({"--overlap", "0.4"}, AllOf(HasSubstr("-1-of-3: is no part of this map"),
                                      HasSubstr("--overlap was not given and is 0.4")));
  refused({"--probabilities", "tif"}, HasSubstr("--probabilities was not given"));
  write_bytes(scene.shop / part("map.tif", 1, 2), bytes);
  refused({}, HasSubstr("are of different divisions of the map"));
  fs::remove(scene.shop / part("map.tif", 1, 2));
  EXPECT_EQ(scene.run("merge", "map.tif").exit_code, 0);
  EXPECT_THAT(scene.run("merge", "map.tif").errors, HasSubstr("is done and unchanged; skipped"));
}

TEST(Shards, OneThatWasKilledGoesOnAlone) {
  const CutScene scene(2000, 2000);
  ASSERT_EQ(scene.run("segment", "whole.tif").exit_code, 0);
  const Words second = {"--shard", "2/2", "--journal", "0.001", "--resume"};
  {
    ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", "map.tif", second));
    ASSERT_TRUE(scene.wait_for_blocks(part("map.tif", 2, 2) + ".part", 1));
    program.send(SIGKILL);
    ASSERT_EQ(program.finish().exit_code, 128 + SIGKILL);
  }
  ASSERT_FALSE(scene.has(part("map.tif", 2, 2)));
  const Outcome again = scene.run("segment", "map.tif", second);
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("goes on from"));
  EXPECT_THAT(scene.run("segment", "map.tif", second).errors, HasSubstr("is done and unchanged; skipped"));
  ASSERT_EQ(scene.run("segment", "map.tif", {"--shard", "1/2"}).exit_code, 0);
  ASSERT_EQ(scene.run("merge", "map.tif").exit_code, 0);
  EXPECT_TRUE(scene.bytes("map.tif") == scene.bytes("whole.tif"));
}

TEST(Shards, OfABatchAreWholeScenes) {
  const CutScene scene(200, 200);
  for (const char* name : {"a.tif", "b.tif", "c.tif"}) fs::copy(scene.shop / "scene.tif", scene.shop / name);
  const Words inputs = {scene.shop / "a.tif", scene.shop / "b.tif", scene.shop / "c.tif"};
  const auto run = [&](const std::string& operation, const Words& more, const std::string& folder) {
    Words all = {operation, "--model", scene.shop / "model", "--device", "cpu", "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), inputs.begin(), inputs.end());
    all.push_back(scene.shop / folder);
    return scene.shop.run(all);
  };
  const Words layered = {"--merge-across", scene.shop / "all.geojson", "--min-area", "1", "--picture", "png"};
  ASSERT_EQ(run("segment", layered, "whole/").exit_code, 0);
  const auto record = nlohmann::json::parse(scene.bytes("whole/a.tif.run.json"));
  EXPECT_EQ(record.at("min_area"), 0) << "of the layer over all";
  EXPECT_EQ(record.at("picture"), "png") << "fits other scenes, too";
  for (const char* shard : {"1/2", "2/2"})
    ASSERT_EQ(run("segment", {"--shard", shard}, "maps/").exit_code, 0);
  // Options of the merged layer are none of the maps.
  const Words layer = {"--merge-across", scene.shop / "merged.geojson", "--min-area", "1"};
  Words planned = layer;
  planned.insert(planned.end(), {"--shards", "2"});
  const auto plan = nlohmann::json::parse(run("plan", planned, "maps/").output);
  EXPECT_THAT(plan.at("parts")[0].at("command").get<std::string>(), testing::Not(HasSubstr("--min-area")));
  EXPECT_THAT(plan.at("merge").get<std::string>(), HasSubstr("--min-area"));
  const Outcome merged = run("merge", layer, "maps/");
  EXPECT_EQ(merged.exit_code, 0) << merged.errors;
  EXPECT_THAT(merged.output, HasSubstr(": 0 done, 3 skipped, 0 failed"));
  for (const char* name : {"a.tif", "b.tif", "c.tif"})
    EXPECT_TRUE(scene.bytes(std::string("maps/") + name) == scene.bytes(std::string("whole/") + name))
        << name;
  EXPECT_TRUE(scene.has("maps/batch.shard-2-of-2.csv"));
  write_bytes(scene.shop / "maps/batch.shard-1-of-9.csv", "scene,map,status,reason,seconds\nz.tif,,,,\n");
  EXPECT_EQ(run("merge", {"--remove-parts"}, "maps/").exit_code, 0);
  EXPECT_TRUE(scene.has("maps/batch.shard-1-of-9.csv")) << "of another batch";
  EXPECT_FALSE(scene.has("maps/batch.shard-2-of-2.csv"));
  EXPECT_TRUE(scene.has("maps/batch.csv"));
}

TEST(Shards, ArePlannedAsJson) {
  const CutScene scene;
  const Outcome outcome =
      scene.run("plan", "map.tif",
                {"--shards", "3", "--gdal", "GDAL_CACHEMAX=64", "--gdal", "AWS_SECRET_ACCESS_KEY=hush"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto plan = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(plan.at("parts").size(), 3U);
  std::int64_t blocks = 0;
  double shares = 0;
  for (const auto& part : plan.at("parts")) {
    blocks += part.at("blocks").get<std::int64_t>();
    shares += part.at("share").get<double>();
    EXPECT_THAT(part.at("command").get<std::string>(),
                HasSubstr("--shard " + part.at("shard").get<std::string>()));
  }
  EXPECT_EQ(blocks, plan.at("blocks").get<std::int64_t>());
  EXPECT_GE(shares, 1);
  EXPECT_THAT(plan.at("merge").get<std::string>(),
              testing::StartsWith("orthocover merge --gdal GDAL_CACHEMAX=64 "));
}

TEST(Shards, PlanAndMergeReadConfigsOfSegment) {
  const CutScene scene(400, 300);
  const Words outputs = {"--vector", "geojson", "--min-area", "0.5"};
  ASSERT_EQ(scene.run("segment", "map.tif", outputs).exit_code, 0);
  const auto run = [&](const char* operation, const std::string& config, Words more = {}) {
    more.insert(more.begin(), {operation, "--config", scene.shop / config});
    return scene.shop.run(more);
  };
  const Outcome plan = run("plan", "map.tif.run.json", {"--shards", "2"});
  ASSERT_EQ(plan.exit_code, 0) << plan.errors;
  EXPECT_EQ(nlohmann::json::parse(plan.output).at("parts").size(), 2U);
  ASSERT_EQ(run("segment", "map.tif.run.json", {"--shard", "1/1", "--overwrite"}).exit_code, 0);
  const std::string polygons = scene.bytes("map.geojson");
  EXPECT_EQ(run("merge", "map.tif.run.json", {"--overwrite"}).exit_code, 0);
  EXPECT_EQ(scene.bytes("map.geojson"), polygons);

  const auto refused = [&](const char* operation, const nlohmann::json& config) {
    std::ofstream(scene.shop / "config.json") << config;
    const Outcome outcome = run(operation, "config.json");
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.errors;
  };
  EXPECT_THAT(refused("plan", {{"operation", "segment"}, {"levles", {1}}}),
              HasSubstr("'levles' is not an option of segment (did you mean 'levels'?)"));
  EXPECT_THAT(refused("merge", {{"operation", "plan"}}), HasSubstr("is a config of the operation \"plan\""));
  EXPECT_THAT(refused("merge", {{"resume", true}}), HasSubstr("'resume' is not an option of merge"));
}

TEST(Shards, ArePlannedWithoutThePatchesThatMissTheArea) {
  const CutScene scene(700, 600);
  make_polygons(scene.shop / "area.gpkg", "EPSG:32633",
                {{1, {500060, 4999990, 500070, 5000000}}, {1, {500000, 4999940, 500010, 4999950}}});
  const Words area = {"--area", scene.shop / "area.gpkg"};
  const Outcome outcome = scene.run("plan", "map.tif", {"--shards", "1", area[0], area[1]});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto plan = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(plan.at("parts")[0].at("network_px"), plan.at("network_px"));
  const Outcome dry = scene.run("segment", "map.tif", {"--dry-run", area[0], area[1]});
  ASSERT_EQ(scene.run("segment", "map.tif", area).exit_code, 0);
  const auto record = nlohmann::json::parse(scene.bytes("map.tif.run.json"));
  for (const auto& level : record.at("orthocover").at("levels")) {
    const std::string name = level.at("level").dump(), patches = level.at("patches").dump();
    EXPECT_EQ(plan.at("parts")[0].at("patches").at(name).dump(), patches) << name;
    EXPECT_THAT(dry.output, HasSubstr("level " + name + " " + patches + " patch"));
  }
  // Its polygons count when a run is resumed, not their file.
  const auto resumed = [&](const char* file, double right) {
    make_polygons(scene.shop / file, "EPSG:32633",
                  {{2, {500060, 4999990, right, 5000000}}, {1, {500000, 4999940, 500010, 4999950}}});
    return scene.run("segment", "map.tif", {"--resume", "--area", scene.shop / file}).errors;
  };
  EXPECT_THAT(resumed("copy.gpkg", 500070), HasSubstr("is done and unchanged; skipped"));
  EXPECT_THAT(resumed("copy.gpkg", 500069), HasSubstr("is mapped again: the options changed"));
}

TEST(Shards, RefuseWhatIsNoShard) {
  const CutScene scene(64, 64);
  for (const char* shard : {"0/2", "3/2", "1", "a/b", "1/100000", "-1/2"}) {
    const Outcome outcome = scene.run("segment", "map.tif", {std::string("--shard=") + shard});
    EXPECT_EQ(outcome.exit_code, 2) << shard;
    EXPECT_THAT(outcome.errors, HasSubstr("is no shard; give I/N")) << shard;
  }
}

}  // namespace
}  // namespace orthocover::test
