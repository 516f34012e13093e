#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "child_program.h"
#include "core/base/version.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

/// The program beside an engine that tells what it was asked for.
const fs::path kProgram = fs::path(ORTHOCOVER_STAGE_DIR) / "echo/bin/orthocover";
/// The same with an engine of another version, and without any.
const fs::path kProgramWithOldEngine = fs::path(ORTHOCOVER_STAGE_DIR) / "old/bin/orthocover";
const fs::path kProgramAlone = fs::path(ORTHOCOVER_STAGE_DIR) / "alone/bin/orthocover";

Outcome run(const Words& words) {
  return run_child(kProgram, words);
}

Json echoed(const Words& words, const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  const Outcome outcome = run_child(kProgram, words, environment);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return Json::parse(outcome.output, nullptr, false);
}

/// A file that is there for the length of a test.
class TextFile {
 public:
  TextFile(const std::string& name, const std::string& content)
      : m_path(fs::path(testing::TempDir()) / name) {
    std::ofstream(m_path) << content;
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile() { fs::remove(m_path); }
  std::string path() const { return m_path.string(); }

 private:
  fs::path m_path;
};

/// A command line that is refused, and the one line it gets.
struct Refusal {
  Words words;
  int exit_code;
  std::string line;
};

TEST(Program, RefusesInOneLineWithTheExitCodeOfItsKind) {
  const std::vector<Refusal> refusals = {
      {{"segmnt"}, 2, "orthocover: segmnt: no such operation (did you mean segment?)"},
      {{"xyzzy-plugh"}, 2, "orthocover: xyzzy-plugh: no such operation; see orthocover --help"},
      {{"--quiet", "info"},
       2,
       "orthocover: --quiet: options follow the operation: orthocover OPERATION --quiet"},
      {{"segment", "--overlpa", "1"},
       2,
       "orthocover segment: --overlpa: no such option (did you mean --overlap?)"},
      {{"segment", "--overlap", "0.7", "a", "b"}, 2, "orthocover segment: --overlap: 0.7 is outside 0..0.5"},
      {{"segment", "--overlap"}, 2, "orthocover segment: --overlap: needs a value"},
      {{"segment", "a.tif"},
       2,
       "orthocover segment: OUTPUT is missing; usage: orthocover segment [options] INPUT... OUTPUT"},
      {{"info", "a", "b"},
       2,
       "orthocover info: 'b': one argument too many; usage: orthocover info [options] INPUT"},
      {{"info", "a", "--gdal", "X"}, 2, "orthocover info: --gdal: 'X' is not KEY=VALUE"},
      {{"info", "a", "--progress", "dots"},
       2,
       "orthocover info: --progress: 'dots' is not one of auto, bar, json, none"},
      {{"info", "--config", "/nowhere/c.json", "a"}, 3, "orthocover info: /nowhere/c.json: no such file"},
      {{"info", "no-model"}, 4, "orthocover info: weights are broken"},
      {{"completion", "fish"},
       2,
       "orthocover: completion: 'fish' is not a shell that is known; there are: bash, zsh"},
      {{"schema"}, 2, "orthocover: schema: of which operation? orthocover schema OPERATION"},
  };
  for (const Refusal& refusal : refusals) {
    const Outcome outcome = run(refusal.words);
    EXPECT_EQ(outcome.exit_code, refusal.exit_code) << refusal.line;
    EXPECT_EQ(outcome.errors, refusal.line + "\n");
    EXPECT_EQ(outcome.output, "") << refusal.line;
  }
}

TEST(Program, LetsIdleThreadsOfTheEngineSleepUnlessTheUserWantsOtherwise) {
  unsetenv("OMP_WAIT_POLICY");
  EXPECT_EQ(echoed({"info", "a"}).at("waiting"), "PASSIVE");
  EXPECT_EQ(echoed({"info", "a"}, {{"OMP_WAIT_POLICY", "ACTIVE"}}).at("waiting"), "ACTIVE");
}

TEST(Program, TellsItsVersion) {
  const std::string line = "orthocover " + std::string(version()) + "\n";
  EXPECT_EQ(run({"--version"}).output, line);
  EXPECT_EQ(run({"segment", "--version"}).output, line);
}

TEST(Program, HelpsInSeveralWays) {
  const std::string general = run({}).output;
  EXPECT_THAT(general, HasSubstr("\n  segment "));
  EXPECT_EQ(run({"--help"}).output, general);
  EXPECT_EQ(run({"help"}).output, general);
  const std::string help = run({"segment", "--help"}).output;
  EXPECT_THAT(help, HasSubstr("Usage: orthocover segment [options] INPUT... OUTPUT\n"));
  EXPECT_THAT(help, HasSubstr("--overlap NUMBER"));
  EXPECT_EQ(run({"help", "segment"}).output, help);
  EXPECT_EQ(run({"segment", "-h", "--overlap", "9"}).output, help);
}

TEST(Program, HelpsWithoutItsEngineAndSaysThatItIsMissing) {
  EXPECT_EQ(run_child(kProgramAlone, {"segment", "--help"}).exit_code, 0);
  const Outcome outcome = run_child(kProgramAlone, {"info", "a"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.errors, StartsWith("orthocover info: /"));
  EXPECT_THAT(outcome.errors, HasSubstr("map_engine.so: the engine library is missing; install"));
}

TEST(Program, RefusesAnEngineOfAnotherVersion) {
  const Outcome outcome = run_child(kProgramWithOldEngine, {"info", "a"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.errors, HasSubstr("is the engine of version 0.0.0, the program is "));
}

TEST(Program, IsNotLinkedToTheLibrariesOfTheEngine) {
  std::ostringstream bytes;
  bytes << std::ifstream(kProgram, std::ios::binary).rdbuf();
  for (const char* library : {"libtorch", "libgdal", "libopencv", "libtbb"}) {
    EXPECT_EQ(bytes.str().find(library), std::string::npos) << library;
  }
}

TEST(Program, HasAnEngineWithoutNetworksThatLoadsInAMoment) {
  std::ostringstream bytes;
  bytes << std::ifstream(ORTHOCOVER_MAP_ENGINE, std::ios::binary).rdbuf();
  EXPECT_NE(bytes.str().find("libgdal"), std::string::npos);
  for (const char* library : {"libtorch", "libopencv"})
    EXPECT_EQ(bytes.str().find(library), std::string::npos);
  const Outcome outcome = run_child(kProgramAlone, {"vectorize", "a.tif", "a.gpkg"});
  EXPECT_THAT(outcome.errors, HasSubstr("map_engine.so: the engine library is missing; install"));
}

TEST(Program, CompletesInBash) {
  const TextFile script("completion.bash", run({"completion", "bash"}).output);
  const auto complete = [&](const std::string& line, int position) {
    const std::string code = "source " + script.path() + "; COMP_WORDS=(" + line +
                             "); COMP_CWORD=" + std::to_string(position) +
                             "; compopt() { :; }; _orthocover; echo \"${COMPREPLY[@]}\"";
    return run_child("/bin/bash", {"-c", code}).output;
  };
  EXPECT_EQ(complete("orthocover seg", 1), "segment\n");
  EXPECT_EQ(complete("orthocover segment --overl", 2), "--overlap\n");
  EXPECT_EQ(complete("orthocover segment --format CO", 3), "COG\n");
  EXPECT_EQ(complete("orthocover schema in", 2), "info\n");
  EXPECT_EQ(complete("orthocover segment or", 2), "\n");
}

TEST(Program, LetsFlagsWinOverTheConfigAndTheConfigOverDefaults) {
  const TextFile config("config.json", R"({"operation": "segment", "overlap": 0.1, "format": "COG",
                                           "orthocover": {"version": "0.0.1"}})");
  const Json options =
      echoed({"segment", "--config", config.path(), "--overlap", "0.3", "a", "b"}).at("options");
  EXPECT_EQ(options.at("overlap"), 0.3);
  EXPECT_EQ(options.at("format"), "COG");
  EXPECT_EQ(options.at("fusion"), "model");
}

TEST(Program, TakesTheEchoOfItsOptionsAsConfig) {
  const Json first =
      echoed({"segment", "--projwin", "-5", "10", "20", "-10.5", "--co", "A=1", "a", "b"}).at("options");
  const TextFile config("again.json", first.dump());
  EXPECT_EQ(echoed({"segment", "--config", config.path()}).at("options"), first);
}

TEST(Program, NamesTheConfigFileThatIsWrong) {
  const TextFile unknown("unknown.json", R"({"overlpa": 0.1})");
  EXPECT_EQ(run({"segment", "--config", unknown.path(), "a", "b"}).errors,
            "orthocover segment: " + unknown.path() +
                ": 'overlpa' is not an option of segment (did you mean 'overlap'?)\n");
  const TextFile broken("broken.json", "{");
  const Outcome outcome = run({"segment", "--config", broken.path(), "a", "b"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, StartsWith("orthocover segment: " + broken.path() + ": is not valid"));
}

TEST(Program, HandsGdalOptionsAndTheModelsFolderOn) {
  const Json request = echoed({"info", "a", "--gdal", "GDAL_CACHEMAX=64", "--gdal", "X=a=b"});
  EXPECT_EQ(request.at("gdal"), Json::parse(R"([["GDAL_CACHEMAX", "64"], ["X", "a=b"]])"));
  EXPECT_THAT(request.at("models").get<std::string>(), testing::EndsWith("/echo/share/orthocover/models"));
  EXPECT_EQ(echoed({"info", "a"}, {{"ORTHOCOVER_MODELS", "/my/models"}}).at("models"), "/my/models");
}

TEST(Program, StopsAtTheFirstSignalAndDiesAtTheSecond) {
  for (const int signal : {SIGINT, SIGTERM}) {
    ChildProgram waiting(kProgram, {"info", "wait"});
    ASSERT_TRUE(waiting.wait_for_error("waiting"));
    waiting.send(signal);
    const Outcome outcome = waiting.finish();
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_THAT(outcome.errors, HasSubstr("orthocover info: cancelled; no output was written\n"));
  }
  ChildProgram hanging(kProgram, {"info", "hang"});
  ASSERT_TRUE(hanging.wait_for_error("hanging"));
  hanging.send(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  hanging.send(SIGINT);
  EXPECT_EQ(hanging.finish().exit_code, 128 + SIGINT);
  // As `timeout` sends it: twice at once.
  ChildProgram twice(kProgram, {"info", "wait"});
  ASSERT_TRUE(twice.wait_for_error("waiting"));
  twice.send(SIGTERM);
  twice.send(SIGTERM);
  EXPECT_THAT(twice.finish().errors, HasSubstr("orthocover info: cancelled; no output was written\n"));
}

TEST(Program, ShowsProgressAsJsonLinesThatNeverGoBack) {
  const Outcome outcome = run({"info", "progress", "--progress", "json"});
  std::vector<Json> events;
  std::istringstream lines(outcome.errors);
  for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
  ASSERT_GE(events.size(), 4U);
  double last = 0;
  for (const Json& event : events) {
    if (event.at("event") != "progress") continue;
    EXPECT_GE(event.at("fraction").get<double>(), last);
    last = event.at("fraction");
  }
  EXPECT_EQ(last, 1);
  EXPECT_EQ(events[events.size() - 2], (Json{{"event", "info"}, {"message", "a message"}}));
  EXPECT_EQ(events.back(), (Json{{"event", "warning"}, {"message", "a doubt"}}));
}

TEST(Program, ShowsABarOnlyWhereAskedForAndIsQuietWhenTold) {
  EXPECT_EQ(run({"info", "progress"}).errors,
            "orthocover info: a message\northocover info: warning: a doubt\n");
  EXPECT_EQ(run({"info", "progress", "-q"}).errors, "orthocover info: warning: a doubt\n");
  const std::string bar = run({"info", "progress", "--progress", "bar"}).errors;
  EXPECT_THAT(bar, HasSubstr("[===============               ]  50 %  a stage"));
  EXPECT_THAT(bar, HasSubstr("100 %"));
}

TEST(Program, ReportsErrorsAsJsonWhereProgressIsJson) {
  for (const Words& words :
       {Words{"info", "no-model", "--progress", "json"}, Words{"info", "--progress=json"}}) {
    const Json event = Json::parse(run(words).errors);
    EXPECT_EQ(event.at("event"), "error");
    EXPECT_EQ(event.at("exit_code"), words.size() == 4 ? 4 : 2);
    EXPECT_EQ(event.at("kind"), words.size() == 4 ? "model" : "usage");
  }
}

TEST(Program, PrintsReportsThatAreBadNewsAndExitsAccordingly) {
  const Outcome outcome = run({"info", "bad-news"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_EQ(outcome.output, "a report\n");
  EXPECT_EQ(outcome.errors, "");
}

TEST(Program, NoticesThatItsOutputCanNotBeWritten) {
  const Outcome full = ChildProgram(kProgram, {"--help"}, {}, "/dev/full").finish();
  EXPECT_EQ(full.exit_code, 5);
  EXPECT_EQ(full.errors, "orthocover: standard output: No space left on device\n");
}

TEST(Program, IsNotKilledWhenItsReaderLeaves) {
  const std::string code = kProgram.string() + " info echo | true; echo ${PIPESTATUS[0]}";
  EXPECT_EQ(run_child("/bin/bash", {"-c", code}).output, "0\n");
}

}  // namespace
}  // namespace orthocover
