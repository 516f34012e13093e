#include "core/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <thread>

#include "core/base/error.h"
#include "core/training/batch_size.h"
#include "core/training/validation.h"
#include "tests/core/training/trainer_course.h"

namespace orthocover {
namespace {

using test::Course;
using test::equal;
using test::few_steps;
using test::PlainNetwork;

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

TEST(Trainer, TrainsInHalfPrecision) {
  Course course;
  const auto loss_in = [&](Precision precision) {
    TrainingOptions options = few_steps(2);
    options.precision = precision;
    Trainer trainer(Course::network(), 2, torch::kCPU, options);
    const double loss = trainer.run(*course.sampler, *course.loader, course.context).last_loss;
    for (const auto& [name, tensor] : trainer.average())
      EXPECT_NE(tensor.scalar_type(), torch::kBFloat16) << name;
    return loss;
  };
  const double half = loss_in(Precision::BFloat16), whole = loss_in(Precision::Float32);
  EXPECT_NE(half, whole);
  EXPECT_NEAR(half, whole, 0.1);
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

TEST(Trainer, SpendsMostOfALimitedTimeOnTraining) {
  Course course;
  TrainingOptions options = few_steps(1'000'000);
  options.time_limit_s = 0.5;
  Trainer trainer(std::make_shared<PlainNetwork>(), 2, torch::kCPU, options);
  int validations = 0;
  TrainingHooks hooks;
  hooks.validate = [&](const nn::TensorMap&, std::int64_t) -> std::optional<double> {
    ++validations;
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    return std::nullopt;
  };
  trainer.run(*course.sampler, *course.loader, course.context, hooks);
  EXPECT_GE(validations, 1);
  EXPECT_LE(validations, 4) << "one in 0.3 s, and one at the end";
}

}  // namespace
}  // namespace orthocover
