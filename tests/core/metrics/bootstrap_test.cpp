#include "core/metrics/bootstrap.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover {
namespace {

/// A unit of 100 pixels of each of two classes, of which `right` are called right.
ConfusionMatrix unit(int right) {
  ConfusionMatrix matrix(2);
  std::vector<std::uint8_t> truth;
  std::vector<std::uint8_t> called;
  for (int i = 0; i < 200; ++i) {
    truth.push_back(i < 100 ? 0 : 1);
    called.push_back(i % 100 < right ? truth.back() : 1 - truth.back());
  }
  matrix.add(truth, called);
  return matrix;
}

TEST(Bootstrap, HasNoWidthWhenAllUnitsAreAlike) {
  const BootstrapInterval interval = bootstrap_mean_iou({unit(80), unit(80), unit(80)}, 200, 1);
  EXPECT_DOUBLE_EQ(interval.value, 80.0 / 120);
  EXPECT_DOUBLE_EQ(interval.low, interval.value);
  EXPECT_DOUBLE_EQ(interval.high, interval.value);
}

TEST(Bootstrap, SpansWhatUnitsDifferIn) {
  std::vector<ConfusionMatrix> units;
  for (int i = 0; i < 20; ++i) units.push_back(unit(50 + 2 * i));
  const BootstrapInterval interval = bootstrap_mean_iou(units, 500, 1);
  EXPECT_LT(interval.low, interval.value);
  EXPECT_GT(interval.high, interval.value);
  EXPECT_GT(interval.low, 50.0 / 150);
  const BootstrapInterval again = bootstrap_mean_iou(units, 500, 1);
  EXPECT_EQ(interval.low, again.low) << "the seed decides";
}

TEST(Bootstrap, GoesOverTheClassesOfAllUnits) {
  std::vector<ConfusionMatrix> units;
  for (int i = 0; i < 4; ++i) {
    ConfusionMatrix matrix(2);
    matrix.add(std::vector<std::uint8_t>{0, 0, i == 2 ? std::uint8_t{1} : std::uint8_t{0}},
               std::vector<std::uint8_t>{0, 0, 0});
    units.push_back(matrix);
  }
  EXPECT_LT(bootstrap_mean_iou(units, 300, 1).high, 0.5) << "draws without the class that is missed";
  EXPECT_EQ(bootstrap_difference(units, units, 300, 1).high, 0);
}

TEST(Bootstrap, KnowsClassesThatASingleUnitHas) {
  std::vector<ConfusionMatrix> units(3, ConfusionMatrix(3));
  const std::vector<std::uint8_t> common{0, 0};
  const std::vector<std::uint8_t> rare{2};
  for (ConfusionMatrix& of : units) of.add(common, common);
  EXPECT_EQ(class_of_one_unit(units), std::nullopt);
  units[1].add(rare, rare);
  EXPECT_EQ(class_of_one_unit(units), 2);
  units[0].add(rare, rare);
  EXPECT_EQ(class_of_one_unit(units), std::nullopt);
}

TEST(Bootstrap, OfADifferenceIsPaired) {
  // Units differ widely, yet b is always five points better: the difference is sure.
  std::vector<ConfusionMatrix> a;
  std::vector<ConfusionMatrix> b;
  for (int i = 0; i < 10; ++i) {
    a.push_back(unit(30 + 5 * i));
    b.push_back(unit(35 + 5 * i));
  }
  const BootstrapInterval difference = bootstrap_difference(a, b, 500, 2);
  EXPECT_GT(difference.low, 0);
  EXPECT_LT(difference.high - difference.low, 0.03);
  EXPECT_GT(bootstrap_mean_iou(a, 500, 2).high - bootstrap_mean_iou(a, 500, 2).low, 0.1);
  EXPECT_THROW(bootstrap_difference(a, {b.front()}, 10, 2), Error);
}

}  // namespace
}  // namespace orthocover
