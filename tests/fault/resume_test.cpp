#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <random>
#include <thread>

#include "core/base/error.h"
#include "tests/fault/cut_scene.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Words = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

const Words kJournal = {"--journal", "0.001", "--vector", "geojson"};

Words resuming(Words more = {}) {
  more.insert(more.end(), {"--resume"});
  more.insert(more.end(), kJournal.begin(), kJournal.end());
  return more;
}

int wanted_kills() {
  const char* text = std::getenv("ORTHOCOVER_KILLS");
  return text == nullptr ? 5 : std::max(1, std::atoi(text));
}

void expect_same_outputs(const CutScene& scene, const std::string& name) {
  for (const char* end : {".tif", ".confidence.tif", ".geojson"})
    EXPECT_TRUE(scene.bytes("whole" + std::string(end)) == scene.bytes(name + end)) << name << end;
}

bool has_ended(const ChildProgram& program) {
  siginfo_t facts{};
  return waitid(P_PID, static_cast<id_t>(program.process()), &facts, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         facts.si_pid != 0;
}

std::size_t blocks_in(const fs::path& journal) {
  try {
    return PartReader::open(journal).blocks().size();
  } catch (const Error&) {
    return 0;  // not there yet, or no longer
  }
}

bool says_it_goes_on(const Outcome& outcome) {
  return outcome.errors.find("goes on from") != std::string::npos;
}

/// Lets a run go on until its journal has grown by some blocks, and some milliseconds more.
void wait_for_growth(const ChildProgram& program, const fs::path& journal, std::mt19937& random) {
  const std::size_t wanted = blocks_in(journal) + 1 + random() % 2;
  while (!has_ended(program) && blocks_in(journal) < wanted)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(random() % 30));
}

/// Every other kill comes while blocks are written, which is a small part of so short a run; the others come
/// at any moment from its start to its end.
TEST(Resume, GivesTheSameBytesHoweverOftenTheRunIsKilled) {
  const CutScene scene;
  const auto start = Clock::now();
  ASSERT_EQ(scene.run("segment", "whole.tif", kJournal).exit_code, 0);
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
  ASSERT_FALSE(scene.has("whole.tif.part")) << "a finished run takes its journal away";
  std::mt19937 random(7);
  int kills = 0;
  int killed_maps = 0;
  int resumed_maps = 0;
  for (int map = 0; kills < wanted_kills() && map < 4 * wanted_kills(); ++map) {
    const std::string name = "map" + std::to_string(map);
    const int before = kills;
    bool resumed = false;
    for (int round = 0; round < 6; ++round) {
      ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", name + ".tif", resuming()));
      if (round % 2 == 0)
        wait_for_growth(program, scene.shop / (name + ".tif.part"), random);
      else
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % static_cast<unsigned>(whole + 1)));
      program.send(SIGKILL);
      const Outcome end = program.finish();
      resumed |= says_it_goes_on(end);
      if (end.exit_code != 128 + SIGKILL) break;
      ++kills;
    }
    const bool has_blocks = blocks_in(scene.shop / (name + ".tif.part")) > 0;
    const Outcome outcome = scene.run("segment", name + ".tif", resuming());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(says_it_goes_on(outcome), has_blocks) << outcome.errors;
    killed_maps += kills > before ? 1 : 0;
    resumed_maps += resumed || has_blocks ? 1 : 0;
    expect_same_outputs(scene, name);
    EXPECT_FALSE(scene.has(name + ".tif.part"));
    EXPECT_THAT(scene.hidden(), testing::IsEmpty());
  }
  EXPECT_GE(kills, wanted_kills());
  EXPECT_GE(2 * resumed_maps, killed_maps) << "of " << killed_maps << " maps";
  RecordProperty("kills", kills);
  RecordProperty("killed_maps", killed_maps);
  RecordProperty("resumed_maps", resumed_maps);
}

/// A map `whole.tif`, and the journal of `map.tif`, whose run was killed.
void make_whole_and_half(const CutScene& scene) {
  ASSERT_EQ(scene.run("segment", "whole.tif", kJournal).exit_code, 0);
  ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", "map.tif", kJournal));
  ASSERT_TRUE(scene.wait_for_blocks("map.tif.part", 2));
  program.send(SIGKILL);
  program.finish();
  ASSERT_TRUE(scene.has("map.tif.part"));
}

TEST(Resume, UsesAndTakesAwayAJournalThatItDoesNotGoOnWriting) {
  const CutScene scene(2000, 2000);
  ASSERT_NO_FATAL_FAILURE(make_whole_and_half(scene));
  const Outcome outcome =
      scene.run("segment", "map.tif", {"--resume", "--journal", "0", "--vector", "geojson"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_TRUE(says_it_goes_on(outcome)) << outcome.errors;
  expect_same_outputs(scene, "map");
  EXPECT_FALSE(scene.has("map.tif.part"));
}

TEST(Resume, GoesOnFromATornJournal) {
  const CutScene scene(2000, 2000);
  ASSERT_NO_FATAL_FAILURE(make_whole_and_half(scene));
  fs::resize_file(scene.shop / "map.tif.part", fs::file_size(scene.shop / "map.tif.part") - 10);
  const Outcome outcome = scene.run("segment", "map.tif", resuming());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("scene.tif: goes on from "));
  expect_same_outputs(scene, "map");
}

TEST(Resume, UsesNoBlocksOfAnotherSceneModelOrOptions) {
  const CutScene scene(2000, 2000);
  ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", "map.tif", kJournal));
  ASSERT_TRUE(scene.wait_for_blocks("map.tif.part", 2));
  program.send(SIGKILL);
  program.finish();
  const std::string journal = scene.bytes("map.tif.part");
  const auto refused = [&](const Words& more, const std::string& part) {
    const Outcome outcome = scene.run("segment", "map.tif", more);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("map.tif.part: "));
    EXPECT_THAT(outcome.errors, HasSubstr(part));
    EXPECT_THAT(outcome.errors, HasSubstr("--overwrite to begin anew"));
    EXPECT_TRUE(scene.bytes("map.tif.part") == journal) << "is left as it is";
    EXPECT_FALSE(scene.has("map.tif"));
  };
  refused({}, "an earlier run stopped here with");
  refused({"--resume", "--overlap", "0.3"}, "--overlap was not given and is 0.3");
  refused({"--resume", "--patch-size", "128"}, "--patch-size was not given and is 128");
  refused({"--resume", "--probabilities", "tif"}, "--probabilities was not given and is now");
  const Words other = {"--resume", "--model", scene.shop / "other"};
  fs::copy(scene.shop / "model", scene.shop / "other");
  std::string manifest = bytes_of_file(scene.shop / "other/model.json");
  manifest.replace(manifest.find("\"small\""), 7, "\"large\"");
  write_bytes(scene.shop / "other/model.json", manifest);
  refused(other, "the model changed");
  fs::last_write_time(scene.shop / "scene.tif", fs::file_time_type::clock::now());
  const Outcome anew = scene.run("segment", "map.tif", {"--resume"});
  EXPECT_EQ(anew.exit_code, 0) << anew.errors;
  EXPECT_THAT(anew.errors, HasSubstr("map.tif.part: is not used: the scene changed"));
  EXPECT_FALSE(scene.has("map.tif.part"));
}

TEST(Resume, StopsInTimeWithTheCodeOfItsSignalAndSaysHowToGoOn) {
  const CutScene scene(2000, 2000);
  ASSERT_EQ(scene.run("segment", "whole.tif", kJournal).exit_code, 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = "map" + std::to_string(signal);
    std::signal(signal, SIG_DFL);
    ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", name + ".tif", kJournal));
    ASSERT_TRUE(scene.wait_for_blocks(name + ".tif.part", 2));
    const auto asked = Clock::now();
    program.send(signal);
    const Outcome outcome = program.finish();
    EXPECT_LT(Clock::now() - asked, std::chrono::seconds(5));
    EXPECT_EQ(outcome.exit_code, 128 + signal) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("the same command with --resume goes on from "));
    EXPECT_THAT(scene.hidden(), testing::IsEmpty());
    EXPECT_FALSE(scene.has(name + ".tif"));
    ASSERT_EQ(scene.run("segment", name + ".tif", resuming()).exit_code, 0);
    expect_same_outputs(scene, name);
  }
}

TEST(Resume, SaysHowToGoOnWhereTheDiskIsFull) {
  const CutScene scene;
  Words words = {"-c", "trap '' XFSZ; ulimit -f 1300; exec \"$0\" \"$@\"", ORTHOCOVER_PROGRAM};
  std::ranges::copy(scene.words("segment", "map.tif", {"--journal", "0.001", "--co", "COMPRESS=NONE"}),
                    std::back_inserter(words));
  const Outcome failed = run_child("/bin/bash", words);
  EXPECT_EQ(failed.exit_code, 5) << failed.errors;
  EXPECT_THAT(failed.errors, HasSubstr("the same command with --resume goes on from "));
  const Outcome resumed = scene.run("segment", "map.tif", {"--resume", "--co", "COMPRESS=NONE"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_TRUE(says_it_goes_on(resumed)) << resumed.errors;
}

TEST(Resume, KeepsNoJournalWhereNoneIsWantedOrTheRunIsShort) {
  const CutScene scene(2000, 2000);
  for (const Words& more : {Words{"--journal", "0"}, Words{"--journal", "3600"}}) {
    ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", "map.tif", more));
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    program.send(SIGTERM);
    EXPECT_EQ(program.finish().exit_code, 143);
    EXPECT_FALSE(scene.has("map.tif.part"));
  }
}

TEST(Resume, KeepsNoJournalOfMapsThatAreOnlyJudged) {
  const CutScene scene;
  ASSERT_EQ(scene.run("segment", "labels.tif").exit_code, 0);
  fs::create_directory(scene.shop / "tmp");
  ChildProgram program("/usr/bin/env", {"TMPDIR=" + (scene.shop / "tmp"), ORTHOCOVER_PROGRAM, "evaluate",
                                        "--model", scene.shop / "model", "--labels",
                                        scene.shop / "labels.tif", scene.shop / "scene.tif"});
  bool is_mapped = false, has_journal = false;
  std::error_code gone;
  for (; !has_ended(program); std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    for (fs::recursive_directory_iterator at(scene.shop / "tmp", gone), end; at != end; at.increment(gone)) {
      is_mapped |= at->path().extension() == ".tif";
      has_journal |= at->path().extension() == ".part";
    }
  }
  EXPECT_EQ(program.finish().exit_code, 0);
  EXPECT_TRUE(is_mapped);
  EXPECT_FALSE(has_journal) << "from which nothing could go on";
}

TEST(Resume, TwoRunsOnOneOutputExcludeEachOther) {
  const CutScene scene(2000, 2000);
  ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", "map.tif", kJournal));
  ASSERT_TRUE(scene.wait_for_blocks("map.tif.part", 1));
  const Outcome second = scene.run("segment", "map.tif", {"--resume"});
  EXPECT_EQ(second.exit_code, 5) << second.errors;
  EXPECT_THAT(second.errors, HasSubstr("map.tif.part: another run is writing it"));
  EXPECT_EQ(program.finish().exit_code, 0);
}

TEST(Resume, OfAMapThatIsDoneLeavesTheJournalOfARunThatMakesItAgain) {
  const CutScene scene(2000, 2000);
  ASSERT_EQ(scene.run("segment", "map.tif", kJournal).exit_code, 0);
  Words again = kJournal;
  again.push_back("--overwrite");
  ChildProgram program(ORTHOCOVER_PROGRAM, scene.words("segment", "map.tif", again));
  ASSERT_TRUE(scene.wait_for_blocks("map.tif.part", 1));
  const Outcome second = scene.run("segment", "map.tif", resuming());
  EXPECT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_TRUE(scene.has("map.tif.part"));
  program.send(SIGTERM);
  EXPECT_TRUE(says_it_goes_on(program.finish()));
  EXPECT_TRUE(scene.has("map.tif.part"));
  Words dry = resuming();
  dry.push_back("--dry-run");
  EXPECT_EQ(scene.run("segment", "map.tif", dry).exit_code, 0);
  EXPECT_TRUE(scene.has("map.tif.part"));
}

}  // namespace
}  // namespace orthocover::test
