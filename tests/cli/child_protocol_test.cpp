#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "child_program.h"
#include "core/base/text.h"
#include "core/base/version.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using Words = std::vector<std::string>;

const fs::path kProgram = fs::path(ORTHOCOVER_STAGE_DIR) / "echo/bin/orthocover";
const fs::path kProgramAlone = fs::path(ORTHOCOVER_STAGE_DIR) / "alone/bin/orthocover";

/// All lines of standard output; a line that is no JSON fails the test.
std::vector<Json> events_of(const Outcome& outcome) {
  std::vector<Json> events;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    events.push_back(Json::parse(line, nullptr, false));
    EXPECT_FALSE(events.back().is_discarded()) << line;
  }
  EXPECT_GE(events.size(), 2U) << outcome.output << outcome.errors;
  events.resize(std::max<std::size_t>(2, events.size()));
  return events;
}

Words child(Words words) {
  words.push_back("--child");
  return words;
}

TEST(ChildProtocol, BeginsWithTheStartAndEndsWithTheResult) {
  const std::vector<Json> events = events_of(run_child(kProgram, child({"info", "a"})));
  EXPECT_EQ(events.front().at("event"), "start");
  EXPECT_EQ(events.front().at("operation"), "info");
  EXPECT_EQ(events.front().at("version"), version());
  EXPECT_GT(events.front().at("pid").get<int>(), 1);
  EXPECT_EQ(events.back().at("event"), "result");
  EXPECT_EQ(events.back().at("exit_code"), 0);
  EXPECT_THAT(events.back().at("text").get<std::string>(), HasSubstr("\"operation\":\"info\""));
  EXPECT_EQ(events.back().at("report"), (Json{{"input", "a"}}));
}

TEST(ChildProtocol, ShowsProgressThatNeverGoesBackAndEndsWithOne) {
  const std::vector<Json> events = events_of(run_child(kProgram, child({"info", "progress"})));
  double last = 0;
  for (std::size_t i = 1; i + 1 < events.size(); ++i) {
    EXPECT_EQ(events[i].at("event"), "progress");
    EXPECT_GE(events[i].at("fraction").get<double>(), last);
    EXPECT_EQ(events[i].at("stage"), "a stage");
    last = events[i].at("fraction");
  }
  EXPECT_EQ(last, 1);
  EXPECT_LE(events.size(), 6U) << "five reports in 600 ms are thinned out";
}

TEST(ChildProtocol, PutsMessagesForPeopleOnStandardError) {
  EXPECT_EQ(run_child(kProgram, child({"info", "progress"})).errors,
            "orthocover info: a message\northocover info: warning: a doubt\n");
  EXPECT_EQ(run_child(kProgram, child({"info", "progress", "-q"})).errors,
            "orthocover info: warning: a doubt\n");
}

TEST(ChildProtocol, StaysPureWhenALibraryPrintsAndTextsAreNoUtf8) {
  const Outcome outcome = run_child(kProgram, child({"info", "chatty"}));
  const std::vector<Json> events = events_of(outcome);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[1].at("stage"), "half \xef\xbf\xbd way");
  EXPECT_EQ(events.back().at("text"), "done \xef\xbf\xbd\n");
  EXPECT_EQ(events.back().at("report").at("path"), "\xef\xbf\xbd(");
  EXPECT_EQ(outcome.errors, "a library speaks\n");
}

TEST(ChildProtocol, TellsABatchWithFailedScenesAndBadNewsAsResults) {
  const Outcome batch = run_child(kProgram, child({"info", "failed-scenes"}));
  EXPECT_EQ(batch.exit_code, 1);
  EXPECT_EQ(events_of(batch).back().at("exit_code"), 1);
  EXPECT_EQ(events_of(batch).back().at("event"), "result");
  const Outcome news = run_child(kProgram, child({"info", "bad-news"}));
  EXPECT_EQ(news.exit_code, 5);
  EXPECT_EQ(events_of(news).back(),
            (Json{{"event", "result"}, {"exit_code", 5}, {"text", "a report\n"}, {"report", nullptr}}));
}

TEST(ChildProtocol, TellsWhatIsWrongBeforeAndAfterTheOperationBegan) {
  struct Failure {
    Words words;
    std::string kind;
    int exit_code;
    std::string message;
  };
  const std::vector<Failure> failures = {
      {{"segmnt"}, "usage", 2, "segmnt: no such operation (did you mean segment?)"},
      {{"info", "--jsn"}, "usage", 2, "--jsn: no such option (did you mean --json?)"},
      {{"segment", "--overlap", "0.7", "a", "b"}, "usage", 2, "--overlap: 0.7 is outside 0..0.5"},
      {{"info", "--config", "/nowhere/c.json"}, "data", 3, "/nowhere/c.json: no such file"},
      {{"info", "no-model"}, "model", 4, "weights are broken"},
  };
  for (const Failure& failure : failures) {
    const Outcome outcome = run_child(kProgram, child(failure.words));
    const std::vector<Json> events = events_of(outcome);
    EXPECT_EQ(outcome.exit_code, failure.exit_code) << failure.message;
    EXPECT_EQ(events.front().at("operation"), failure.words.front());
    EXPECT_EQ(events.back(), (Json{{"event", "error"},
                                   {"kind", failure.kind},
                                   {"exit_code", failure.exit_code},
                                   {"message", failure.message}}));
    EXPECT_THAT(outcome.errors, EndsWith(": " + failure.message + "\n"));
  }
  const Json last = events_of(run_child(kProgramAlone, child({"info", "a"}))).back();
  EXPECT_EQ(last.at("kind"), "resource");
  EXPECT_THAT(last.at("message").get<std::string>(), HasSubstr("the engine library is missing; install"));
}

TEST(ChildProtocol, StopsAtTheEndOfStandardInput) {
  ChildProgram waiting(kProgram, child({"info", "wait"}));
  ASSERT_TRUE(waiting.wait_for_error("waiting"));
  waiting.close_input();
  const Outcome outcome = waiting.finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(events_of(outcome).back(), (Json{{"event", "error"},
                                             {"kind", "cancelled"},
                                             {"exit_code", 130},
                                             {"message", "cancelled; no output was written"}}));
}

TEST(ChildProtocol, DoesNotEvenBeginWithoutAStandardInput) {
  for (const char* input : {"</dev/null", "<&-"}) {
    const std::string code = kProgramAlone.string() + " info a --child " + input;
    const Outcome outcome = run_child("/bin/bash", {"-c", code});
    EXPECT_EQ(outcome.exit_code, 130) << input;
    EXPECT_EQ(events_of(outcome).back().at("kind"), "cancelled") << input;
  }
}

TEST(ChildProtocol, StopsInOrderHoweverManySignalsCome) {
  for (const int signal : {SIGTERM, SIGINT}) {
    ChildProgram waiting(kProgram, child({"info", "wait"}));
    ASSERT_TRUE(waiting.wait_for_error("waiting"));
    for (int i = 0; i < 3; ++i) waiting.send(signal);
    waiting.close_input();
    const Outcome outcome = waiting.finish();
    EXPECT_EQ(outcome.exit_code, 130);
    EXPECT_EQ(events_of(outcome).back().at("kind"), "cancelled");
  }
}

/// A named pipe that is there for the length of a test.
class Pipe {
 public:
  Pipe() : m_path(fs::path(testing::TempDir()) / "orthocover-events.fifo") {
    fs::remove(m_path);
    if (mkfifo(m_path.c_str(), 0600) != 0) throw std::runtime_error("no named pipe");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() { fs::remove(m_path); }
  std::string path() const { return m_path.string(); }

 private:
  fs::path m_path;
};

TEST(ChildProtocol, StopsWhenNobodyReadsItsEventsAnyMore) {
  const Pipe events;
  ChildProgram waiting(kProgram, child({"info", "wait"}), {}, events.path());
  const int reader = open(events.path().c_str(), O_RDONLY);
  ASSERT_TRUE(waiting.wait_for_error("waiting"));
  close(reader);
  const Outcome outcome = waiting.finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.errors, HasSubstr("orthocover info: cancelled; no output was written\n"));
}

TEST(ChildProtocol, SaysOnStandardErrorThatItsEventsCanNotBeWritten) {
  const Outcome full = ChildProgram(kProgram, child({"info", "a"}), {}, "/dev/full").finish();
  EXPECT_EQ(full.exit_code, 5);
  EXPECT_THAT(full.errors, EndsWith("orthocover info: standard output: No space left on device\n"));
  const Outcome closed = run_child("/bin/bash", {"-c", kProgram.string() + " info a --child >&-"});
  EXPECT_EQ(closed.exit_code, 5);
  EXPECT_EQ(closed.errors,
            "orthocover: --child: standard output is closed; start the program with a pipe there\n");
}

TEST(ChildProtocol, SendsHelpAsTextToo) {
  const Json last = events_of(run_child(kProgram, child({"info", "--help"}))).back();
  EXPECT_EQ(last.at("exit_code"), 0);
  EXPECT_THAT(last.at("text").get<std::string>(), HasSubstr("Usage: orthocover info"));
}

TEST(ChildProtocol, IsForOptionsOnly) {
  const Outcome outcome = run_child(kProgram, {"info", "--", "--child"});
  EXPECT_EQ(Json::parse(outcome.output).at("options").at("input"), "--child");
}

}  // namespace
}  // namespace orthocover
