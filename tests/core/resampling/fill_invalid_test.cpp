#include "core/resampling/fill_invalid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

PixelBlock ramp(std::int64_t cols, std::int64_t rows) {
  PixelBlock block;
  block.resize(2, cols, rows);
  for (std::int64_t i = 0; i < cols * rows; ++i) {
    block.band(0)[i] = static_cast<float>(i % cols);
    block.band(1)[i] = static_cast<float>(i / cols);
    block.valid[i] = 1;
  }
  return block;
}

TEST(FillInvalid, MirrorsTheValidSideAtAStraightBorder) {
  PixelBlock block = ramp(40, 20);
  for (int i = 0; i < 20 * 40; ++i) {
    if (i % 40 < 25) continue;
    block.valid[i] = 0;
    block.band(0)[i] = block.band(1)[i] = -1;
  }
  fill_invalid(block);
  for (std::int64_t row = 0; row < 20; ++row) {
    for (std::int64_t col = 25; col < 40; ++col) {
      EXPECT_EQ(block.band(0)[row * 40 + col], static_cast<float>(48 - col));
      EXPECT_EQ(block.band(1)[row * 40 + col], static_cast<float>(row));
    }
  }
}

TEST(FillInvalid, MirrorsARectangleBeyondItsCorners) {
  // With a hole in it, the nearest valid pixels are searched for.
  for (const bool hole : {false, true}) {
    PixelBlock block = ramp(31, 26);
    for (int i = 0; i < 31 * 26; ++i) {
      const int col = i % 31, row = i / 31;
      if (col >= 4 && col < 13 && row >= 7 && row < 19 && !(hole && col == 8 && row == 13)) continue;
      block.valid[i] = 0;
      block.band(0)[i] = block.band(1)[i] = -1;
    }
    fill_invalid(block);
    for (int i = 0; i < 31 * 26; ++i) {
      const int col = i % 31, row = i / 31;
      const int near_col = std::clamp(col, 4, 12), near_row = std::clamp(row, 7, 18);
      const int mirror_col = 2 * near_col - col, mirror_row = 2 * near_row - row;
      const bool inside = mirror_col >= 4 && mirror_col < 13 && mirror_row >= 7 && mirror_row < 19;
      if (hole && mirror_col == 8 && mirror_row == 13) continue;
      EXPECT_EQ(block.band(0)[i], inside ? mirror_col : near_col) << col << ',' << row << hole;
      EXPECT_EQ(block.band(1)[i], inside ? mirror_row : near_row) << col << ',' << row << hole;
    }
  }
}

TEST(FillInvalid, LeavesValidPixelsAndMasksAlone) {
  PixelBlock block = ramp(30, 30);
  for (std::size_t i = 0; i < block.valid.size(); i += 7) block.valid[i] = 0;
  const PixelBlock before = block;
  fill_invalid(block);
  EXPECT_EQ(block.valid, before.valid);
  for (std::size_t i = 0; i < block.valid.size(); ++i) {
    if (!block.valid[i]) continue;
    EXPECT_EQ(block.values[i], before.values[i]);
  }
}

TEST(FillInvalid, TakesOnlyValuesOfValidPixels) {
  PixelBlock block = ramp(50, 50);
  for (std::int64_t i = 0; i < 2500; ++i) {
    const double distance = std::hypot(static_cast<double>(i % 50) - 20, static_cast<double>(i / 50) - 30);
    if (distance > 9) {
      block.valid[i] = 0;
      block.band(0)[i] = block.band(1)[i] = 1e9F;
    }
  }
  fill_invalid(block);
  for (const float value : block.values) EXPECT_LT(value, 50);
}

TEST(FillInvalid, MirrorsAtTheNearestValidPixel) {
  PixelBlock block = ramp(70, 55);
  const PixelBlock places = block;
  for (int i = 0; i < 70 * 55; ++i)
    block.valid[i] = i % 70 < 12 || i / 70 < 5 || (i % 70 * 3 + i / 70 * 2) % 40 > 4 || i % 69 % 7 == 2;
  fill_invalid(block);
  const auto distance = [&](const PixelBlock& from, int i, int to) {
    return std::hypot(from.band(0)[i] - places.band(0)[to], from.band(1)[i] - places.band(1)[to]);
  };
  for (int i = 0; i < 70 * 55; ++i) {
    float nearest = 1e9F;
    for (int k = 0; k < 70 * 55; ++k)
      if (block.valid[k] != 0) nearest = std::min(nearest, distance(places, k, i));
    // cv::distanceTransform's distances err by up to 3 %.
    const float way = distance(block, i, i);
    EXPECT_TRUE(way <= 1.03F * nearest || std::abs(way - 2 * nearest) <= 0.06F * nearest) << i;
  }
}

TEST(FillInvalid, DoesNothingWithoutValidPixels) {
  PixelBlock block = ramp(8, 8);
  std::fill(block.valid.begin(), block.valid.end(), std::uint8_t{0});
  const Buffer<float> before = block.values;
  fill_invalid(block);
  EXPECT_EQ(block.values, before);
}

}  // namespace
}  // namespace orthocover
