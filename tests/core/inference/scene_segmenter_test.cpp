#include "core/inference/scene_segmenter.h"

#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "tests/core/inference/segment_scenario.h"

namespace orthocover {
namespace {

using test::Outcome;
using test::Scenario;
using test::scene;
using test::segment;
using test::wave;

double agreement(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i] ? 1 : 0;
  return static_cast<double>(same) / static_cast<double>(a.size());
}

TEST(SceneSegmenter, MapsEveryPixelOnceAndRight) {
  const Outcome out = segment({}, scene(700, 500));
  EXPECT_EQ(std::count(out.writes.begin(), out.writes.end(), 1), 700 * 500);
  std::size_t right = 0;
  for (std::int64_t row = 0; row < 500; ++row) {
    for (std::int64_t col = 0; col < 700; ++col) {
      const double value = wave(0, col, row) / 255;
      const int expected = value < 0.35 ? 1 : (value < 0.65 ? 2 : 3);
      right += out.map[static_cast<std::size_t>(row * 700 + col)] == expected ? 1 : 0;
    }
  }
  EXPECT_GT(static_cast<double>(right) / (700 * 500), 0.97);
}

TEST(SceneSegmenter, GivesTheSameMapInOnePatchAndInMany) {
  const MemoryRasterSource source = scene(700, 500);
  Scenario whole;
  whole.patch_px = 1024;
  Scenario tiled;
  tiled.patch_px = 192;
  const Outcome one = segment(whole, source);
  const Outcome many = segment(tiled, source);
  EXPECT_EQ(one.report.patches[0], 1);
  EXPECT_GT(many.report.patches[0], 10);
  EXPECT_GT(agreement(one.map, many.map), 0.998);
}

TEST(SceneSegmenter, GivesTheSameBitsWhateverTheMemoryForScores) {
  const MemoryRasterSource source = scene(1500, 1300);
  Scenario roomy{1500, 1300, {1, 2}, 256, 1};
  Scenario tight = roomy;
  tight.score_bytes = 0;
  const Outcome expected = segment(roomy, source);
  const Outcome out = segment(tight, source);
  EXPECT_EQ(out.map, expected.map);
  EXPECT_EQ(out.confidence, expected.confidence);
  EXPECT_GT(out.report.spilled_bytes, expected.report.spilled_bytes);
}

TEST(SceneSegmenter, ComputesEachLevelOnceOverTheScene) {
  const MemoryRasterSource source = scene(2048, 2048);
  const Outcome out = segment({2048, 2048, {1, 2, 4}, 256, 2}, source);
  const double fine = static_cast<double>(out.report.patches[0]);
  EXPECT_LT(static_cast<double>(out.report.patches[1]), 0.4 * fine);
  EXPECT_LT(static_cast<double>(out.report.patches[2]), 0.15 * fine);
}

TEST(SceneSegmenter, WritesNoDataExactlyWhereTheSceneHasNone) {
  const auto valid = [](std::int64_t col, std::int64_t row) {
    return (col - 300) * (col - 300) + row * row > 90000;
  };
  const MemoryRasterSource source(memory_raster_info(800, 600, 3, 0.1), wave, valid);
  const Outcome out = segment({800, 600, {1, 2}, 256, 2}, source);
  for (std::int64_t row = 0; row < 600; ++row) {
    for (std::int64_t col = 0; col < 800; ++col) {
      const auto pixel = static_cast<std::size_t>(row * 800 + col);
      ASSERT_EQ(out.map[pixel] != kNoClass, valid(col, row)) << col << "," << row;
      ASSERT_EQ(out.confidence[pixel] != kNoPercentage, valid(col, row));
    }
  }
  EXPECT_EQ(out.report.counts[kNoClass],
            static_cast<std::uint64_t>(std::count(out.map.begin(), out.map.end(), kNoClass)));
}

TEST(SceneSegmenter, SkipsPatchesWithoutData) {
  const MemoryRasterSource source(memory_raster_info(2000, 600, 3, 0.1), wave,
                                  [](std::int64_t col, std::int64_t) { return col < 500; });
  const Outcome out = segment({2000, 600, {1}, 256, 2}, source);
  EXPECT_GT(out.report.skipped_patches, out.report.patches[0]);
}

TEST(SceneSegmenter, BatchesNeverMixPatchesOfOtherSizeWithEmptyOnesBetween) {
  // Coarse levels of a small scene have smaller patches, and most patches are empty.
  const auto valid = [](std::int64_t col, std::int64_t row) { return col < 120 && row < 120; };
  const MemoryRasterSource source(memory_raster_info(900, 700, 3, 0.1), wave, valid);
  Scenario setup{900, 700, {1, 2, 4}, 256, 2};
  const Outcome single = segment(setup, source);
  for (const int batch_size : {2, 3, 5, 16}) {
    setup.batch_size = batch_size;
    const Outcome out = segment(setup, source);
    EXPECT_EQ(out.map, single.map) << batch_size;
    EXPECT_EQ(out.report.skipped_patches, single.report.skipped_patches);
  }
  EXPECT_GT(single.report.skipped_patches, 0);
}

TEST(SceneSegmenter, FillsItsBatchesWithPatchesThatComeLater) {
  const MemoryRasterSource source = scene(1500, 1300);
  Scenario setup{1500, 1300, {1, 2, 4}, 256, 2};
  const Outcome single = segment(setup, source);
  setup.batch_size = 4;
  const Outcome out = segment(setup, source);
  EXPECT_EQ(out.map, single.map);
  EXPECT_EQ(out.confidence, single.confidence);
  // Each level by itself would have one batch that is not full, and one more passes before others begin.
  int least = 0;
  for (const int patches : single.report.patches) least += (patches + 3) / 4;
  EXPECT_LE(out.calls, least + 2);
  EXPECT_GE(out.calls, least);
}

TEST(SceneSegmenter, GivesTheSameBitsWithAnyNumberOfThreadsAndPasses) {
  const MemoryRasterSource source = scene(1500, 1300);
  Scenario setup{1500, 1300, {1, 2, 4}, 256, 2};
  const Outcome expected = segment(setup, source);
  for (const int threads : {2, 5}) {
    setup.threads = threads;
    setup.passes = threads;
    const Outcome out = segment(setup, source);
    EXPECT_EQ(out.map, expected.map) << threads;
    EXPECT_EQ(out.confidence, expected.confidence) << threads;
    EXPECT_EQ(out.report.counts, expected.report.counts) << threads;
  }
}

/// Pixels whose class differs, and the largest difference of the confidence.
std::pair<std::size_t, int> differences(const Outcome& a, const Outcome& b) {
  std::pair<std::size_t, int> worst{0, 0};
  for (std::size_t i = 0; i < a.map.size(); ++i) {
    worst.first += a.map[i] == b.map[i] ? 0 : 1;
    worst.second = std::max(worst.second, std::abs(a.confidence[i] - b.confidence[i]));
  }
  return worst;
}

TEST(SceneSegmenter, BlendsAndFusesInTensorsOfTheDeviceAsOnTheHost) {
  const auto valid = [](std::int64_t col, std::int64_t row) {
    return (col - 300) * (col - 300) + row * row > 90000;
  };
  const MemoryRasterSource source(memory_raster_info(1500, 1300, 3, 0.1), wave, valid);
  const std::vector<Scenario> setups = {
      {1500, 1300, {1}, 256, 1},
      {1500, 1300, {1}, 192, 2},
      {1500, 1300, {1, 2, 4}, 256, 2},
      {1500, 1300, {1, 2, 4}, 256, 2, 1, 64 << 20, {130, 70, 900, 1100}, 5},
      {1500, 1300, {1, 2}, 256, 1, 1, 64 << 20, {}, 1, ScorePlace::Auto, 1, FusionMethod::MeanSoftmax},
      {1500, 1300, {1}, 256, 2, 3.3},
      {1500, 1300, {1}, 256, 2, 0.6},
      {1500, 1300, {1, 2}, 256, 2, {2.4, 1.2}},
  };
  for (std::size_t i = 0; i < setups.size(); ++i) {
    Scenario setup = setups[i];
    const Outcome host = segment(setup, source);
    setup.scores = ScorePlace::Device;
    setup.order = LevelOrder::BeforeLastRow;
    setup.threads = 3;
    const Outcome device = segment(setup, source);
    const auto [classes, confidence] = differences(host, device);
    EXPECT_LE(classes, 3U) << "scenario " << i;
    EXPECT_LE(confidence, 1) << "scenario " << i;
    EXPECT_EQ(device.report.counts[kNoClass], host.report.counts[kNoClass]);
    EXPECT_EQ(device.report.patches, host.report.patches);
    EXPECT_EQ(device.report.skipped_patches, host.report.skipped_patches);
  }
}

TEST(SceneSegmenter, MapsTheSameOnTheDeviceAsOnTheHost_CUDA) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  const MemoryRasterSource source = scene(1500, 1300);
  for (const ScorePlace place : {ScorePlace::Auto, ScorePlace::Host, ScorePlace::Device}) {
    Scenario setup{1500, 1300, {1, 2, 4}, 256, 2};
    const Outcome host = segment(setup, source);
    setup.batch_size = 8;
    setup.threads = 4;
    setup.scores = place;
    setup.device = torch::Device(torch::kCUDA, 0);
    const Outcome device = segment(setup, source);
    const auto [classes, confidence] = differences(host, device);
    EXPECT_LE(classes, 100U);
    EXPECT_LE(confidence, 2);
  }
}

/// Calls of LibTorch's operations by all threads while it lives.
class Calls {
 public:
  Calls() : m_handle(at::addGlobalCallback(at::RecordFunctionCallback(&note).needsInputs(true))) {
    s_to_host = s_selections = 0;
  }
  ~Calls() { at::removeCallback(m_handle); }
  static inline std::atomic<int> s_to_host = 0;     ///< copies from a device
  static inline std::atomic<int> s_selections = 0;  ///< a cell for each target

 private:
  static std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& call) {
    const std::string_view name = call.name();
    if (name == "aten::index_select") ++s_selections;
    if (name == "aten::copy_" && call.inputs()[0].toTensor().is_cpu() &&
        call.inputs()[1].toTensor().is_cuda())
      ++s_to_host;
    return nullptr;
  }

  at::CallbackHandle m_handle;
};

TEST(SceneSegmenter, FetchesBlocksTogetherThatAreReadyTogether_CUDA) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  Scenario setup{1500, 1300, {1}, 2048, 2};
  setup.device = torch::Device(torch::kCUDA, 0);
  setup.scores = ScorePlace::Device;
  setup.threads = 3;
  const MemoryRasterSource source = scene(1500, 1300);
  const Calls calls;
  segment(setup, source);
  EXPECT_EQ(Calls::s_to_host, 2);  // classes and confidence of nine blocks
}

TEST(SceneSegmenter, EnlargesCoarseScoresAtOnceWhereTheirCellsAreWholeFineOnes) {
  const MemoryRasterSource source = scene(1500, 1300);
  Scenario setup{1500, 1300, {1, 2, 4}, 256, 2};
  setup.scores = ScorePlace::Device;
  const Calls calls;
  segment(setup, source);
  EXPECT_EQ(Calls::s_selections, 0);
  setup.levels = {1, 3};
  segment(setup, source);
  EXPECT_GT(Calls::s_selections, 0);
}

TEST(SceneSegmenter, WorksAtAFractionalScaleAndForEnlargedScenes) {
  for (const double base_scale : {3.3, 0.6}) {
    const Outcome out = segment({700, 500, {1}, 256, 2, base_scale}, scene(700, 500));
    EXPECT_EQ(std::count(out.writes.begin(), out.writes.end(), 1), 700 * 500);
    EXPECT_GT(agreement(out.map, segment({}, scene(700, 500)).map), 0.93) << base_scale;
  }
}

TEST(SceneSegmenter, MapsTheGroundAlikeWhateverTheShapeOfPixels) {
  const std::vector<std::uint8_t> square = segment({700, 500, {1, 2}, 256, 2}, scene(700, 500)).map;
  const MemoryRasterSource narrow(
      memory_raster_info(1400, 500, 3, 0.1),
      [](int band, std::int64_t col, std::int64_t row) { return wave(band, col / 2, row); });
  const Outcome out = segment({1400, 500, {1, 2}, 256, 2, {2, 1}}, narrow);
  std::vector<std::uint8_t> left, right;
  for (std::size_t i = 0; i < out.map.size(); i += 2)
    left.push_back(out.map[i]), right.push_back(out.map[i + 1]);
  EXPECT_GT(agreement(left, square), 0.995);
  EXPECT_GT(agreement(right, square), 0.995);
}

TEST(SceneSegmenter, MapsAOnePixelScene) {
  const Outcome out = segment({}, scene(1, 1));
  EXPECT_EQ(out.map.size(), 1U);
  EXPECT_NE(out.map[0], kNoClass);
}

TEST(SceneSegmenter, CutsARegionOutOfTheSameMap) {
  const MemoryRasterSource source = scene(1600, 1200);
  const Outcome whole = segment({1600, 1200, {1}, 256, 2}, source);
  Scenario part{1600, 1200, {1}, 256, 2};
  part.region = {515, 333, 430, 390};
  const Outcome cut = segment(part, source);
  std::size_t same = 0;
  for (std::int64_t row = 0; row < 390; ++row) {
    for (std::int64_t col = 0; col < 430; ++col) {
      same += cut.map[static_cast<std::size_t>(row * 430 + col)] ==
                      whole.map[static_cast<std::size_t>((333 + row) * 1600 + 515 + col)]
                  ? 1
                  : 0;
    }
  }
  EXPECT_GT(static_cast<double>(same) / (430 * 390), 0.995);
  EXPECT_LT(cut.report.patches[0], whole.report.patches[0] / 2);
}

/// Has values left of a column only, though all pixels are said to be valid: as an overview that lost some.
class ForgetfulSource final : public RasterSource {
 public:
  explicit ForgetfulSource(std::int64_t end)
      : m_source(memory_raster_info(2000, 600, 3, 0.1), wave,
                 [end](std::int64_t col, std::int64_t) { return col < end; }) {}
  const RasterInfo& info() const override { return m_source.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    m_source.read(window, overview, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    valid.assign(static_cast<std::size_t>(window.pixels()), 1);
  }

 private:
  MemoryRasterSource m_source;
};

TEST(SceneSegmenter, GivesNoClassToPixelsWithoutScores) {
  const ForgetfulSource source(500);
  for (const ScorePlace place : {ScorePlace::Host, ScorePlace::Device}) {
    Scenario setup{.levels = {1, 2}, .scores = place};
    setup.tile_bytes = 0;  // so that masks are read from the source
    const Outcome out = segment(setup, source);
    ASSERT_GT(out.report.skipped_patches, 0);
    for (std::int64_t col = 0; col < 2000; ++col) {
      const std::uint8_t value = out.map[static_cast<std::size_t>(300 * 2000 + col)];
      if (col < 500 || col >= 1100) {
        ASSERT_EQ(value == kNoClass, col >= 1100) << col;
      }
    }
    EXPECT_EQ(out.confidence[300 * 2000 + 1900], 255);
    EXPECT_EQ(out.report.counts[kNoClass], static_cast<std::uint64_t>(std::ranges::count(out.map, kNoClass)));
  }
}

/// A disc of the scene.
class Disc final : public AreaMask {
 public:
  Window bounds() const override { return {100, 100, 200, 200}; }
  bool may_meet(const Window& window) const override { return !intersect(window, bounds()).empty(); }
  void read(const Window& window, std::vector<std::uint8_t>& inside) const override {
    inside.clear();
    for (std::int64_t row = window.row; row < window.bottom(); ++row) {
      for (std::int64_t col = window.col; col < window.right(); ++col) {
        inside.push_back(std::hypot(static_cast<double>(col - 200), static_cast<double>(row - 200)) < 100);
      }
    }
  }
};

TEST(SceneSegmenter, MapsOnlyTheArea) {
  const Disc disc;
  Scenario part;
  part.region = disc.bounds();
  const Outcome out = segment(part, scene(700, 500), &disc);
  std::vector<std::uint8_t> inside;
  disc.read(disc.bounds(), inside);
  for (std::size_t i = 0; i < inside.size(); ++i) ASSERT_EQ(out.map[i] != kNoClass, inside[i] == 1);
}

}  // namespace
}  // namespace orthocover
