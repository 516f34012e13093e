#include "core/resampling/held_raster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/resampling/patch_reader.h"
#include "tests/core/resampling/counted_raster.h"

namespace orthocover {
namespace {

constexpr std::uint64_t kPlenty = 1ULL << 30;

TEST(HeldRaster, GivesEveryWindowAsTheFileHasIt) {
  for (const char* type : {"Byte", "UInt16", "Float32"}) {
    const auto file =
        std::make_shared<CountedRaster>(info_of(type), true, std::string(type) == "Float32" ? 0.37 : 1);
    const HeldRaster held(file, std::make_shared<ByteBudget>(kPlenty));
    for (const Window& window : {Window{0, 0, 700, 531}, Window{250, 250, 20, 20}, Window{699, 530, 1, 1}}) {
      PixelBlock expected;
      PixelBlock read;
      file->read(window, -1, expected);
      held.read(window, -1, read);
      expect_same(expected, read);
    }
  }
}

TEST(HeldRaster, ReadsEveryTileOnceFromAnyNumberOfThreads) {
  const auto file = std::make_shared<CountedRaster>(info_of("Byte"));
  const auto memory = std::make_shared<ByteBudget>(kPlenty);
  const HeldRaster held(file, memory);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      PixelBlock read;
      for (int repeat = 0; repeat < 5; ++repeat) held.read({0, 0, 700, 531}, -1, read);
    });
  }
  threads.clear();
  EXPECT_EQ(file->reads, 9);
  EXPECT_GE(memory->held(), 3U * 700 * 531);
  EXPECT_LT(memory->held(), 3U * 700 * 531 + 4096);
}

TEST(HeldRaster, MakesOverviewsThatAreMeansOfTheScene) {
  const auto file = std::make_shared<CountedRaster>(info_of("Byte"));
  const HeldRaster held(file, std::make_shared<ByteBudget>(kPlenty));
  ASSERT_EQ(held.info().overviews.size(), 2U);
  EXPECT_EQ(held.info().overviews[0].cols, 350);
  EXPECT_EQ(held.info().overviews[0].rows, 266);
  EXPECT_EQ(held.info().overviews[1].cols, 175);
  PixelBlock half;
  PixelBlock whole;
  held.read({0, 0, 350, 266}, 0, half);
  file->read({0, 0, 700, 531}, -1, whole);
  for (std::int64_t row = 0; row < 266; ++row) {
    for (std::int64_t col = 0; col < 350; ++col) {
      const float* at = whole.band(1) + 2 * row * 700 + 2 * col;
      const bool last = row == 265;
      const float mean = last ? (at[0] + at[1]) / 2 : (at[0] + at[1] + at[700] + at[701]) / 4;
      ASSERT_NEAR(half.band(1)[row * 350 + col], mean, 0.5) << col << ' ' << row;
    }
  }
}

TEST(HeldRaster, MakesOverviewsOfValidPixelsAlone) {
  const auto file = std::make_shared<CountedRaster>(info_of("Float32"), true);
  const HeldRaster held(file, std::make_shared<ByteBudget>(kPlenty));
  PixelBlock half;
  PixelBlock direct;
  held.read({0, 0, 350, 265}, 0, half);
  read_patch(*file, 2, {0, 0, 350, 265}, direct);
  expect_same(half, direct, 1e-3F);
}

TEST(HeldRaster, RoundsWithoutMakingOverviewsBrighter) {
  const auto file = std::make_shared<MemoryRasterSource>(
      info_of("Byte", 1024, 1024), [](int, std::int64_t col, std::int64_t row) {
        auto hash =
            static_cast<std::uint32_t>(col) * 0x9e3779b1U + static_cast<std::uint32_t>(row) * 0x85ebca77U;
        hash = (hash ^ hash >> 15U) * 0x2c1b3c6dU;
        return static_cast<float>((hash ^ hash >> 12U) % 256);
      });
  const HeldRaster held(file, std::make_shared<ByteBudget>(kPlenty));
  double sums[2] = {0, 0};
  PixelBlock pixels;
  held.read({0, 0, 1024, 1024}, -1, pixels);
  for (std::int64_t i = 0; i < 1024 * 1024; ++i) sums[0] += pixels.values[static_cast<std::size_t>(i)];
  held.read({0, 0, 256, 256}, 1, pixels);
  for (std::int64_t i = 0; i < 256 * 256; ++i) sums[1] += pixels.values[static_cast<std::size_t>(i)];
  EXPECT_NEAR(sums[0] / (1024 * 1024), sums[1] / (256 * 256), 0.02);
}

TEST(HeldRaster, GivesTheSameWithoutRoom) {
  for (const bool holes : {false, true}) {
    const auto file = std::make_shared<CountedRaster>(info_of("Byte"), holes);
    const HeldRaster roomy(file, std::make_shared<ByteBudget>(kPlenty));
    const auto little = std::make_shared<ByteBudget>(300 << 10);
    const HeldRaster tight(file, little);
    for (const double scale : {1.0, 1.7, 2.6, 5.9}) {
      PixelBlock a;
      PixelBlock b;
      const Window patch{10, 20, 80, 60};
      read_patch(roomy, scale, patch, a);
      read_patch(tight, scale, patch, b);
      expect_same(a, b);
    }
    EXPECT_TRUE(little->is_spent());
    EXPECT_LE(little->held(), 300U << 10);
  }
}

TEST(HeldRaster, HoldsNothingThatOnlyOverviewsAreMadeFrom) {
  const auto file = std::make_shared<CountedRaster>(info_of("Byte"));
  const auto memory = std::make_shared<ByteBudget>(kPlenty);
  const HeldRaster held(file, memory);
  PixelBlock read;
  held.read({0, 0, 175, 133}, 1, read);
  EXPECT_LT(memory->held(), 3U * 175 * 133 + 4096);
}

}  // namespace
}  // namespace orthocover
