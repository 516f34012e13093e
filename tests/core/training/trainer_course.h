#pragma once

#include <memory>
#include <vector>

#include "core/nn/network.h"
#include "core/training/trainer.h"
#include "tests/core/training/made_scene.h"

namespace orthocover::test {

/// Scores that are no numbers as soon as a patch is bright.
class BrittleNetwork final : public nn::SegmentationNetwork {
 public:
  BrittleNetwork() { m_scale = register_parameter("scale", torch::ones({1, 2, 1, 1})); }
  torch::Tensor forward_scores(torch::Tensor image) override {
    return m_scale * image.narrow(1, 0, 2) / (image.mean({1, 2, 3}, true) < 1);
  }
  int size_multiple() const override { return 1; }

 private:
  torch::Tensor m_scale;
};

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

inline TrainingOptions few_steps(std::int64_t steps) {
  TrainingOptions options;
  options.steps = steps;
  options.batch_size = 2;
  options.warmup_steps = 2;
  options.average_decay = 0.9;
  options.optimiser.learning_rate = 3e-3;
  return options;
}

inline bool equal(const nn::TensorMap& a, const nn::TensorMap& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].first != b[i].first || !a[i].second.allclose(b[i].second, 1e-4, 1e-5)) return false;
  }
  return a.size() == b.size();
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

}  // namespace orthocover::test
