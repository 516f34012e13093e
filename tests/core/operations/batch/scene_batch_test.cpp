#include "core/operations/batch/scene_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/error.h"
#include "core/ports/raster_source.h"
#include "tests/core/operations/expect_error.h"

namespace orthocover::operations {
namespace {

using test::expect_error;
using testing::ElementsAre;

/// Keeps what a batch tells; cancels when told.
class Listener final : public RunContext {
 public:
  void progress(double fraction, std::string_view stage) override {
    const std::scoped_lock lock(m_mutex);
    fractions.push_back(fraction);
    stages.emplace_back(stage);
  }
  void log(LogLevel level, std::string_view message) override {
    const std::scoped_lock lock(m_mutex);
    if (level == LogLevel::Warning) warnings.emplace_back(message);
  }
  bool cancelled() const override { return stop; }

  std::atomic<bool> stop{false};
  std::vector<double> fractions;
  std::vector<std::string> stages;
  std::vector<std::string> warnings;

 private:
  std::mutex m_mutex;
};

std::vector<SceneFiles> scenes(const std::vector<std::string>& names) {
  std::vector<SceneFiles> all;
  for (const std::string& name : names) all.push_back({name, {"maps/" + name}});
  return all;
}

SceneOutcome good(const SceneFiles& files, RunContext& /*context*/) {
  return {false, {files.input.size()}, {0.5}, files.input + "\n"};
}

TEST(SceneBatch, GoesOnAfterAFailureAndKeepsTheOrderForEveryNumberOfJobs) {
  for (const int jobs : {1, 2, 5}) {
    Listener listener;
    BatchPlan plan;
    plan.memory_cure = "; give less with --memory, --batch-size or --jobs";
    plan.jobs = jobs;
    plan.map = [](const SceneFiles& files, RunContext& context) {
      if (files.input == "b") throw data_error("b: is no raster");
      if (files.input == "f") throw resource_error("--memory: is too little");
      if (files.input == "d") throw std::bad_alloc();
      if (files.input == "e") throw std::runtime_error("odd");
      return good(files, context);
    };
    const BatchResult result = run_batch(scenes({"a", "b", "c", "d", "e", "f"}), plan, listener);
    EXPECT_EQ(result.failures(), 4U);
    EXPECT_EQ(result.text, "a\nc\n");
    std::vector<std::string> reasons;
    for (const SceneRow& row : result.rows) reasons.push_back(row.scene + " " + row.reason);
    EXPECT_THAT(reasons, ElementsAre("a ", "b is no raster", "c ",
                                     "d out of memory; give less with --memory, --batch-size or --jobs",
                                     "e internal error: odd", "f --memory: is too little"));
    EXPECT_THAT(listener.warnings,
                testing::UnorderedElementsAre(
                    "b: is no raster", "d: out of memory; give less with --memory, --batch-size or --jobs",
                    "e: internal error: odd", "f: --memory: is too little"));
    EXPECT_EQ(result.rows[2].map, "maps/c");
    EXPECT_THAT(result.rows[2].pixels, ElementsAre(1U));
    EXPECT_DOUBLE_EQ(listener.fractions.back(), 1);
  }
}

TEST(SceneBatch, CountsASceneWithoutAValidPixelAsNoFailure) {
  Listener listener;
  BatchPlan plan;
  plan.map = [](const SceneFiles& files, RunContext& context) {
    if (files.input == "a") throw EmptyScene("a", " in the mapped part");
    return good(files, context);
  };
  const BatchResult result = run_batch(scenes({"a", "b"}), plan, listener);
  EXPECT_EQ(result.failures(), 0U);
  EXPECT_EQ(result.rows[0].status, SceneStatus::Empty);
  EXPECT_EQ(result.rows[0].reason, "has no valid pixel in the mapped part");
  EXPECT_THAT(listener.warnings, testing::IsEmpty());
}

TEST(SceneBatch, WorksOnAsManyScenesAtOnceAsThereAreJobs) {
  Listener listener;
  std::latch both(2);
  std::mutex mutex;
  std::set<int> begun;
  BatchPlan plan;
  plan.jobs = 2;
  plan.begin_job = [&](int job) {
    const std::scoped_lock lock(mutex);
    begun.insert(job);
  };
  plan.map = [&](const SceneFiles& files, RunContext& context) {
    both.arrive_and_wait();  // passes only when two are here
    context.progress(0.5, files.input);
    return good(files, context);
  };
  EXPECT_EQ(run_batch(scenes({"a", "b"}), plan, listener).failures(), 0U);
  EXPECT_THAT(begun, ElementsAre(0, 1));
}

TEST(SceneBatch, RunsInTheCallingThreadWhereNothingIsBesideIt) {
  Listener listener;
  BatchPlan plan;
  plan.map = [&, caller = std::this_thread::get_id()](const SceneFiles& files, RunContext& context) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    return good(files, context);
  };
  run_batch(scenes({"a", "b"}), plan, listener);
  plan.jobs = 8;
  run_batch(scenes({"a"}), plan, listener);
}

TEST(SceneBatch, TellsTheProgressOfAllScenesInOneLine) {
  Listener listener;
  BatchPlan plan;
  plan.map = [](const SceneFiles& files, RunContext& context) {
    context.progress(0.5, files.input);
    return good(files, context);
  };
  run_batch(scenes({"a", "b"}), plan, listener);
  EXPECT_THAT(listener.stages, ElementsAre("0 of 2, a", "1 of 2", "1 of 2, b", "2 of 2"));
  EXPECT_THAT(listener.fractions, ElementsAre(0.25, 0.5, 0.75, 1));
}

TEST(SceneBatch, StopsAllJobsWhenCancelledAndSaysHowFarItGot) {
  for (const int jobs : {1, 2}) {
    Listener listener;
    std::atomic<int> started{0};
    BatchPlan plan;
    plan.jobs = jobs;
    plan.map = [&](const SceneFiles& files, RunContext& context) {
      ++started;
      if (files.input == "a") return good(files, context);
      listener.stop = true;
      while (true) context.check_cancelled();
    };
    expect_error(ErrorKind::Cancelled,
                 "cancelled; 1 of 9 scenes are finished, the same command with --resume goes on", [&] {
                   run_batch(scenes({"a", "b", "c", "d", "e", "f", "g", "h", "i"}), plan, listener);
                 });
    EXPECT_LE(started, 1 + jobs);
  }
}

TEST(SceneBatch, EndsAtAnOptionThatIsWrongForAllScenes) {
  Listener listener;
  Error error = option_error("--co: no such option");
  BatchPlan plan;
  plan.map = [&](const SceneFiles& files, RunContext& context) {
    return files.input == "b.tif" ? good(files, context) : throw error;
  };
  for (const int jobs : {2, 1}) {
    plan.jobs = jobs;
    expect_error(ErrorKind::Usage, error.what(), [&] {
      run_batch(scenes({"a.tif", "c.tif"}), plan, listener);
    });
  }
  EXPECT_TRUE(listener.warnings.empty()) << "told once, by the error";
  EXPECT_EQ(run_batch(scenes({"b.tif", "a.tif"}), plan, listener).failures(), 1U) << "not wrong for all";
  error = usage_error("--bands: a.tif has no band 4");
  EXPECT_EQ(run_batch(scenes({"a.tif", "b.tif"}), plan, listener).failures(), 1U);
}

TEST(SceneBatch, WaitsForOtherJobsBeforeAnOptionIsWrongForAll) {
  Listener listener;
  std::latch told(1);
  BatchPlan plan;
  plan.jobs = 2;
  plan.map = [&](const SceneFiles& files, RunContext& context) {
    if (files.input == "a") {
      told.count_down();
      throw option_error("--co: no such option");
    }
    told.wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return good(files, context);
  };
  const BatchResult result = run_batch(scenes({"a", "b", "c"}), plan, listener);
  EXPECT_EQ(result.failures(), 1U);
  EXPECT_EQ(result.text, "b\nc\n");
  plan.jobs = 1;
  plan.map = [](const SceneFiles& files, RunContext&) {
    if (files.input == "a") return SceneOutcome{true, {}, {}, ""};
    throw option_error("--co: no such option");
  };
  expect_error(ErrorKind::Usage, "--co: no such option", [&] {
    run_batch(scenes({"a", "b"}), plan, listener);
  });
}

TEST(SceneBatch, PassesOnWhatGoesWrongBeforeAnyScene) {
  Listener listener;
  BatchPlan plan;
  plan.jobs = 2;
  plan.begin_job = [](int) { throw resource_error("no threads"); };
  plan.map = good;
  expect_error(ErrorKind::Resource, "no threads", [&] { run_batch(scenes({"a", "b"}), plan, listener); });
}

}  // namespace
}  // namespace orthocover::operations
