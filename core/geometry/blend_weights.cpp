#include "core/geometry/blend_weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orthocover {

std::vector<float> blend_weights(std::int64_t size) {
  std::vector<float> weights(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i) {
    // The nearer end decides, so that both halves are equal to the last bit.
    const auto from_end = static_cast<double>(std::min(i, size - 1 - i));
    const double wave = std::sin(std::numbers::pi * (from_end + 0.5) / static_cast<double>(size));
    weights[static_cast<std::size_t>(i)] = std::max(kLeastBlendWeight, static_cast<float>(wave * wave));
  }
  return weights;
}

}  // namespace orthocover
