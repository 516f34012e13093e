#include "core/training/style.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace orthocover {
namespace {

TEST(Style, MovesMeanAndDeviationPartOfTheWayToTheOtherScene) {
  const BandStatistics own{{0.5, 0.2}, {0.2, 0.1}};
  const BandStatistics other{{0.3, 0.4}, {0.1, 0.2}};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    const std::vector<BandChange> changes = draw_style(1, own, other, random);
    ASSERT_EQ(changes.size(), 2U);
    const double mean = changes[0].gain * 0.5 + changes[0].offset;
    const double amount = (0.5 - mean) / 0.2;
    EXPECT_GE(amount, -1e-9);
    EXPECT_LE(amount, 1);
    EXPECT_NEAR(changes[0].gain * 0.2, 0.2 - amount * 0.1, 1e-9);
    EXPECT_NEAR(changes[1].gain * 0.2 + changes[1].offset, 0.2 + amount * 0.2, 1e-9) << "all bands alike";
  }
}

TEST(Style, ChangesNoContrastBetweenScenesThatAreAlikeHoweverSmallTheirValues) {
  const BandStatistics dim{{2e-3}, {6e-4}};  // 8 bits in files of 16
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    EXPECT_NEAR(draw_style(1, dim, dim, random)[0].gain, 1, 1e-12);
  }
}

TEST(Style, StaysWithoutProbability) {
  Random random(1);
  const std::vector<BandChange> changes = draw_style(0, {{0.5}, {0.2}}, {{0.1}, {0.1}}, random);
  EXPECT_EQ(changes[0].gain, 1);
  EXPECT_EQ(changes[0].offset, 0);
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
