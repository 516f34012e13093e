#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/base/error.h"
#include "tests/core/inference/segment_scenario.h"

namespace orthocover {
namespace {

using test::Outcome;
using test::Scenario;
using test::scene;
using test::segment;
using test::wave;

TEST(SceneSegmenter, BacksOffWhereMemoryIsShortAndMakesTheSameMap) {
  Scenario setup{.levels = {1, 2}, .scores = ScorePlace::Device};
  const Outcome single = segment(setup, scene(900, 700));
  setup.batch_size = 8;
  setup.room = 3;
  EXPECT_EQ(segment(setup, scene(900, 700)).map, single.map);
}

class CancelSoon final : public RunContext {
 public:
  void progress(double, std::string_view) override { ++m_steps; }
  bool cancelled() const override { return m_steps >= 2; }
  std::atomic<int> m_steps{0};
};

TEST(SceneSegmenter, StopsWhenCancelled) {
  for (const int passes : {1, 3}) {
    CancelSoon context;
    Scenario setup{4000, 4000, {1}, 256, 2};
    setup.passes = passes;
    try {
      segment(setup, scene(4000, 4000), nullptr, &context);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Cancelled);
    }
    EXPECT_LE(context.m_steps, 3);
  }
}

/// Fails in the middle, as a corrupt block does.
class BrokenSource final : public RasterSource {
 public:
  explicit BrokenSource(bool in_pixels)
      : m_info(memory_raster_info(2000, 2000, 3, 0.1)), m_in_pixels(in_pixels) {}
  const RasterInfo& info() const override { return m_info; }
  void read(const Window& window, int, PixelBlock& out) const override {
    if (m_in_pixels && window.row > 800) throw data_error("block is corrupt");
    out.resize(3, window.cols, window.rows);
    std::fill(out.values.begin(), out.values.end(), 1.0F);
    std::fill(out.valid.begin(), out.valid.end(), std::uint8_t{1});
    out.valid.front() = m_in_pixels ? 1 : 0;  // so that the mask is asked for
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    if (!m_in_pixels && window.row > 800) throw data_error("mask is corrupt");
    valid.assign(static_cast<std::size_t>(window.pixels()), 1);
  }

 private:
  RasterInfo m_info;
  bool m_in_pixels;
};

TEST(SceneSegmenter, PassesOnTheErrorOfEitherThread) {
  for (const int passes : {1, 3}) {
    for (const bool in_pixels : {true, false}) {
      Scenario setup{2000, 2000, {1}, 256, 2};
      setup.passes = passes;
      setup.tile_bytes = 0;  // so that masks are read from the source
      try {
        segment(setup, BrokenSource(in_pixels));
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Data);
        EXPECT_STREQ(error.what(), in_pixels ? "block is corrupt" : "mask is corrupt");
      }
    }
  }
}

TEST(SceneSegmenter, PassesOnTheErrorOfAForwardPass) {
  for (const int passes : {1, 3}) {
    Scenario setup{2000, 2000, {1, 2}, 256, 2};
    setup.passes = passes;
    setup.room = 0;
    EXPECT_THAT([&] { segment(setup, scene(2000, 2000)); },
                testing::Throws<Error>(testing::Property(&Error::kind, ErrorKind::Resource)));
  }
}

TEST(SceneSegmenter, RefusesScoresThatAreNoNumbers) {
  const auto value = [](int band, std::int64_t col, std::int64_t row) {
    return col >= 300 && col < 340 && row == 200 ? std::numeric_limits<float>::quiet_NaN()
                                                 : wave(band, col, row);
  };
  RasterInfo info = memory_raster_info(700, 500, 3, 0.1);
  for (BandInfo& band : info.bands) band.data_type = "Float32";
  const MemoryRasterSource source(info, value);
  for (const std::vector<int>& levels : {std::vector{1}, {1, 2}}) {
    for (const ScorePlace place : {ScorePlace::Host, ScorePlace::Device}) {
      const Scenario setup{.levels = levels, .scores = place};
      EXPECT_THAT([&] { segment(setup, source); }, testing::Throws<Error>(testing::Property(
                                                       &Error::what, testing::HasSubstr("are no numbers"))));
    }
  }
}

}  // namespace
}  // namespace orthocover
