#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <optional>

#include "core/base/error.h"
#include "core/nn/weights/safetensors.h"
#include "core/training/training_checkpoint.h"
#include "tests/core/training/trainer_course.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using test::Course;
using test::equal;
using test::few_steps;
using test::PlainNetwork;

/// Cancels after some steps.
class Stopper final : public RunContext {
 public:
  explicit Stopper(int after) : m_left(after) {}
  void progress(double /*fraction*/, std::string_view /*stage*/) override { --m_left; }
  bool cancelled() const override { return m_left <= 0; }

 private:
  int m_left;
};

/// Batch norm, dropout, everything that has a state.
TrainingOptions whole_run(OptimiserKind kind) {
  TrainingOptions options = few_steps(8);
  options.optimiser.kind = kind;
  options.accumulate = 2;
  options.frozen_encoder_steps = 2;
  options.validate_every = 3;
  return options;
}

class ResumedTraining : public testing::TestWithParam<OptimiserKind> {};

TEST_P(ResumedTraining, EndsWithTheVeryWeightsOfARunThatWasNotStopped) {
  const test::RunFolder folder;
  Course course;
  TrainingHooks hooks;
  hooks.validate = [](const nn::TensorMap&, std::int64_t step) { return step == 3 ? 0.9 : 0.1; };
  Trainer whole(Course::network(), 2, torch::kCPU, whole_run(GetParam()));
  whole.run(*course.sampler, *course.loader, course.context, hooks);
  TrainingOptions options = whole_run(GetParam());
  options.folder = folder.path();
  options.resume = true;
  Trainer stopped(Course::network(), 2, torch::kCPU, options);
  Stopper stopper(5);
  try {
    stopped.run(*course.sampler, *course.loader, stopper, hooks);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Cancelled);
    EXPECT_EQ(std::string(error.what()),
              fmt::format("stopped after step 5; {} keeps step 5, go on with --resume",
                          (folder.path() / "last.safetensors").string()));
  }
  Trainer resumed(Course::network(), 2, torch::kCPU, options);
  std::int64_t done = 0;
  hooks.begin = [&](std::int64_t steps) { done = steps; };
  const TrainingReport report = resumed.run(*course.sampler, *course.loader, course.context, hooks);
  EXPECT_EQ(done, 5);
  EXPECT_EQ(report.steps, 8);
  EXPECT_EQ(report.best_step, 3) << "known from before the stop";
  const auto same = [](const nn::TensorMap& a, const nn::TensorMap& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto found = std::ranges::find(b, a[i].first, &nn::TensorMap::value_type::first);
      ASSERT_NE(found, b.end());
      EXPECT_TRUE(a[i].second.equal(found->second)) << a[i].first;
    }
  };
  same(whole.average(), resumed.average());
  same(whole.best(), resumed.best());
  EXPECT_FALSE(equal(whole.best(), whole.average())) << "the comparison can fail";
}

INSTANTIATE_TEST_SUITE_P(Optimisers, ResumedTraining,
                         testing::Values(OptimiserKind::AdamW, OptimiserKind::Sgd), [](const auto& tested) {
                           return tested.param == OptimiserKind::AdamW ? "AdamW" : "Sgd";
                         });

TEST(Trainer, ForgetsTheBestScoreWhereOthersAreMadeOfSomethingElse) {
  const test::RunFolder folder;
  Course course;
  TrainingOptions options = few_steps(2);
  options.folder = folder.path();
  options.validate_every = 1;
  options.resume = true;
  options.score_of = "levels 1";
  TrainingHooks hooks;
  double score = 0.9;
  hooks.validate = [&](const nn::TensorMap&, std::int64_t) { return score -= 0.1; };
  const auto run = [&](std::int64_t steps, const std::string& score_of) {
    options.steps = steps;
    options.score_of = score_of;
    return Trainer(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options)
        .run(*course.sampler, *course.loader, course.context, hooks);
  };
  EXPECT_EQ(run(2, "levels 1").best_step, 1);
  EXPECT_EQ(run(3, "levels 1").best_step, 1);
  const TrainingReport other = run(5, "levels 1, 2");
  EXPECT_EQ(other.best_step, 3) << "the first score of its kind";
  EXPECT_NEAR(*other.best_score, 0.5, 1e-9);
}

TEST(Trainer, DoesAfterAStopWhatWasDueThen) {
  const test::RunFolder folder;
  Course course;
  TrainingOptions options = whole_run(OptimiserKind::AdamW);
  options.folder = folder.path();
  options.resume = true;
  std::vector<std::int64_t> scored;
  bool stops_within = false;
  TrainingHooks hooks;
  hooks.validate = [&](const nn::TensorMap&, std::int64_t step) {
    if (std::exchange(stops_within, false)) throw Error(ErrorKind::Cancelled, "stopped");
    scored.push_back(step);
    return 0.5;
  };
  const auto message_of_stop = [&](RunContext& context) -> std::string {
    try {
      Trainer(Course::network(), 2, torch::kCPU, options)
          .run(*course.sampler, *course.loader, context, hooks);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Cancelled);
      return error.what();
    }
    return "no stop";
  };
  Stopper at_a_validation(3);
  EXPECT_THAT(message_of_stop(at_a_validation), testing::HasSubstr("stopped after step 3"));
  EXPECT_TRUE(scored.empty());
  stops_within = true;
  EXPECT_THAT(message_of_stop(course.context), testing::HasSubstr("stopped after step 3"));
  EXPECT_EQ(message_of_stop(course.context), "no stop");
  EXPECT_EQ(scored, (std::vector<std::int64_t>{3, 6, 8})) << "the end is scored, too";
}

TEST(Trainer, RefusesCheckpointsOfOtherNetworksAndOtherFiles) {
  const test::RunFolder folder;
  const fs::path checkpoint = folder.path() / "last.safetensors";
  Course course;
  TrainingOptions own = few_steps(1);
  own.fixed = {{"held_out", "ground"}, {"classes", {"1 grass", "2 roof"}}};
  Trainer plain(std::make_shared<PlainNetwork>(), 2, torch::kCPU, own);
  plain.save_checkpoint(checkpoint);
  Trainer other(Course::network(), 2, torch::kCPU, few_steps(1));
  EXPECT_THROW(other.load_checkpoint(checkpoint, course.context), Error) << "of another network";
  TrainingOptions elsewhere = few_steps(1);
  elsewhere.fixed["held_out"] = "other ground";
  Trainer cheat(std::make_shared<PlainNetwork>(), 2, torch::kCPU, elsewhere);
  EXPECT_THROW(cheat.load_checkpoint(checkpoint, course.context), Error) << "held out other ground";
  TrainingOptions renamed = few_steps(1);
  renamed.fixed["classes"] = {"1 roof", "2 grass"};
  Trainer mixed_up(std::make_shared<PlainNetwork>(), 2, torch::kCPU, renamed);
  EXPECT_THROW(mixed_up.load_checkpoint(checkpoint, course.context), Error) << "of other classes";
  const TrainingCheckpoint good = load_checkpoint(checkpoint);
  for (const auto& [key, value] :
       {std::pair("step", -1.0), std::pair("step", 1e9), std::pair("seconds", -1.0)}) {
    TrainingCheckpoint wrong = good;
    wrong.progress[key] = value;
    save_checkpoint(checkpoint, wrong);
    EXPECT_THROW(plain.load_checkpoint(checkpoint, course.context), Error) << key << value;
  }
  nn::write_safetensors(checkpoint, nn::state_of(PlainNetwork()));
  EXPECT_THROW(plain.load_checkpoint(checkpoint, course.context), Error) << "weights are no checkpoint";
}

TEST(Trainer, NamesThePatchWhoseLossIsNoNumberAndKeepsTheCheckpoint) {
  const test::RunFolder folder;
  Course course;
  TrainingOptions options = few_steps(100);
  options.batch_size = 1;
  options.folder = folder.path();
  options.checkpoint_every_s = 0;
  Trainer trainer(std::make_shared<test::BrittleNetwork>(), 2, torch::kCPU, options);
  try {
    trainer.run(*course.sampler, *course.loader, course.context);
    FAIL() << "it must stop";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Data);
    EXPECT_THAT(error.what(), testing::HasSubstr("the loss is no number at step"));
    EXPECT_THAT(error.what(), testing::HasSubstr("of scene at column"));
  }
  if (fs::exists(folder.path() / "last.safetensors")) {
    const nn::Safetensors kept = nn::read_safetensors(folder.path() / "last.safetensors");
    for (const auto& [name, tensor] : kept.tensors) EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
  }
}

/// Files can't grow beyond a size, as on a full disk, for as long as the object lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : m_handler(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &m_before);
    const rlimit limit{bytes, m_before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &m_before);
    std::signal(SIGXFSZ, m_handler);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*m_handler)(int);
  rlimit m_before{};
};

/// Collects warnings.
class Listener final : public RunContext {
 public:
  void log(LogLevel level, std::string_view message) override {
    if (level == LogLevel::Warning) m_warnings.emplace_back(message);
  }
  const std::vector<std::string>& warnings() const { return m_warnings; }

 private:
  std::vector<std::string> m_warnings;
};

TEST(Trainer, GoesOnWhenTheDiskIsFullAndKeepsTheCheckpointBefore) {
  const test::RunFolder folder;
  Course course;
  TrainingOptions options = few_steps(2);
  options.folder = folder.path();
  Trainer first(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  first.run(*course.sampler, *course.loader, course.context);
  options.steps = 4;
  options.resume = true;
  Listener listener;
  Trainer second(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  {
    const FullDisk disk(256);
    EXPECT_EQ(second.run(*course.sampler, *course.loader, listener).steps, 4);
  }
  ASSERT_FALSE(listener.warnings().empty());
  EXPECT_THAT(listener.warnings().front(), testing::HasSubstr("checkpoint not written"));
  Trainer third(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  std::int64_t done = 0;
  TrainingHooks hooks;
  hooks.begin = [&](std::int64_t steps) { done = steps; };
  third.run(*course.sampler, *course.loader, course.context, hooks);
  EXPECT_EQ(done, 2);
}

TEST(Trainer, WritesTheBestWeightsLaterWhenTheDiskWasFull) {
  const test::RunFolder folder;
  Course course;
  TrainingOptions options = few_steps(3);
  options.folder = folder.path();
  options.validate_every = 1;
  options.resume = true;
  std::optional<FullDisk> disk;
  TrainingHooks hooks;
  hooks.validate = [&](const nn::TensorMap&, std::int64_t step) {
    disk.reset();
    if (step == 1) disk.emplace(256);
    return step == 1 ? 0.9 : 0.1;
  };
  Trainer trainer(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  trainer.run(*course.sampler, *course.loader, course.context, hooks);
  options.steps = 4;
  Trainer resumed(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  const TrainingReport report = resumed.run(*course.sampler, *course.loader, course.context, hooks);
  EXPECT_EQ(report.best_step, 1);
  EXPECT_TRUE(equal(resumed.best(), trainer.best()));
  EXPECT_FALSE(equal(trainer.best(), trainer.average())) << "the comparison can fail";
}

}  // namespace
}  // namespace orthocover
