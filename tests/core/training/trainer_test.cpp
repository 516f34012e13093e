#include "core/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "core/base/error.h"
#include "core/nn/weights/safetensors.h"
#include "core/training/batch_size.h"
#include "core/training/validation.h"
#include "tests/core/training/brittle_network.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// The two halves, the lower region held out, and all that a trainer needs.
struct Course {
  std::vector<TrainingScene> scenes;
  std::vector<nn::ModelBand> bands = std::vector<nn::ModelBand>(3, {"b", 0.4, 0.25});
  std::unique_ptr<PatchSampler> sampler;
  std::unique_ptr<PatchLoader> loader;
  RunContext context;

  Course() {
    torch::manual_seed(5);
    scenes.push_back(test::two_halves());
    scenes[0].held_out = {{"bottom", {0, 128, 256, 128}}};
    SamplingOptions sampling;
    sampling.classes = 2;
    sampling.levels = {1, 2};
    sampling.level_shares = {0.6, 0.4};
    sampling.patch_px = 64;
    sampler = std::make_unique<PatchSampler>(scenes, sampling);
    loader = std::make_unique<PatchLoader>(scenes, bands, 1.0 / 255, measure_bands(scenes, 1.0 / 255),
                                           std::nullopt);
  }
  static std::shared_ptr<nn::SegmentationNetwork> network() {
    torch::manual_seed(5);
    return nn::make_network("orthonet-small", {3, 2});
  }
};

TrainingOptions few_steps(std::int64_t steps) {
  TrainingOptions options;
  options.steps = steps;
  options.batch_size = 2;
  options.warmup_steps = 2;
  options.average_decay = 0.9;
  options.optimiser.learning_rate = 3e-3;
  return options;
}

bool equal(const nn::TensorMap& a, const nn::TensorMap& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].first != b[i].first || !a[i].second.allclose(b[i].second, 1e-4, 1e-5)) return false;
  }
  return a.size() == b.size();
}

TEST(Trainer, LearnsTwoHalvesSoThatWhatIsHeldOutIsRight) {
  Course course;
  Trainer trainer(Course::network(), 2, torch::kCPU, few_steps(30));
  int validations = 0;
  std::vector<std::int64_t> steps;
  TrainingHooks hooks;
  hooks.validate = [&](const nn::TensorMap&, std::int64_t) { return ++validations, std::nullopt; };
  hooks.step = [&](const StepRecord& record) {
    EXPECT_TRUE(std::isfinite(record.loss));
    EXPECT_EQ(record.patches, 2 * record.step);
    steps.push_back(record.step);
  };
  const TrainingReport report = trainer.run(*course.sampler, *course.loader, course.context, hooks);
  EXPECT_EQ(report.steps, 30);
  EXPECT_EQ(steps.size(), 30U);
  EXPECT_EQ(validations, 10);
  auto network = Course::network();
  nn::load_state(*network, trainer.average(), "average");
  const ConfusionMatrix matrix =
      validate(*network, torch::kCPU, course.scenes, {course.bands, 1.0 / 255, 0.1, 2, 96}, course.context);
  EXPECT_EQ(matrix.total(), 2U * 128 * 120) << "every labelled pixel of the region once, none of the other";
  EXPECT_GT(*matrix.mean_iou(), 0.8);
}

TEST(Trainer, GivesTheSameWeightsForTheSameSeed) {
  Course course;
  Trainer a(Course::network(), 2, torch::kCPU, few_steps(3));
  Trainer b(Course::network(), 2, torch::kCPU, few_steps(3));
  a.run(*course.sampler, *course.loader, course.context);
  b.run(*course.sampler, *course.loader, course.context);
  EXPECT_TRUE(equal(a.average(), b.average()));
}

/// Without batch norm's batch statistics and dropout, accumulated steps equal large batches.
class PlainNetwork final : public nn::SegmentationNetwork {
 public:
  PlainNetwork() {
    m_conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 2, 3).padding(1)));
  }
  torch::Tensor forward_scores(torch::Tensor image) override { return m_conv->forward(image); }
  int size_multiple() const override { return 1; }

 private:
  torch::nn::Conv2d m_conv{nullptr};
};

TEST(Trainer, AccumulatesToExactlyTheStepOfALargeBatch) {
  Course course;
  const auto train = [&](int batch, int accumulate) {
    torch::manual_seed(9);
    TrainingOptions options = few_steps(5);
    options.batch_size = batch;
    options.accumulate = accumulate;
    Trainer trainer(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
    trainer.run(*course.sampler, *course.loader, course.context);
    return trainer.average();
  };
  const nn::TensorMap large = train(4, 1);
  EXPECT_TRUE(equal(large, train(1, 4)));
  EXPECT_TRUE(equal(large, train(2, 2)));
  EXPECT_FALSE(equal(large, train(2, 1))) << "the comparison can fail";
}

class AccumulatedNetwork : public testing::TestWithParam<std::string> {};

TEST_P(AccumulatedNetwork, LearnsWhatALargeBatchTeachesWithFrozenStatistics) {
  Course course;
  const auto train = [&](int batch, int accumulate) {
    torch::manual_seed(9);
    auto network = nn::make_network(GetParam(), {3, 2, {{"dropout", 0}}});
    TrainingOptions options;
    options.steps = 3;
    options.batch_size = batch;
    options.accumulate = accumulate;
    options.warmup_steps = 0;
    options.average_decay = 0;
    options.frozen_batch_norm = true;
    // AdamW moves a weight by the full learning rate however small its gradient is: of millions some have
    // gradients below the rounding of float32 sums, whose sign then decides.
    options.optimiser.kind = OptimiserKind::Sgd;
    Trainer trainer(network, 2, torch::kCPU, options);
    trainer.run(*course.sampler, *course.loader, course.context);
    return trainer.average();
  };
  const nn::TensorMap large = train(16, 1);
  const nn::TensorMap parts = train(8, 2);
  for (std::size_t i = 0; i < large.size(); ++i) {
    EXPECT_LE((large[i].second - parts[i].second).abs().max().item<double>(), 1e-5) << large[i].first;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, AccumulatedNetwork,
                         testing::Values("orthonet-small", "deeplabv3plus-resnet34"), [](const auto& tested) {
                           std::string name = tested.param;
                           std::erase(name, '-');
                           return name;
                         });

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
              fmt::format("stopped after step 5, which {} keeps; go on with --resume",
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
  EXPECT_EQ(scored, (std::vector<std::int64_t>{3, 6}));
}

TEST(Trainer, RefusesCheckpointsOfOtherNetworksAndOtherFiles) {
  const test::RunFolder folder;
  const fs::path checkpoint = folder.path() / "last.safetensors";
  Course course;
  Trainer plain(std::make_shared<PlainNetwork>(), 2, torch::kCPU, few_steps(1));
  plain.save_checkpoint(checkpoint);
  Trainer other(Course::network(), 2, torch::kCPU, few_steps(1));
  EXPECT_THROW(other.load_checkpoint(checkpoint, course.context), Error) << "of another network";
  nn::write_safetensors(checkpoint, nn::state_of(PlainNetwork()));
  EXPECT_THROW(plain.load_checkpoint(checkpoint, course.context), Error) << "weights are no checkpoint";
}

TEST(Trainer, EndsWhenNoScoreGetsBetter) {
  Course course;
  TrainingOptions options = few_steps(50);
  options.validate_every = 2;
  options.patience = 3;
  TrainingHooks hooks;
  hooks.validate = [](const nn::TensorMap&, std::int64_t step) { return step == 4 ? 0.5 : 0.4; };
  Trainer trainer(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  const TrainingReport report = trainer.run(*course.sampler, *course.loader, course.context, hooks);
  EXPECT_EQ(report.steps, 10) << "the best score at step 4, three worse ones after it";
  EXPECT_EQ(report.best_step, 4);
  EXPECT_TRUE(report.ended_early);
}

TEST(Trainer, LeavesAFrozenEncoderAndFrozenStatisticsAsTheyAre) {
  Course course;
  TrainingOptions options = few_steps(2);
  options.frozen_encoder_steps = 2;
  options.frozen_batch_norm = true;
  options.average_decay = 0;
  const auto before = nn::state_of(*Course::network());
  Trainer trainer(Course::network(), 2, torch::kCPU, options);
  trainer.run(*course.sampler, *course.loader, course.context);
  bool changed = false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& name = before[i].first;
    const bool same = before[i].second.equal(trainer.average()[i].second);
    if (name.starts_with("stem.") || name.starts_with("stages.") ||
        name.find("running_") != std::string::npos)
      EXPECT_TRUE(same) << name;
    else
      changed = changed || !same;
  }
  EXPECT_TRUE(changed) << "the decoder learns";
}

TEST(Trainer, NamesThePatchWhoseLossIsNoNumberAndKeepsTheCheckpoint) {
  const test::RunFolder folder;
  Course course;
  TrainingOptions options = few_steps(100);
  options.batch_size = 1;
  options.folder = folder.path();
  options.checkpoint_every_s = 0;
  Trainer trainer(std::make_shared<BrittleNetwork>(), 2, torch::kCPU, options);
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

TEST(Trainer, TrainsInHalfPrecision) {
  Course course;
  TrainingOptions options = few_steps(2);
  options.precision = Precision::BFloat16;
  Trainer trainer(Course::network(), 2, torch::kCPU, options);
  const TrainingReport report = trainer.run(*course.sampler, *course.loader, course.context);
  EXPECT_TRUE(std::isfinite(report.last_loss));
  for (const auto& [name, tensor] : trainer.average())
    EXPECT_NE(tensor.scalar_type(), torch::kBFloat16) << name;
}

TEST(BatchSize, FitsIntoTheMemoryAndLeavesTheNetworkAlone) {
  auto network = Course::network();
  nn::TensorMap before;
  for (const auto& [name, tensor] : nn::state_of(*network))
    before.emplace_back(name, tensor.detach().clone());
  const int few = largest_batch_size(*network, torch::kCPU, 3, 64, torch::kFloat, 64ULL << 20);
  const int many = largest_batch_size(*network, torch::kCPU, 3, 64, torch::kFloat, 64ULL << 30);
  EXPECT_GE(few, 1);
  EXPECT_LT(few, many);
  EXPECT_EQ(many, 64);
  EXPECT_THROW(largest_batch_size(*network, torch::kCPU, 3, 64, torch::kFloat, 1000), Error);
  const nn::TensorMap after = nn::state_of(*network);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(before[i].second.equal(after[i].second)) << before[i].first;
}

TEST(Trainer, EndsAtTheTimeLimit) {
  Course course;
  TrainingOptions options = few_steps(1'000'000);
  options.time_limit_s = 0.2;
  Trainer trainer(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  const TrainingReport report = trainer.run(*course.sampler, *course.loader, course.context);
  EXPECT_GE(report.seconds, 0.2);
  EXPECT_LT(report.steps, 1'000'000);
  EXPECT_GE(report.steps, 1);
}

}  // namespace
}  // namespace orthocover
