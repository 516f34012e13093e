#include "core/resampling/tolerant_source.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/ports/memory_raster.h"
#include "core/ports/unreadable_pixels.h"

namespace orthocover {
namespace {

constexpr std::int64_t kBlockPx = 16;

/// A scene of blocks, some of which can't be read; it counts how often that was tried. Its one overview has
/// half the pixels.
class BrokenRaster final : public RasterSource {
 public:
  explicit BrokenRaster(std::vector<Window> broken, std::vector<Window> broken_in_overview = {})
      : m_broken{std::move(broken), std::move(broken_in_overview)} {
    m_info = memory_raster_info(100, 60, 2, 0.1);
    m_info.overviews = {{50, 30}};
  }
  const RasterInfo& info() const override { return m_info; }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    for (const Window& block : m_broken[overview + 1]) {
      if (intersect(block, window).empty()) continue;
      ++failures;
      throw UnreadablePixels("scene.tif", block, overview, 3, "bad sector");
    }
    out.resize(2, window.cols, window.rows);
    for (int band = 0; band < 2; ++band) {
      for (std::int64_t i = 0; i < window.pixels(); ++i)
        out.band(band)[i] = value(band, window.col + i % window.cols, window.row + i / window.cols);
    }
    std::ranges::fill(out.valid, std::uint8_t{1});
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    valid.assign(static_cast<std::size_t>(window.pixels()), 1);
  }
  static float value(int band, std::int64_t col, std::int64_t row) {
    return static_cast<float>(1 + band * 10000 + row * 100 + col);
  }
  mutable int failures = 0;

 private:
  RasterInfo m_info;
  std::array<std::vector<Window>, 2> m_broken;
};

Window block(std::int64_t col, std::int64_t row) {
  return {col * kBlockPx, row * kBlockPx, kBlockPx, kBlockPx};
}

void expect_all_but(const std::vector<Window>& holes, const Window& window, const PixelBlock& pixels) {
  for (std::int64_t i = 0; i < window.pixels(); ++i) {
    const Window pixel{window.col + i % window.cols, window.row + i / window.cols, 1, 1};
    const bool lost = std::ranges::any_of(holes, [&](const Window& hole) { return hole.contains(pixel); });
    ASSERT_EQ(pixels.valid[static_cast<std::size_t>(i)], lost ? 0 : 1) << to_string(pixel);
    for (int band = 0; band < 2; ++band)
      ASSERT_EQ(pixels.band(band)[i], lost ? 0 : BrokenRaster::value(band, pixel.col, pixel.row));
  }
}

struct Fixture {
  explicit Fixture(std::vector<Window> broken, std::vector<Window> in_overview = {})
      : broken_raster(new BrokenRaster(std::move(broken), std::move(in_overview))),
        source(std::unique_ptr<RasterSource>(broken_raster), run) {}
  RunContext run;
  BrokenRaster* broken_raster;
  TolerantSource source;
};

TEST(TolerantSource, ReadsAllButTheUnreadableBlocks) {
  const std::vector<Window> holes = {block(1, 1), block(2, 1), block(4, 2), {96, 0, 4, 16}};
  const Fixture made(holes);
  PixelBlock pixels;
  for (const Window& window : {Window{0, 0, 100, 60}, Window{20, 20, 30, 25}, Window{17, 17, 5, 5}}) {
    made.source.read(window, -1, pixels);
    expect_all_but(holes, window, pixels);
    ByteBlock bytes;
    made.source.read_bytes(window, -1, bytes);
    EXPECT_EQ(bytes.valid, pixels.valid);
    const auto low_byte = [](float value) { return static_cast<std::uint8_t>(static_cast<int>(value)); };
    EXPECT_TRUE(std::ranges::equal(bytes.values, pixels.values, {}, {}, low_byte));
  }
  std::vector<std::uint8_t> valid;
  made.source.read_validity({20, 20, 30, 25}, valid);
  made.source.read({20, 20, 30, 25}, -1, pixels);
  EXPECT_EQ(valid, pixels.valid);
  EXPECT_EQ(made.source.unreadable().size(), holes.size());
}

TEST(TolerantSource, TriesAnUnreadableBlockOnceOnly) {
  const Fixture made({block(1, 1), block(3, 2)});
  PixelBlock pixels;
  for (int i = 0; i < 3; ++i) made.source.read({0, 0, 100, 60}, -1, pixels);
  EXPECT_EQ(made.broken_raster->failures, 2);
}

TEST(TolerantSource, KnowsTheSceneBelowAnUnreadableBlockOfAnOverview) {
  const Fixture made({}, {block(1, 0)});
  PixelBlock pixels;
  made.source.read({0, 0, 50, 30}, 0, pixels);
  expect_all_but({block(1, 0)}, {0, 0, 50, 30}, pixels);
  ASSERT_EQ(made.source.unreadable(), std::vector<Window>{(Window{32, 0, 32, 32})});
  std::vector<std::uint8_t> valid;
  made.source.read_validity({0, 0, 100, 60}, valid);
  EXPECT_EQ(std::ranges::count(valid, 0), 32 * 32);
  made.source.read({0, 0, 100, 60}, -1, pixels);
  expect_all_but({}, {0, 0, 100, 60}, pixels);
}

TEST(TolerantSource, StopsBetweenBlocksWhenTheRunIsCancelled) {
  class Cancelled final : public RunContext {
   public:
    bool cancelled() const override { return true; }
  } cancelled;
  const TolerantSource source(std::make_unique<BrokenRaster>(std::vector{block(0, 0)}), cancelled);
  PixelBlock pixels;
  EXPECT_THROW(source.read({0, 0, 100, 60}, -1, pixels), Error);
  EXPECT_NO_THROW(source.read({50, 30, 10, 10}, -1, pixels)) << "what can be read is not its affair";
}

TEST(TolerantSource, TakesNoReadThatAStopBrokeOffForAHole) {
  class Stopping final : public RunContext {
   public:
    bool cancelled() const override { return broken->failures > 0; }
    const BrokenRaster* broken = nullptr;
  } stopping;
  auto broken = std::make_unique<BrokenRaster>(std::vector{block(0, 0)});
  stopping.broken = broken.get();
  const TolerantSource source(std::move(broken), stopping);
  PixelBlock pixels;
  EXPECT_THROW(source.read(block(0, 0), -1, pixels), Error);
  EXPECT_TRUE(source.unreadable().empty());
}

TEST(UnreadableWindows, AreJoinedAndCountedOnce) {
  const std::vector<Window> windows = {block(1, 1), block(2, 1), block(1, 2),
                                       block(2, 2), block(1, 1), {40, 20, 20, 20}};
  const std::vector<Window> together = joined(windows, {0, 0, 50, 60});
  std::int64_t pixels = 0;
  for (const Window& window : together) pixels += window.pixels();
  EXPECT_EQ(pixels, 32 * 32 + 2 * 20);
  EXPECT_EQ(together.front(), (Window{16, 16, 32, 32}));
  EXPECT_EQ(together.size(), 2U);
}

}  // namespace
}  // namespace orthocover
