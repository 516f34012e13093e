#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/run_context.h"
#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"
#include "core/training/batch_queue.h"
#include "core/training/weight_average.h"

namespace orthocover {

/// How a network is trained.
struct TrainingOptions {
  std::int64_t steps = 1000;           ///< optimiser steps; the run ends at these or at the time limit
  std::optional<double> time_limit_s;  ///< the learning rate falls so that it ends at zero in time
  int batch_size = 8;                  ///< patches in one forward pass
  int accumulate = 1;                  ///< forward passes of one step
  double learning_rate = 1e-3;         ///< peak
  double weight_decay = 0.05;          ///< on convolution kernels only
  std::int64_t warmup_steps = 100;
  double label_smoothing = 0.05;
  double clip_norm = 5;          ///< largest norm of a step's gradient
  double average_decay = 0.999;  ///< of the weights that are kept
  std::uint64_t seed = 1;
  int loader_threads = 1;
  std::filesystem::path checkpoint;  ///< written every few minutes and on cancelling; empty: never
  double checkpoint_every_s = 300;
  bool resume = false;  ///< go on from the checkpoint if it exists
};

/// What a run came to.
struct TrainingReport {
  std::int64_t steps = 0;
  double seconds = 0;
  double last_loss = 0;  ///< running mean
};

/// Trains a network by AdamW on batches of patches.
class Trainer {
 public:
  /// @param network on `device` already
  Trainer(std::shared_ptr<nn::SegmentationNetwork> network, torch::Device device, TrainingOptions options);

  /// @param validate called about ten times a run with the averaged weights; may be empty
  /// @throws Error{Cancelled} after the checkpoint was written, Error{Data} when the loss is no number any
  /// more
  using Validate = std::function<void(const nn::TensorMap& average, std::int64_t step)>;
  TrainingReport run(const PatchSampler& sampler, const PatchLoader& loader, RunContext& context,
                     const Validate& validate = {});

  /// Averaged weights: the result.
  const nn::TensorMap& average() const { return m_average.state(); }

  /// Everything needed to go on: weights, average, moments of the optimiser, step and time.
  void save_checkpoint(const std::filesystem::path& path);
  /// @throws Error{Model} when the file belongs to another network or is no checkpoint
  void load_checkpoint(const std::filesystem::path& path);

 private:
  double step(BatchQueue& queue, double rate);
  double progress() const;
  nn::TensorMap optimiser_state();

  std::shared_ptr<nn::SegmentationNetwork> m_network;
  torch::Device m_device;
  TrainingOptions m_options;
  torch::optim::AdamW m_optimiser;
  WeightAverage m_average;
  std::int64_t m_step = 0;
  double m_seconds = 0;
};

}  // namespace orthocover
