#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace orthocover {

/// Least weight of a score, relative to the patch's centre: the outermost scores count where nothing else is
/// there.
inline constexpr float kLeastBlendWeight = 1e-3F;

/// Weights of the scores along one side of a patch: a Hann window, floored. The weight of a score is the
/// product of both axes. Symmetric, positive, largest in the middle.
/// @shape [size]
/// @source Pielawski and Waehlby 2020, doi 10.1371/journal.pone.0229839 (Hann windows against tile seams);
/// the floor is ours, so that the scene's rim has weight too
inline std::vector<float> blend_weights(std::int64_t size) {
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
