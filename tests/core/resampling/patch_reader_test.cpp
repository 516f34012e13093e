#include "core/resampling/patch_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/ports/memory_raster.h"

namespace orthocover {
namespace {

MemoryRasterSource gradient(std::int64_t cols, std::int64_t rows) {
  return {memory_raster_info(cols, rows, 1, 0.1),
          [](int, std::int64_t col, std::int64_t row) { return static_cast<float>(col + 3 * row); }};
}

TEST(PatchReader, ReadsNativePixelsUnchanged) {
  const MemoryRasterSource source = gradient(100, 100);
  PixelBlock patch;
  ASSERT_TRUE(read_patch(source, 1, {10, 20, 32, 32}, patch));
  EXPECT_EQ(patch.band(0)[0], 10 + 60);
  EXPECT_EQ(patch.band(0)[33], 11 + 63);
}

TEST(PatchReader, MirrorsWhatLiesBeyondTheScene) {
  const MemoryRasterSource source = gradient(40, 40);
  PixelBlock patch;
  ASSERT_TRUE(read_patch(source, 1, {32, 0, 32, 32}, patch));
  EXPECT_EQ(patch.valid[7], 1);
  EXPECT_EQ(patch.valid[8], 0);
  EXPECT_EQ(patch.band(0)[8], 38) << "column 40 mirrors column 38";
}

TEST(PatchReader, AveragesTheGroundOfACoarseLevel) {
  const MemoryRasterSource source = gradient(400, 400);
  PixelBlock patch;
  ASSERT_TRUE(read_patch(source, 4, {2, 1, 32, 32}, patch));
  // Columns 8..11, rows 4..7 of the gradient.
  EXPECT_FLOAT_EQ(patch.band(0)[0], 9.5F + 3 * 5.5F);
}

TEST(PatchReader, AveragesBytesAsItDoesOtherNumbers) {
  const auto value = [](int band, std::int64_t col, std::int64_t row) {
    return static_cast<float>((31 * col + 17 * row + 90 * band) % 256);
  };
  const auto valid = [](std::int64_t col, std::int64_t row) {
    return col < 150 || (col * row) % 11 < 4 || row > 300;
  };
  RasterInfo info = memory_raster_info(401, 403, 3, 0.1);
  const MemoryRasterSource bytes(info, value, valid);
  for (BandInfo& band : info.bands) band.data_type = "UInt16";
  const MemoryRasterSource numbers(info, value, valid);
  for (const double scale : {2.0, 3.0, 4.0, 16.0}) {
    const auto cols = static_cast<std::int64_t>(420 / scale);
    for (const Window& window : {Window{-5, -3, cols, cols}, {7, 9, cols, cols / 2}, {cols, 0, 8, 8}}) {
      PixelBlock got, expected;
      EXPECT_EQ(read_patch(bytes, scale, window, got), read_patch(numbers, scale, window, expected));
      ASSERT_EQ(got.valid, expected.valid) << scale;
      if (std::ranges::find(got.valid, 1) == got.valid.end()) continue;
      for (std::size_t i = 0; i < got.values.size(); ++i)
        ASSERT_NEAR(got.values[i], expected.values[i], 1e-3) << scale << ' ' << i;
    }
  }
}

TEST(PatchReader, TellsWhenNothingIsValid) {
  const MemoryRasterSource source(
      memory_raster_info(100, 100, 1, 0.1), [](int, std::int64_t, std::int64_t) { return 1.0F; },
      [](std::int64_t col, std::int64_t) { return col >= 50; });
  PixelBlock patch;
  EXPECT_FALSE(read_patch(source, 1, {0, 0, 32, 32}, patch));
  EXPECT_TRUE(read_patch(source, 1, {32, 0, 32, 32}, patch));
  EXPECT_FALSE(read_patch(source, 1, {200, 0, 32, 32}, patch)) << "wholly beyond the scene";
}

TEST(PatchReader, TakesAnOverviewOnlyWhereItIsExactEnough) {
  RasterInfo info = memory_raster_info(1000, 800, 3, 0.1);
  info.overviews = {{500, 400}, {250, 200}, {125, 100}};
  EXPECT_EQ(choose_copy(info, 1).overview, -1);
  EXPECT_EQ(choose_copy(info, 2).overview, -1);
  EXPECT_EQ(choose_copy(info, 3.9).overview, -1);
  EXPECT_EQ(choose_copy(info, 4).overview, 0);
  EXPECT_EQ(choose_copy(info, 4).scale, PixelScale(2));
  EXPECT_EQ(choose_copy(info, 15).overview, 1);
  EXPECT_EQ(choose_copy(info, 16).overview, 2);
}

}  // namespace
}  // namespace orthocover
