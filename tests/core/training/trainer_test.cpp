#include "core/training/trainer.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include "core/base/error.h"
#include "core/nn/weights/safetensors.h"
#include "core/training/validation.h"
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
  options.learning_rate = 3e-3;
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
  Trainer trainer(Course::network(), torch::kCPU, few_steps(30));
  int validations = 0;
  const TrainingReport report = trainer.run(*course.sampler, *course.loader, course.context,
                                            [&](const nn::TensorMap&, std::int64_t) { ++validations; });
  EXPECT_EQ(report.steps, 30);
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
  Trainer a(Course::network(), torch::kCPU, few_steps(3));
  Trainer b(Course::network(), torch::kCPU, few_steps(3));
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
    Trainer trainer(std::make_shared<PlainNetwork>(), torch::kCPU, options);
    trainer.run(*course.sampler, *course.loader, course.context);
    return trainer.average();
  };
  const nn::TensorMap large = train(4, 1);
  EXPECT_TRUE(equal(large, train(1, 4)));
  EXPECT_TRUE(equal(large, train(2, 2)));
  EXPECT_FALSE(equal(large, train(2, 1))) << "the comparison can fail";
}

/// Cancels after some steps.
class Stopper final : public RunContext {
 public:
  explicit Stopper(int after) : m_left(after) {}
  void progress(double /*fraction*/, std::string_view /*stage*/) override { --m_left; }
  bool cancelled() const override { return m_left <= 0; }

 private:
  int m_left;
};

TEST(Trainer, GoesOnFromACheckpointAsIfItHadNotBeenStopped) {
  const fs::path checkpoint =
      fs::temp_directory_path() / fmt::format("orthocover-checkpoint-{}.safetensors", getpid());
  Course course;
  const auto plain = [] {
    torch::manual_seed(9);
    return std::make_shared<PlainNetwork>();
  };
  Trainer whole(plain(), torch::kCPU, few_steps(8));
  whole.run(*course.sampler, *course.loader, course.context);
  TrainingOptions options = few_steps(8);
  options.checkpoint = checkpoint;
  options.resume = true;
  Trainer stopped(plain(), torch::kCPU, options);
  Stopper stopper(3);
  EXPECT_THROW(stopped.run(*course.sampler, *course.loader, stopper), Error);
  ASSERT_TRUE(fs::exists(checkpoint));
  Trainer resumed(plain(), torch::kCPU, options);
  EXPECT_EQ(resumed.run(*course.sampler, *course.loader, course.context).steps, 8);
  EXPECT_TRUE(equal(whole.average(), resumed.average()));
  Trainer other(Course::network(), torch::kCPU, options);
  EXPECT_THROW(other.load_checkpoint(checkpoint), Error) << "of another network";
  nn::write_safetensors(checkpoint, nn::state_of(*plain()));
  EXPECT_THROW(resumed.load_checkpoint(checkpoint), Error) << "weights are no checkpoint";
  fs::remove(checkpoint);
}

TEST(Trainer, EndsAtTheTimeLimit) {
  Course course;
  TrainingOptions options = few_steps(1'000'000);
  options.time_limit_s = 0.2;
  Trainer trainer(std::make_shared<PlainNetwork>(), torch::kCPU, options);
  const TrainingReport report = trainer.run(*course.sampler, *course.loader, course.context);
  EXPECT_GE(report.seconds, 0.2);
  EXPECT_LT(report.steps, 1'000'000);
  EXPECT_GE(report.steps, 1);
}

}  // namespace
}  // namespace orthocover
