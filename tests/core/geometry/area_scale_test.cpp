#include "core/geometry/area_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>

namespace orthocover {
namespace {

TEST(AreaScale, OfAConstantIsTheSameEverywhere) {
  const AreaScale scale(0.25);
  const RowGround ground = scale.row_ground(123456);
  EXPECT_DOUBLE_EQ(ground.before(0), 0);
  EXPECT_DOUBLE_EQ(ground.before(1), 0.25);
  EXPECT_DOUBLE_EQ(ground.before(1000), 250);
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

TEST(AreaScale, OfARowIsTheIntegralOverThePixelsBeforeAColumn) {
  const AreaScale scale(40, 30, 5, 4,
                        [](double c, double r) { return 2 + 1e-2 * c - 3e-5 * c * c * c + r * c; });
  const RowGround ground = scale.row_ground(7);
  for (std::int64_t col = 0; col <= 40; ++col) {
    const auto c = static_cast<double>(col);
    EXPECT_NEAR(ground.before(col), 2 * c + 5e-3 * c * c - 0.75e-5 * c * c * c * c + 7.5 * c * c / 2, 1e-10);
  }
}

TEST(AreaScale, SumsOfPixelsAreTheFieldsIntegral) {
  // The shape of true areas in degrees.
  const auto field = [](double /*c*/, double r) { return std::cos(std::numbers::pi * (r - 90) / 180); };
  const AreaScale scale(360, 180, 36, 90, field);
  double total = 0;
  for (int row = 0; row < 180; ++row) {
    const RowGround ground = scale.row_ground(row);
    const double expected =
        180 / std::numbers::pi *
        (std::sin(std::numbers::pi * (row - 89) / 180) - std::sin(std::numbers::pi * (row - 90) / 180));
    EXPECT_NEAR(ground.before(1), expected, 1e-7 * expected + 1e-8) << row;
    EXPECT_NEAR(ground.before(360), 360 * ground.before(1), 1e-10);
    total += ground.before(360);
  }
  EXPECT_NEAR(total, 4 * std::numbers::pi * std::pow(180 / std::numbers::pi, 2), 1);
}

}  // namespace
}  // namespace orthocover
