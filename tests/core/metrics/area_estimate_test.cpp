#include "core/metrics/area_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover {
namespace {

/// Table 8 of Olofsson et al. 2014 (doi 10.1016/j.rse.2014.02.015): deforestation, forest gain, stable
/// forest, stable non-forest; areas in pixels of 30 m.
StratifiedSample published() {
  return {{{66, 0, 5, 4}, {0, 55, 8, 12}, {1, 0, 153, 11}, {2, 1, 9, 313}},
          {200000, 150000, 3200000, 6450000}};
}

TEST(AreaEstimate, AgreesWithThePublishedExample) {
  const AreaEstimate estimate = estimate_areas(published());
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

TEST(AreaEstimate, RefusesAStratumWithoutPoints) {
  StratifiedSample sample = published();
  sample.counts[1] = {0, 1, 0, 0};
  try {
    estimate_areas(sample);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("map class 2 has area but 1 points"));
  }
  sample.mapped_area[1] = 0;
  EXPECT_NO_THROW(estimate_areas(sample)) << "a class that the map lacks needs no points";
  EXPECT_THROW(estimate_areas({{{1}}, {0}}), Error);
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
}

}  // namespace
}  // namespace orthocover
