#include "core/geometry/blend_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orthocover {
namespace {

TEST(BlendWeights, ArePositiveSymmetricAndHighestInTheMiddle) {
  for (const std::int64_t size : {1, 2, 3, 16, 33, 512}) {
    const std::vector<float> weights = blend_weights(size);
    ASSERT_EQ(weights.size(), static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      EXPECT_GE(weights[i], kLeastBlendWeight);
      EXPECT_LE(weights[i], 1.0F);
      EXPECT_EQ(weights[i], weights[weights.size() - 1 - i]);
    }
    EXPECT_TRUE(
        std::is_sorted(weights.begin(), weights.begin() + static_cast<std::ptrdiff_t>((size + 1) / 2)));
  }
}

TEST(BlendWeights, AreAHannWindow) {
  for (const std::size_t size : {33, 512}) {
    const std::vector<float> weights = blend_weights(static_cast<std::int64_t>(size));
    for (std::size_t i = 0; i < size; ++i) {
      const double angle = std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(size);
      EXPECT_NEAR(weights[i], std::max(1e-3, std::pow(std::sin(angle), 2)), 1e-6) << i;
    }
  }
}

TEST(BlendWeights, ChangeSmoothly) {
  const std::vector<float> weights = blend_weights(512);
  for (std::size_t i = 1; i < weights.size(); ++i) EXPECT_LT(std::abs(weights[i] - weights[i - 1]), 0.01F);
}

}  // namespace
}  // namespace orthocover
