#include "core/training/augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace orthocover {
namespace {

PixelBlock counted(std::int64_t side) {
  PixelBlock block;
  block.resize(1, side, side);
  for (std::size_t i = 0; i < block.values.size(); ++i) block.values[i] = static_cast<float>(i);
  std::ranges::fill(block.valid, std::uint8_t{1});
  return block;
}

TEST(Symmetry, HasEightDifferentFormsThatMovePixelsAndLabelsAlike) {
  std::set<std::vector<float>> forms;
  for (int symmetry = 0; symmetry < 8; ++symmetry) {
    PixelBlock block = counted(4);
    std::vector<std::uint8_t> labels(block.values.begin(), block.values.end());
    apply_symmetry(block, labels, symmetry);
    forms.insert(block.values);
    EXPECT_EQ(std::vector<float>(labels.begin(), labels.end()), block.values) << symmetry;
  }
  EXPECT_EQ(forms.size(), 8U);
}

TEST(Symmetry, OneMirrorsLeftAndRight) {
  PixelBlock block = counted(2);
  std::vector<std::uint8_t> labels(4);
  apply_symmetry(block, labels, 1);
  EXPECT_EQ(block.values, (std::vector<float>{1, 0, 3, 2}));
}

TEST(VaryColours, StaysNearZeroToOneAndKeepsTheOrderOfBrightness) {
  AugmentationOptions options;
  options.noise = 0;
  options.blur = 0;
  const BandStatistics own{{0.5}, {0.2}};
  const BandStatistics other{{0.3}, {0.1}};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    PixelBlock block = counted(8);
    for (float& value : block.values) value /= 63;
    Random random(seed);
    vary_colours(block, options, own, other, random);
    for (std::size_t i = 0; i < block.values.size(); ++i) {
      EXPECT_GE(block.values[i], 0);
      EXPECT_LE(block.values[i], 1);
      if (i > 0) {
        EXPECT_GE(block.values[i], block.values[i - 1]);
      }
    }
  }
}

TEST(VaryColours, ChangesNothingWhenEveryStrengthIsZero) {
  const AugmentationOptions none{false, 0, 0, 0, 0, 0, 0, 0, 0};
  PixelBlock block = counted(8);
  for (float& value : block.values) value /= 63;
  const std::vector<float> before = block.values;
  Random random(1);
  vary_colours(block, none, {{0.5}, {0.2}}, {{0.1}, {0.1}}, random);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(block.values[i], before[i], 1e-5);
}

TEST(Random, IsTheSameForASeedAndEvenOverItsRange) {
  Random a(3, 4);
  Random b(3, 4);
  Random c(3, 5);
  EXPECT_EQ(a.uniform(), b.uniform());
  EXPECT_NE(a.uniform(), c.uniform());
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 20000; ++i) {
    const double value = a.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 20000, 0, 0.03);
  EXPECT_NEAR(squares / 20000, 1, 0.05);
}

}  // namespace
}  // namespace orthocover
