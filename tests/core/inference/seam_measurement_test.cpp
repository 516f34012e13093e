#include "core/inference/seam_measurement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/inference/picture.h"
#include "core/ports/memory_raster.h"

namespace orthocover {
namespace {

/// Two classes by the brightness around a pixel. With a halo the blur takes what lies beyond the patch as
/// black, which is a border effect of 4 px; without one it sees nothing but the pixel.
class BlurNetwork final : public nn::SegmentationNetwork {
 public:
  explicit BlurNetwork(bool halo) : m_halo(halo) {}
  torch::Tensor forward_scores(torch::Tensor image) override {
    torch::Tensor seen = image.mean(1, true);
    if (m_halo) seen = torch::avg_pool2d(seen, 9, /*stride=*/1, /*padding=*/4);
    return torch::cat({0.5 - seen, seen - 0.5}, 1);
  }
  int score_stride() const override { return 1; }
  int size_multiple() const override { return 32; }

 private:
  bool m_halo;
};

float wave(int, std::int64_t col, std::int64_t row) {
  return static_cast<float>(160 + 60 * std::sin(static_cast<double>(col) / 31) *
                                      std::cos(static_cast<double>(row) / 23));
}

MemoryRasterSource scene(std::int64_t cols, std::int64_t rows) {
  return {memory_raster_info(cols, rows, 3, 0.1), wave,
          [](std::int64_t col, std::int64_t row) { return col + row >= 50; }};
}

SegmentPlan plan_for(const RasterInfo& info, const Window& region, double overlap, double grid_shift) {
  SegmentPlan plan;
  plan.region = region;
  LevelRequest request;
  request.scene_cols = info.cols;
  request.scene_rows = info.rows;
  request.region = region;
  request.levels = {1, 2};
  request.patch_px = 256;
  request.overlap = overlap;
  request.grid_shift = grid_shift;
  plan.levels = plan_levels(request).used;
  plan.weights.assign(plan.levels.size(), {1.0 / static_cast<double>(plan.levels.size()), 1.0});
  plan.legend = Legend::numbered(2);
  plan.memory.score_bytes = 64 << 20;
  plan.scratch_folder = testing::TempDir();
  return plan;
}

struct Scenario {
  bool halo = true;
  double overlap = 0;
  Window region{};
};

SeamReport measure(const Scenario& setup, const RasterSource& source, RasterSink* mask = nullptr) {
  Predictor predictor(std::make_shared<BlurNetwork>(setup.halo), torch::kCPU,
                      std::vector<BandScaling>(3, {1, 0, 1e30, 1 / 255.0, 0, 1}));
  const RasterInfo& info = source.info();
  const Window region = setup.region.empty() ? info.window() : setup.region;
  const SeamPlans plans{plan_for(info, region, setup.overlap, 0), plan_for(info, region, setup.overlap, 0.5)};
  RunContext silent;
  return measure_seams(source, nullptr, predictor, plans, mask, 100, silent);
}

TEST(SeamMeasurement, FindsNoSeamWhereTheNetworkHasNoBorderEffect) {
  const MemoryRasterSource source = scene(1300, 700);
  for (const double overlap : {0.0, 0.25}) {
    const SeamReport report = measure({false, overlap}, source);
    EXPECT_EQ(report.index.valid(), 1300 * 700 - 50 * 51 / 2);
    EXPECT_EQ(report.index.changed(), 0U) << overlap;
    EXPECT_GT(report.second.patches[0], report.first.patches[0]);
  }
}

TEST(SeamMeasurement, FindsTheSeamsOfANetworkWithABorderEffectNearThePatchBorders) {
  const MemoryRasterSource source = scene(1300, 700);
  const SeamReport report = measure({}, source);
  EXPECT_GT(report.index.share(), 0.001);
  const std::vector<SeamBin>& bins = report.index.profiles().at(0).bins;
  ASSERT_GT(bins.size(), 4U);
  const auto share = [](const SeamBin& bin) {
    return static_cast<double>(bin.changed) / static_cast<double>(bin.pixels);
  };
  EXPECT_GT(share(bins[0]), 0.03);
  // Level 2 sees 4 of its pixels, which are 8 of level 1; between the borders of both maps nothing changes.
  EXPECT_LT(share(bins[3]), share(bins[0]) / 4);
}

TEST(SeamMeasurement, FindsFewerSeamsTheMoreThePatchesOverlap) {
  const MemoryRasterSource source = scene(1300, 700);
  const double none = measure({true, 0}, source).index.share();
  const double quarter = measure({true, 0.25}, source).index.share();
  EXPECT_LT(quarter, none / 2);
}

TEST(SeamMeasurement, FindsNoSeamInASceneOfOnePatch) {
  const MemoryRasterSource source = scene(200, 150);
  const SeamReport report = measure({}, source);
  EXPECT_GT(report.index.valid(), 0U);
  EXPECT_EQ(report.index.changed(), 0U);
  EXPECT_EQ(report.second.patches, report.first.patches);
}

TEST(SeamMeasurement, MaskAndThumbnailShowWhatTheIndexCounts) {
  const MemoryRasterSource source = scene(1300, 1100);
  Scenario part;
  part.region = {20, 10, 1100, 900};
  RasterSpec spec;
  spec.cols = part.region.cols;
  spec.rows = part.region.rows;
  spec.band_descriptions = {"seams"};
  MemoryRasterSink mask(spec);
  const SeamReport report = measure(part, source, &mask);
  ASSERT_GT(report.index.changed(), 0U);
  const auto count = [&](std::uint8_t value) {
    return static_cast<std::uint64_t>(std::ranges::count(mask.pixels(), value));
  };
  EXPECT_EQ(count(kOtherClass), report.index.changed());
  EXPECT_EQ(count(kSameClass) + count(kOtherClass), report.index.valid());
  EXPECT_EQ(report.mask_counts[kOtherClass], report.index.changed());
  EXPECT_EQ(mask.pixels()[0], kNoClass);
  const Thumbnail& small = report.changes;
  EXPECT_EQ(small.step, 11);
  ASSERT_EQ(small.cols, 100);
  ASSERT_EQ(small.rows, 82);
  for (std::int64_t row = 0; row < spec.rows; ++row) {
    for (std::int64_t col = 0; col < spec.cols; ++col) {
      ASSERT_GE(small.values[static_cast<std::size_t>(row / 11 * 100 + col / 11)],
                mask.pixels()[static_cast<std::size_t>(row * spec.cols + col)]);
    }
  }
  const auto png = draw_changes(source, part.region, std::vector<BandScaling>(3, {1, 0, 255, 1 / 255.0}),
                                small, seam_mask_legend().classes().back(), "what changes");
  EXPECT_GT(png.size(), 1000U);
}

}  // namespace
}  // namespace orthocover
