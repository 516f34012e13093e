#include "core/metrics/area_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/base/error.h"

namespace orthocover {
namespace {

/// Table 8 of Olofsson et al. 2014 (doi 10.1016/j.rse.2014.02.015): deforestation, forest gain, stable
/// forest, stable non-forest; areas in pixels of 30 m.
std::vector<Stratum> published() {
  return {{0, 200000, 200000, {66, 0, 5, 4}},
          {1, 150000, 150000, {0, 55, 8, 12}},
          {2, 3200000, 3200000, {1, 0, 153, 11}},
          {3, 6450000, 6450000, {2, 1, 9, 313}}};
}

TEST(AreaEstimate, AgreesWithThePublishedExample) {
  const AreaEstimate estimate = estimate_areas(published(), 4);
  EXPECT_NEAR(estimate.overall_accuracy.value, 0.95, 0.005);
  EXPECT_NEAR(estimate.overall_accuracy.half_width(), 0.02, 0.005);
  const std::vector<double> users = {0.88, 0.73, 0.93, 0.96};
  const std::vector<double> users_widths = {0.07, 0.10, 0.04, 0.02};
  const std::vector<double> producers = {0.75, 0.85, 0.93, 0.96};
  const std::vector<double> producers_widths = {0.21, 0.25, 0.03, 0.02};
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_NEAR(estimate.users_accuracy[c].value, users[c], 0.005) << c;
    EXPECT_NEAR(estimate.users_accuracy[c].half_width(), users_widths[c], 0.005) << c;
    EXPECT_NEAR(estimate.producers_accuracy[c].value, producers[c], 0.005) << c;
    EXPECT_NEAR(estimate.producers_accuracy[c].half_width(), producers_widths[c], 0.0051) << c;
  }
  EXPECT_NEAR(estimate.area[0].value, 235086, 1) << "pixels of deforestation, 21158 ha";
  EXPECT_NEAR(estimate.area[0].half_width(), 68418, 30) << "6158 ha";
  EXPECT_EQ(estimate.sampled, (std::vector<std::uint64_t>{75, 75, 165, 325}));
}

TEST(AreaEstimate, IntervalsHoldTheTruthForFewPoints) {
  const std::vector<double> area = {2, 1.5, 32, 64.5};
  const std::vector<std::vector<double>> shares = {{0.88, 0, 0.07, 0.05},
                                                   {0, 0.73, 0.11, 0.16},
                                                   {0.006, 0.001, 0.926, 0.067},
                                                   {0.006, 0.003, 0.028, 0.963}};
  const auto truth_of = [&](std::size_t j) {
    double truth = 0;
    for (std::size_t i = 0; i < area.size(); ++i) truth += area[i] * shares[i][j];
    return truth;
  };
  std::mt19937 random(1);
  std::vector<std::vector<int>> held(3, std::vector<int>(area.size()));
  constexpr int kRounds = 1000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Stratum> strata;
    for (std::size_t i = 0; i < area.size(); ++i) {
      std::discrete_distribution<std::size_t> draw(shares[i].begin(), shares[i].end());
      strata.push_back({static_cast<int>(i), area[i], 1000000, std::vector<std::uint64_t>(area.size())});
      for (int point = 0; point < 30; ++point) ++strata.back().points[draw(random)];
    }
    const AreaEstimate estimate = estimate_areas(strata, 4);
    for (std::size_t j = 0; j < area.size(); ++j) {
      const auto holds = [](const Estimate& of, double truth) {
        EXPECT_LE(of.low, of.value);
        EXPECT_GE(of.high, of.value);
        return of.low <= truth && truth <= of.high ? 1 : 0;
      };
      held[0][j] += holds(estimate.area[j], truth_of(j));
      held[1][j] += holds(estimate.users_accuracy[j], shares[j][j]);
      held[2][j] += holds(estimate.producers_accuracy[j], area[j] * shares[j][j] / truth_of(j));
      EXPECT_LE(estimate.users_accuracy[j].high, 1 + 1e-12);
    }
  }
  for (const auto& of_classes : held)
    for (const int count : of_classes) EXPECT_GT(count, 0.9 * kRounds);
}

TEST(AreaEstimate, LeavesStrataOutWhoseVarianceIsUnknown) {
  std::vector<Stratum> strata = published();
  strata[1].points = {0, 1, 0, 0};
  const AreaEstimate without = estimate_areas(strata, 4);
  EXPECT_EQ(without.left_out, std::vector<std::size_t>{1});
  EXPECT_EQ(without.sampled[1], 0U);
  EXPECT_EQ(without.misses_own, (std::vector<bool>{false, true, false, false}));
  double area = 0;
  for (const Estimate& of_class : without.area) area += of_class.value;
  EXPECT_NEAR(area, 200000 + 3200000 + 6450000, 1);
  strata[1].area = 0;
  EXPECT_TRUE(estimate_areas(strata, 4).left_out.empty()) << "not on the map";
  EXPECT_THROW(estimate_areas({{0, 0, 0, {1}}}, 1), Error);
  EXPECT_THROW(estimate_areas({{0, 9, 9, {1}}}, 1), Error);
}

TEST(AreaEstimate, IsCertainOfStrataThatAreKnownAsAWhole) {
  std::vector<Stratum> strata = published();
  const AreaEstimate before = estimate_areas(strata, 4);
  strata.push_back({1, 2, 1, {0, 0, 1, 0}});
  const AreaEstimate known = estimate_areas(strata, 4);
  EXPECT_TRUE(known.left_out.empty());
  EXPECT_NEAR(known.area[2].value, before.area[2].value + 2, 1e-3);
  EXPECT_NEAR(known.area[2].standard_error, before.area[2].standard_error, 1e-3);
  EXPECT_NEAR(known.area[2].high, before.area[2].high + 2, 1e-3);
  strata.assign({{0, 100, 100, {40, 10}}, {1, 50, 50, {0, 25}}});
  EXPECT_NEAR(estimate_areas(strata, 2).users_accuracy[0].standard_error, std::sqrt(0.5 * 0.8 * 0.2 / 49),
              1e-12)
      << "half of the pixels are known";
}

/// Two maps with 50 points of class 0 each, of which the small one is mostly wrong.
TEST(AreaEstimate, WeighsThePointsOfSeveralMapsByTheirAreas) {
  const AreaEstimate estimate = estimate_areas({{0, 10, 1000000, {5, 45}},
                                                {1, 10, 1000000, {0, 50}},
                                                {0, 990, 99000000, {50, 0}},
                                                {1, 990, 99000000, {0, 50}}},
                                               2);
  EXPECT_NEAR(estimate.users_accuracy[0].value, (0.1 * 10 + 990) / 1000, 1e-12);
  EXPECT_NEAR(estimate.users_accuracy[0].standard_error, 0.01 * std::sqrt(0.1 * 0.9 / 49), 1e-6);
  EXPECT_NEAR(estimate.area[0].value, 991, 1e-9);
  EXPECT_NEAR(estimate.overall_accuracy.value, 1991.0 / 2000, 1e-12);
  EXPECT_NEAR(estimate.producers_accuracy[1].value, 1000.0 / 1009, 1e-12);
  EXPECT_EQ(estimate.sampled, (std::vector<std::uint64_t>{100, 100}));
}

TEST(SampleSize, AgreesWithThePublishedExample) {
  EXPECT_EQ(sample_size({200000, 150000, 3200000, 6450000}, {0.7, 0.6, 0.9, 0.95}, 0.01), 641);
}

TEST(Allocation, GivesEveryClassItsMinimumAndSharesTheRest) {
  const std::vector<double> area = {10, 0, 30, 60};
  const std::vector<double> accuracy = {0.5, 0.5, 0.8, 0.8};
  EXPECT_EQ(allocate(100, area, accuracy, Allocation::Proportional, 0),
            (std::vector<std::int64_t>{10, 0, 30, 60}));
  EXPECT_EQ(allocate(100, area, accuracy, Allocation::Proportional, 25),
            (std::vector<std::int64_t>{25, 0, 25, 50}));
  EXPECT_EQ(allocate(90, area, accuracy, Allocation::Equal, 10), (std::vector<std::int64_t>{30, 0, 30, 30}));
  // Weights 10 * 0.5, 30 * 0.4, 60 * 0.4 of 41.
  EXPECT_EQ(allocate(410, area, accuracy, Allocation::Neyman, 0),
            (std::vector<std::int64_t>{50, 0, 120, 240}));
  EXPECT_EQ(allocate(10, area, accuracy, Allocation::Proportional, 20),
            (std::vector<std::int64_t>{20, 0, 20, 20}))
      << "the minimum asks for more than was wanted";
  EXPECT_EQ(allocate(100, {1, 1, 1}, {0.5, 0.5, 0.5}, Allocation::Proportional, 0),
            (std::vector<std::int64_t>{34, 33, 33}))
      << "as many as were asked for";
}

TEST(Allocation, TakesNoMorePointsThanAClassHasPixels) {
  const std::vector<double> pixels = {5, 1000, 0, 2000};
  const std::vector<double> accuracy(4, 0.8);
  EXPECT_EQ(allocate_pixels(300, pixels, accuracy, Allocation::Equal, 30),
            (std::vector<std::int64_t>{5, 148, 0, 147}));
  EXPECT_EQ(allocate_pixels(9000, pixels, accuracy, Allocation::Proportional, 30),
            (std::vector<std::int64_t>{5, 1000, 0, 2000}));
}

TEST(Allocation, TellsTheErrorThatItLeadsTo) {
  // Shares 0.25 and 0.75 of the map, deviation 0.4: 0.01 / 100 + 0.09 / 300.
  EXPECT_NEAR(expected_error({100, 0, 300}, {25e9, 0, 75e9}, {0.8, 0.8, 0.8}), 0.02, 1e-9);
  EXPECT_NEAR(expected_error({100, 0, 300}, {200, 0, 600}, {0.8, 0.8, 0.8}), 0.02 * std::sqrt(0.5), 1e-12);
  EXPECT_EQ(expected_error({100, 300}, {100, 300}, {0.8, 0.8}), 0) << "all pixels are looked up";
}

}  // namespace
}  // namespace orthocover
