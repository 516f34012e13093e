#include "core/geometry/area_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace orthocover {
namespace {

TEST(AreaScale, OfAConstantIsTheSameEverywhere) {
  const AreaScale scale(0.25);
  std::vector<double> sums(1001);
  scale.row_sums(123456, sums);
  EXPECT_DOUBLE_EQ(sums[0], 0);
  EXPECT_DOUBLE_EQ(sums[1], 0.25);
  EXPECT_DOUBLE_EQ(sums[1000], 250);
  EXPECT_DOUBLE_EQ(scale.along_row(-5, 7, 3), 3);
}

TEST(AreaScale, PassesThroughCubicsExactly) {
  const auto field = [](double c, double r) { return 2 + 1e-2 * c - 3e-5 * c * c * c + 1e-3 * r * r * c; };
  const auto passed = [](double c, double r) {
    return 2 * c + 5e-3 * c * c - 0.75e-5 * c * c * c * c + 5e-4 * r * r * c * c;
  };
  for (const int parts : {1, 3, 7}) {
    const AreaScale scale(40, 30, parts, parts + 1, field);
    for (const double row : {0.0, 3.3, 17.0, 30.0}) {
      for (const double to : {0.0, 0.5, 13.0, 39.9, 40.0}) {
        EXPECT_NEAR(scale.along_row(2.25, to, row), passed(to, row) - passed(2.25, row), 1e-10)
            << parts << " " << row << " " << to;
      }
    }
  }
}

TEST(AreaScale, SumsOfPixelsAreTheFieldsIntegral) {
  // The shape of true areas in degrees.
  const auto field = [](double /*c*/, double r) { return std::cos(std::numbers::pi * (r - 90) / 180); };
  const AreaScale scale(360, 180, 36, 90, field);
  std::vector<double> sums(361);
  double total = 0;
  for (int row = 0; row < 180; ++row) {
    scale.row_sums(row, sums);
    const double expected =
        180 / std::numbers::pi *
        (std::sin(std::numbers::pi * (row - 89) / 180) - std::sin(std::numbers::pi * (row - 90) / 180));
    EXPECT_NEAR(sums[1], expected, 1e-7 * expected + 1e-8) << row;
    EXPECT_NEAR(sums[360], 360 * sums[1], 1e-10);
    total += sums[360];
  }
  EXPECT_NEAR(total, 4 * std::numbers::pi * std::pow(180 / std::numbers::pi, 2), 1);
}

}  // namespace
}  // namespace orthocover
