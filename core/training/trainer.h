#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/nn/network.h"
#include "core/nn/ranks/rank_link.h"
#include "core/nn/weights/tensor_map.h"
#include "core/training/batch_queue.h"
#include "core/training/learning_rate.h"
#include "core/training/loss.h"
#include "core/training/optimiser.h"
#include "core/training/precision.h"
#include "core/training/rank_steps.h"
#include "core/training/training_checkpoint.h"
#include "core/training/weight_average.h"

namespace orthocover {

/// What a run's folder keeps: the checkpoint to go on from, and the weights of the best score.
inline constexpr const char* kLastFile = "last.safetensors";
inline constexpr const char* kBestFile = "best.safetensors";

/// How a network is trained.
struct TrainingOptions {
  std::int64_t steps = 1000;           ///< optimiser steps; the run ends at these or at the time limit
  std::optional<double> time_limit_s;  ///< the learning rate falls so that it ends at zero in time
  int batch_size = 8;                  ///< patches in one forward pass
  int accumulate = 1;                  ///< forward passes of one step
  OptimiserOptions optimiser;
  LearningRateSchedule schedule = LearningRateSchedule::Cosine;
  std::int64_t warmup_steps = 100;
  std::int64_t frozen_encoder_steps = 0;  ///< the encoder stays as it is for so many steps
  bool frozen_batch_norm = false;         ///< normalise by the running statistics, which stay as they are
  LossOptions loss;
  double clip_norm = 5;          ///< largest norm of a step's gradient
  double average_decay = 0.999;  ///< of the weights that are kept
  Precision precision = Precision::Float32;
  bool channels_last = false;
  std::uint64_t seed = 1;
  int loader_threads = 1;
  std::filesystem::path folder;  ///< keeps kLastFile and kBestFile; empty: nothing is kept
  double checkpoint_every_s = 300;
  bool resume = false;      ///< go on from kLastFile if it exists
  nlohmann::json settings;  ///< what a resumed run should agree on, for a warning
  /// What it must agree on: `classes`, values and names in order; `held_out` and `held_out_labels`, digests;
  /// `input`, what patches are made of. A checkpoint may lack some.
  nlohmann::json fixed = nlohmann::json::object();
  std::int64_t validate_every = 0;  ///< steps; 0: ten times a run
  bool score_start = false;         ///< what the network begins with may be the best
  int patience = 0;                 ///< validations without a better score until the run ends; 0: no end
  std::string score_of;             ///< what validation scores; a resumed run forgets scores of anything else
};

/// One step of the optimiser, for logs.
struct StepRecord {
  std::int64_t step = 0;  ///< counted from 1
  double seconds = 0;
  double loss = 0;
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping
  std::int64_t patches = 0;  ///< seen so far
};

/// What a run came to.
struct TrainingReport {
  std::int64_t steps = 0;
  double seconds = 0;
  double waiting_s = 0;  ///< for patches, since the (resumed) start
  double last_loss = 0;  ///< running mean
  std::optional<double> best_score;
  std::int64_t best_step = 0;
  bool ended_early = false;
};

/// What a run asks of and tells its owner.
struct TrainingHooks {
  /// Scores averaged weights, higher is better; nothing when nothing can be scored.
  std::function<std::optional<double>(const nn::TensorMap& average, std::int64_t step)> validate;
  std::function<void(const StepRecord&)> step;
  /// Called once before the first step, with the number of steps done by an earlier run.
  std::function<void(std::int64_t done)> begin;
};

/// Trains a network on batches of patches.
///
/// The random numbers of a step follow from the seed and the step alone. A run that was killed and goes on
/// from its checkpoint therefore ends with the same weights as one that was not, bit for bit on the CPU.
/// Several processes make the same steps together, up to rounding (RankSteps); the first one alone validates
/// and writes files.
class Trainer {
 public:
  /// @param network on `device` already
  /// @param ranks the other processes of the run, nothing when there are none; outlives the trainer
  /// @throws Error{Usage} when they can't share the passes of a step
  Trainer(std::shared_ptr<nn::SegmentationNetwork> network, int classes, torch::Device device,
          TrainingOptions options, nn::RankExchange* ranks = nullptr);

  /// @throws Error{Cancelled} after the checkpoint was written; Error{Data} naming the patch when the loss is
  /// no number any more, the last checkpoint stays then; Error{Model} for a checkpoint that does not fit;
  /// RankError when another rank can't go on, after the first one has written a checkpoint
  TrainingReport run(const PatchSampler& sampler, const PatchLoader& loader, RunContext& context,
                     const TrainingHooks& hooks = {});

  /// Averaged weights of the last step.
  const nn::TensorMap& average() const { return m_average.state(); }
  /// Averaged weights of the best validation; of the last step where there was none.
  const nn::TensorMap& best() const { return m_best.empty() ? average() : m_best; }

  void save_checkpoint(const std::filesystem::path& path);
  /// @throws Error{Model} when the file belongs to another network or is no checkpoint
  void load_checkpoint(const std::filesystem::path& path, RunContext& context);

 private:
  void run_steps(BatchQueue& queue, RunContext& context, const TrainingHooks& hooks);
  StepRecord step(BatchQueue& queue, RunContext& context);
  bool stops(RunContext& context) const;
  double elapsed() const;
  void forward_and_backward(const TrainingBatch& batch, const LossTotals& totals, torch::Tensor& loss);
  double finish_gradients();
  std::string bad_patch(const std::vector<TrainingBatch>& batches);
  [[noreturn]] void fail_at(const std::vector<TrainingBatch>& batches);
  void set_modes();
  void start_or_resume(RunContext& context);
  void resume_together(RunContext& context);
  void take(const TrainingCheckpoint& checkpoint, const std::string& what, RunContext& context);
  [[noreturn]] void end_without(const nn::RankError& error, RunContext& context);
  void keep_checkpoint(RunContext& context);
  /// Which step the checkpoint on the disk is of, for messages.
  std::string kept() const;
  bool validate(const TrainingHooks& hooks, RunContext& context);
  void validate_where_due(const TrainingHooks& hooks, RunContext& context);
  [[noreturn]] void stop(RunContext& context);
  std::int64_t next_validation() const;
  double progress() const;
  std::filesystem::path file(const char* name) const { return m_options.folder / name; }

  std::shared_ptr<nn::SegmentationNetwork> m_network;
  torch::Device m_device;
  TrainingOptions m_options;
  SegmentationLoss m_loss;
  Optimiser m_optimiser;
  GradientScaler m_scaler;
  WeightAverage m_average;
  RankSteps m_ranks;
  BatchShare m_share;
  StepAgreement m_agreed;
  std::chrono::steady_clock::time_point m_start;
  double m_seconds_before = 0;  ///< of an earlier run that goes on
  nn::TensorMap m_best;
  bool m_best_is_new = false;               ///< not in its file yet
  std::optional<std::int64_t> m_kept_step;  ///< of the checkpoint on the disk
  TrainingReport m_report;
  std::int64_t m_validations = 0;  ///< that were due and are done
  double m_next_score_s = 0;       ///< time before which a limited one is better spent on training
  int m_without_gain = 0;          ///< validations since the best one
};

}  // namespace orthocover
