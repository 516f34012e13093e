#include "core/metrics/calibration.h"

#include <gtest/gtest.h>

#include "core/legend/legend.h"

namespace orthocover {
namespace {

using Values = std::vector<std::uint8_t>;

TEST(Calibration, IsTheMeanDistanceOfConfidenceAndAccuracy) {
  Calibration calibration;
  EXPECT_FALSE(calibration.expected_error());
  EXPECT_FALSE(calibration.coverage());
  // Four pixels at 90 %, three of them right; two at 50 %, one right; one unlabelled, one without confidence.
  calibration.add(Values{0, 0, 0, 0, 1, 1, kIgnoreLabel, 0}, Values{0, 0, 0, 1, 1, 0, 0, 0},
                  Values{90, 90, 90, 90, 50, 50, 90, 255});
  EXPECT_NEAR(*calibration.expected_error(), (4 * 0.15 + 2 * 0) / 6, 1e-12);
  EXPECT_NEAR(*calibration.coverage(), 6.0 / 7, 1e-12);
  const std::vector<Calibration::Bin> bins = calibration.bins();
  ASSERT_EQ(bins.size(), 15U);
  EXPECT_EQ(bins[13].pixels, 4U);
  EXPECT_NEAR(bins[13].accuracy, 0.75, 1e-12);
  EXPECT_NEAR(bins[7].mean_confidence, 0.5, 1e-12);
}

TEST(Calibration, CountsPixelsOfSeveralMapsByTheirShare) {
  Calibration calibration;
  calibration.add(Values{0, 0}, Values{0, 0}, Values{50, 50});
  calibration.add(Values{0, 0}, Values{1, 1}, Values{50, 255}, 6);
  EXPECT_NEAR(*calibration.expected_error(), 0.25, 1e-12) << "two of eight are right";
  EXPECT_NEAR(*calibration.coverage(), 8.0 / 14, 1e-12);
  EXPECT_EQ(calibration.bins()[7].pixels, 8U);
}

TEST(Calibration, PutsFullConfidenceIntoTheLastBin) {
  Calibration calibration;
  calibration.add(Values{0}, Values{0}, Values{100});
  EXPECT_EQ(calibration.bins().back().pixels, 1U);
  EXPECT_EQ(*calibration.expected_error(), 0);
}

}  // namespace
}  // namespace orthocover
