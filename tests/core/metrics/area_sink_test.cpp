#include "core/metrics/area_sink.h"

#include <gtest/gtest.h>

#include <vector>

namespace orthocover {
namespace {

/// Takes everything and keeps nothing.
class NoSink final : public RasterSink {
 public:
  void write(const Window& /*window*/, int /*band*/, std::span<const std::uint8_t> pixels) override {
    m_pixels += pixels.size();
  }
  void finish(const ValueCounts& /*counts*/) override {}
  void add_to(CommitSteps&) override {}
  std::string finished_path() const override { return "nowhere"; }
  std::size_t pixels() const { return m_pixels; }

 private:
  std::size_t m_pixels = 0;
};

constexpr std::int64_t kCols = 70;
constexpr std::int64_t kRows = 50;

/// Runs of a pixel in the first row, of a pixel more in each that follows.
std::uint8_t value_at(std::int64_t col, std::int64_t row) {
  return static_cast<std::uint8_t>((col / (row + 1) + row * row) % 4);
}

void write_in_blocks(RasterSink& sink, int band, std::int64_t side) {
  for (std::int64_t row = 0; row < kRows; row += side) {
    for (std::int64_t col = 0; col < kCols; col += side) {
      const Window window{col, row, std::min(side, kCols - col), std::min(side, kRows - row)};
      std::vector<std::uint8_t> pixels;
      for (std::int64_t r = 0; r < window.rows; ++r) {
        for (std::int64_t c = 0; c < window.cols; ++c) pixels.push_back(value_at(col + c, row + r));
      }
      sink.write(window, band, pixels);
    }
  }
}

/// Ground by value, pixel by pixel.
std::array<double, 4> summed(const AreaScale& scale) {
  std::array<double, 4> ground{};
  std::vector<double> sums(kCols + 1);
  for (std::int64_t row = 0; row < kRows; ++row) {
    scale.row_sums(row, sums);
    for (std::int64_t col = 0; col < kCols; ++col) {
      const auto at = static_cast<std::size_t>(col);
      ground[value_at(col, row)] += sums[at + 1] - sums[at];
    }
  }
  return ground;
}

TEST(AreaSink, AddsUpTheGroundOfEachValueWhateverTheBlocks) {
  const AreaScale scale(kCols, kRows, 4, 4,
                        [](double col, double row) { return 0.01 + 1e-5 * col + 1e-7 * row * row; });
  const std::array<double, 4> expected = summed(scale);
  for (const std::int64_t side : {1, 16, 512}) {
    NoSink target;
    AreaSink sink(target, scale);
    write_in_blocks(sink, 0, side);
    EXPECT_EQ(target.pixels(), static_cast<std::size_t>(kCols * kRows));
    for (std::uint8_t value = 0; value < 4; ++value)
      EXPECT_NEAR(sink.ground(value), expected[value], 1e-12 * kCols * kRows) << side;
  }
}

TEST(AreaSink, PassesOtherBandsOnWithoutCountingThem) {
  const AreaScale scale(2);
  NoSink target;
  AreaSink sink(target, scale);
  write_in_blocks(sink, 1, 16);
  EXPECT_EQ(target.pixels(), static_cast<std::size_t>(kCols * kRows));
  EXPECT_EQ(sink.ground(1), 0);
  EXPECT_EQ(sink.finished_path(), "nowhere");
}

}  // namespace
}  // namespace orthocover
