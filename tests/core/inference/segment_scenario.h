#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "core/inference/scene_segmenter.h"
#include "core/ports/memory_raster.h"

namespace orthocover::test {

/// Its right answer is known: three classes by brightness, after a blur of 5 px.
class BrightnessNetwork final : public nn::SegmentationNetwork {
 public:
  explicit BrightnessNetwork(int stride) : m_stride(stride) {}
  torch::Tensor forward_scores(torch::Tensor image) override {
    ++m_calls;
    TORCH_CHECK_WITH(OutOfMemoryError, image.size(0) <= m_room, "out of memory");
    const torch::Tensor blur =
        torch::avg_pool2d(torch::reflection_pad2d(image.mean(1, true), {2, 2, 2, 2}), 5, 1);
    torch::Tensor scores =
        torch::cat({-(blur - 0.2).abs(), -(blur - 0.5).abs(), -(blur - 0.8).abs()}, 1) * 20;
    return m_stride == 1 ? scores : torch::avg_pool2d(scores, m_stride);
  }
  int score_stride() const override { return m_stride; }
  int size_multiple() const override { return 32; }
  std::atomic<int> m_calls{0};
  std::int64_t m_room = 1000;

 private:
  int m_stride;
};

inline float wave(int, std::int64_t col, std::int64_t row) {
  return static_cast<float>(127.5 + 120 * std::sin(static_cast<double>(col) / 31) *
                                        std::cos(static_cast<double>(row) / 23));
}

struct Outcome {
  int calls = 0;
  std::vector<std::uint8_t> map;
  std::vector<std::uint8_t> writes;
  std::vector<std::uint8_t> confidence;
  SegmentReport report;
};

struct Scenario {
  std::int64_t cols = 700;
  std::int64_t rows = 500;
  std::vector<int> levels = {1};
  std::int64_t patch_px = 256;
  int stride = 2;
  PixelScale base_scale = 1;
  std::uint64_t score_bytes = 64 << 20;
  Window region{};
  int batch_size = 1;
  ScorePlace scores = ScorePlace::Auto;
  int threads = 1;
  FusionMethod fusion = FusionMethod::LogLinear;
  torch::Device device = torch::kCPU;
  std::int64_t room = 1000;  ///< BrightnessNetwork::m_room
  int passes = 1;
  std::uint64_t tile_bytes = 64 << 20;
  LevelOrder order = LevelOrder::CoarseFirst;
};

inline Outcome segment(const Scenario& setup, const RasterSource& source, const AreaMask* area = nullptr,
                       RunContext* context = nullptr) {
  auto network = std::make_shared<BrightnessNetwork>(setup.stride);
  network->m_room = setup.room;
  const std::vector<BandScaling> scaling(source.info().bands.size(), {1, 0, 1e30, 1 / 255.0, 0, 1});
  Predictor predictor(network, setup.device, scaling);
  SegmentPlan plan;
  plan.region = setup.region.empty() ? source.info().window() : setup.region;
  plan.levels = plan_levels({source.info().cols, source.info().rows, plan.region, setup.levels,
                             setup.base_scale, setup.patch_px, 0.25, 32})
                    .used;
  for (double n = static_cast<double>(plan.levels.size()), i = 0; i < n; ++i)
    plan.weights.push_back({2 * (n - i) / (n * (n + 1)), 1 + i / 2});
  plan.legend = Legend::numbered(3);
  MemoryPlan& memory = plan.memory;
  memory.score_bytes = setup.score_bytes;
  memory.batch_size = setup.batch_size;
  memory.wave_patches = 2 * setup.batch_size;
  memory.reading_threads = setup.threads;
  memory.finishing_threads = setup.threads;
  memory.passes = setup.passes;
  memory.tile_bytes = setup.tile_bytes;
  plan.scores = setup.scores;
  plan.order = setup.order;
  plan.fusion = setup.fusion;
  plan.scratch_folder = testing::TempDir();
  RasterSpec spec;
  spec.cols = plan.region.cols;
  spec.rows = plan.region.rows;
  spec.band_descriptions = {"x"};
  MemoryRasterSink map(spec);
  MemoryRasterSink confidence(spec);
  RunContext silent;
  SegmentReport report =
      segment_scene(source, area, predictor, plan, {&map, &confidence, nullptr}, context ? *context : silent);
  return {network->m_calls, map.pixels(), map.writes(), confidence.pixels(), std::move(report)};
}

inline MemoryRasterSource scene(std::int64_t cols, std::int64_t rows) {
  return {memory_raster_info(cols, rows, 3, 0.1), wave};
}

}  // namespace orthocover::test
