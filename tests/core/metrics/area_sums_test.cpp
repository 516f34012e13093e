#include "core/metrics/area_sums.h"

#include <gtest/gtest.h>

#include <vector>

namespace orthocover {
namespace {

constexpr std::int64_t kCols = 70;
constexpr std::int64_t kRows = 50;

/// Runs of a pixel in the first row, of a pixel more in each that follows.
std::uint8_t value_at(std::int64_t col, std::int64_t row) {
  return static_cast<std::uint8_t>((col / (row + 1) + row * row) % 4);
}

void add_in_blocks(AreaSums& sums, std::int64_t side) {
  for (std::int64_t row = 0; row < kRows; row += side) {
    for (std::int64_t col = 0; col < kCols; col += side) {
      const Window window{col, row, std::min(side, kCols - col), std::min(side, kRows - row)};
      std::vector<std::uint8_t> pixels;
      for (std::int64_t r = 0; r < window.rows; ++r) {
        for (std::int64_t c = 0; c < window.cols; ++c) pixels.push_back(value_at(col + c, row + r));
      }
      sums.add(sums.of(window, pixels));
    }
  }
}

/// Ground by value, pixel by pixel.
std::array<double, 4> summed(const AreaScale& scale) {
  std::array<double, 4> ground{};
  for (std::int64_t row = 0; row < kRows; ++row) {
    const RowGround along = scale.row_ground(row);
    for (std::int64_t col = 0; col < kCols; ++col)
      ground[value_at(col, row)] += along.before(col + 1) - along.before(col);
  }
  return ground;
}

TEST(AreaSums, AddsUpTheGroundOfEachValueWhateverTheBlocks) {
  const AreaScale scale(kCols, kRows, 4, 4,
                        [](double col, double row) { return 0.01 + 1e-5 * col + 1e-7 * row * row; });
  const std::array<double, 4> expected = summed(scale);
  for (const std::int64_t side : {1, 16, 512}) {
    AreaSums sums(scale);
    add_in_blocks(sums, side);
    for (std::uint8_t value = 0; value < 4; ++value)
      EXPECT_NEAR(sums.ground(value), expected[value], 1e-12 * kCols * kRows) << side;
  }
}

}  // namespace
}  // namespace orthocover
