#include "core/training/rank_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <thread>

#include "core/base/error.h"
#include "core/nn/ranks/memory_exchange.h"
#include "core/training/trainer.h"
#include "tests/core/training/trainer_course.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// Two halves and all that a trainer needs; may be used by several threads.
struct Course {
  std::vector<TrainingScene> scenes;
  std::unique_ptr<PatchSampler> sampler;
  std::unique_ptr<PatchLoader> loader;

  Course() {
    scenes.push_back(test::two_halves());
    SamplingOptions sampling;
    sampling.classes = 2;
    sampling.levels = {1};
    sampling.level_shares = {1};
    sampling.patch_px = 64;
    sampler = std::make_unique<PatchSampler>(scenes, sampling);
    loader = std::make_unique<PatchLoader>(scenes, std::vector<nn::ModelBand>(3, {"b", 0.4, 0.25}), 1.0 / 255,
                                           measure_bands(scenes, 1.0 / 255), std::nullopt);
  }
};

/// With batch norm, whose statistics ranks share, and smooth everywhere: where rounding crosses the kink of
/// an activation, gradients jump, on some processors and not on others.
class SmoothNetwork final : public nn::SegmentationNetwork {
 public:
  SmoothNetwork() {
    namespace layers = torch::nn;
    const auto conv = [](int in, int out) {
      return layers::Conv2d(layers::Conv2dOptions(in, out, 3).padding(1).bias(false));
    };
    m_layers = register_module(
        "layers", layers::Sequential(conv(3, 8), layers::BatchNorm2d(8), layers::SiLU(), conv(8, 8),
                                     layers::BatchNorm2d(8), layers::SiLU(), conv(8, 2)));
  }
  torch::Tensor forward_scores(torch::Tensor image) override { return m_layers->forward(image); }
  int size_multiple() const override { return 1; }

 private:
  torch::nn::Sequential m_layers{nullptr};
};

std::shared_ptr<nn::SegmentationNetwork> network() {
  torch::manual_seed(5);
  return std::make_shared<SmoothNetwork>();
}

TrainingOptions four_passes(std::int64_t steps) {
  TrainingOptions options;
  options.steps = steps;
  options.batch_size = 2;
  options.accumulate = 4;
  options.warmup_steps = 1;
  options.average_decay = 0.5;
  // AdamW moves weights without a gradient by the sign of rounding errors.
  options.optimiser.kind = OptimiserKind::Sgd;
  options.optimiser.learning_rate = 3e-3;
  return options;
}

/// What one rank came to.
struct Result {
  nn::TensorMap average;
  TrainingReport report;
  std::string error;
};

using Settings = std::function<void(int rank, TrainingOptions&, TrainingHooks&)>;

/// Trains with so many ranks, each a thread; one rank has no exchange at all.
std::vector<Result> train(int ranks, TrainingOptions options, const Settings& settings = {}) {
  const Course course;
  nn::MemoryTeam team(ranks);
  std::vector<std::shared_ptr<nn::SegmentationNetwork>> networks;
  for (int rank = 0; rank < ranks; ++rank) networks.push_back(network());
  std::vector<Result> results(static_cast<std::size_t>(ranks));
  const auto run = [&](int rank) {
    Result& result = results[static_cast<std::size_t>(rank)];
    nn::MemoryExchange exchange(team, rank);
    TrainingOptions own = options;
    TrainingHooks hooks;
    if (settings) settings(rank, own, hooks);
    RunContext context;
    try {
      Trainer trainer(networks[static_cast<std::size_t>(rank)], 2, torch::kCPU, own,
                      ranks > 1 ? &exchange : nullptr);
      result.report = trainer.run(*course.sampler, *course.loader, context, hooks);
      for (const auto& [name, tensor] : trainer.average()) result.average.emplace_back(name, tensor.clone());
    } catch (const Error& error) {
      result.error = error.what();
      team.fail(fmt::format("rank {}: {}", rank, error.what()));
    }
  };
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(run, rank);
  threads.clear();
  return results;
}

/// The largest difference of two states, of entries whose names contain `part`; of tensors with values above
/// 1 as a share of the largest one.
double difference(const nn::TensorMap& a, const nn::TensorMap& b, const std::string& part = "") {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    if (a[i].first.find(part) == std::string::npos) continue;
    const torch::Tensor one = a[i].second.to(torch::kDouble);
    const double scale = std::max(1.0, one.abs().max().item<double>());
    largest = std::max(largest, (one - b[i].second.to(torch::kDouble)).abs().max().item<double>() / scale);
  }
  return largest;
}

class RanksOfATraining : public testing::TestWithParam<int> {};

TEST_P(RanksOfATraining, EndWithTheWeightsAndStatisticsOfOneProcess) {
  const Result alone = train(1, four_passes(4)).front();
  const std::vector<Result> together = train(GetParam(), four_passes(4));
  for (const Result& rank : together) {
    ASSERT_EQ(rank.error, "");
    EXPECT_LT(difference(alone.average, rank.average), 2e-6);
    EXPECT_EQ(difference(alone.average, rank.average, "num_batches_tracked"), 0);
    EXPECT_EQ(difference(together[0].average, rank.average), 0) << "the same bits on every rank";
    EXPECT_EQ(rank.report.steps, 4);
    EXPECT_NEAR(rank.report.last_loss, alone.report.last_loss, 1e-5);
  }
  TrainingOptions other = four_passes(4);
  other.accumulate = 2;
  const nn::TensorMap less = train(1, other).front().average;
  EXPECT_GT(difference(alone.average, less, "running_mean"), 1e-1) << "the comparison can fail";
  EXPECT_GT(difference(alone.average, less, "weight"), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RanksOfATraining, testing::Values(2, 4));

TEST(RankSteps, ShareTheBatchesThatOneProcessWouldRead) {
  const Course course;
  const auto names = [&](BatchShare share, int batches) {
    BatchQueue queue(*course.sampler, *course.loader, 2, 100, 2, false, share);
    std::vector<std::string> all;
    for (int i = 0; i < batches; ++i) {
      for (std::string& name : queue.next().names) all.push_back(std::move(name));
    }
    return all;
  };
  const std::vector<std::string> alone = names({}, 8);
  const std::vector<std::string> first = names(batch_share(0, 2, 4), 4);
  const std::vector<std::string> second = names(batch_share(1, 2, 4), 4);
  // Two steps of four batches: each rank has two of each, the first rank the first two.
  std::vector<std::string> joined;
  for (const std::size_t step : {0U, 4U}) {
    for (const auto* rank : {&first, &second})
      joined.insert(joined.end(), rank->begin() + static_cast<std::ptrdiff_t>(step),
                    rank->begin() + static_cast<std::ptrdiff_t>(step) + 4);
  }
  EXPECT_EQ(joined, alone);
}

TEST(RankSteps, RefusePassesThatTheRanksCanNotShare) {
  TrainingOptions options = four_passes(2);
  options.accumulate = 3;
  for (const Result& rank : train(2, options)) {
    EXPECT_EQ(
        rank.error,
        "--accumulate: 3 passes of a step can't be shared evenly by 2 processes; give a multiple of 2, as "
        "in --batch-size 4 --accumulate 2 for 8 patches a step");
  }
}

TEST(RankSteps, GoOnFromTheCheckpointOfTheFirstRankWithAnyNumberOfRanks) {
  const test::RunFolder folder;
  const Result alone = train(1, four_passes(6)).front();
  TrainingOptions half = four_passes(6);
  half.folder = folder.path();
  half.validate_every = 3;
  half.patience = 1;
  // Of two scores the second is no better, which ends the run of all ranks after the sixth step.
  const auto first_has_the_folder = [](int rank, TrainingOptions& options, TrainingHooks& hooks) {
    if (rank > 0) options.folder = "/nowhere";
    if (rank == 0) hooks.validate = [](const nn::TensorMap&, std::int64_t) { return 0.5; };
    hooks.step = [](const StepRecord& record) {
      if (record.step == 4) throw data_error("broken");
    };
  };
  for (const Result& rank : train(2, half, first_has_the_folder)) EXPECT_NE(rank.error, "");
  ASSERT_TRUE(fs::exists(folder.path() / "last.safetensors")) << "of the best score at step 3";
  half.resume = true;
  std::set<std::int64_t> begun;
  std::mutex mutex;
  const std::vector<Result> resumed =
      train(4, half, [&](int rank, TrainingOptions& options, TrainingHooks& hooks) {
        if (rank > 0) options.folder = "/nowhere";
        if (rank == 0) hooks.validate = [](const nn::TensorMap&, std::int64_t) { return 0.4; };
        hooks.begin = [&](std::int64_t done) {
          const std::lock_guard lock(mutex);
          begun.insert(done);
        };
      });
  EXPECT_EQ(begun, std::set<std::int64_t>{3});
  for (const Result& rank : resumed) {
    ASSERT_EQ(rank.error, "");
    EXPECT_LT(difference(alone.average, rank.average), 2e-6);
    EXPECT_TRUE(rank.report.ended_early) << "as the first rank's score says";
    EXPECT_EQ(rank.report.best_step, 3);
  }
}

TEST(RankSteps, NameThePatchWhoseLossIsNoNumberWhicheverRankHasIt) {
  const Course course;
  nn::MemoryTeam team(2);
  std::array<std::string, 2> errors;
  const auto run = [&](int rank) {
    nn::MemoryExchange exchange(team, rank);
    RunContext context;
    TrainingOptions options = four_passes(100);
    options.batch_size = 1;
    options.accumulate = 2;
    try {
      Trainer trainer(std::make_shared<test::BrittleNetwork>(), 2, torch::kCPU, options, &exchange);
      trainer.run(*course.sampler, *course.loader, context);
    } catch (const Error& error) {
      errors[static_cast<std::size_t>(rank)] = error.what();
      team.fail(error.what());
    }
  };
  {
    const std::jthread other(run, 1);
    run(0);
  }
  for (const std::string& error : errors) {
    EXPECT_THAT(error, testing::HasSubstr("the loss is no number at step"));
    EXPECT_THAT(error, testing::HasSubstr("of scene at column"));
  }
}

TEST(RankSteps, KeepTheLastWholeStepWhenARankIsGone) {
  const test::RunFolder folder;
  TrainingOptions options = four_passes(50);
  options.folder = folder.path();
  const auto lose_the_second = [](int rank, TrainingOptions&, TrainingHooks& hooks) {
    hooks.step = [rank](const StepRecord& record) {
      if (rank == 1 && record.step == 3) throw resource_error("is gone");
    };
  };
  const std::vector<Result> ranks = train(2, options, lose_the_second);
  EXPECT_EQ(ranks[0].error, fmt::format("rank 1: is gone; {} keeps step 3, go on with --resume",
                                        (folder.path() / "last.safetensors").string()));
  options.steps = 3;
  options.resume = true;
  const Result kept = train(1, options).front();
  EXPECT_EQ(kept.report.steps, 3) << "nothing was left to do";
  TrainingOptions three = four_passes(50);
  three.time_limit_s = std::nullopt;
  const auto stop_after_three = [](int, TrainingOptions&, TrainingHooks& hooks) {
    hooks.validate = [](const nn::TensorMap&, std::int64_t) { return 0.5; };
  };
  three.validate_every = 1;
  three.patience = 2;
  const Result whole = train(1, three, stop_after_three).front();
  EXPECT_EQ(whole.report.steps, 3);
  EXPECT_LT(difference(whole.average, kept.average), 2e-6);
}

}  // namespace
}  // namespace orthocover
