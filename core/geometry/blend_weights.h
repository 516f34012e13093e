#pragma once

#include <cstdint>
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
std::vector<float> blend_weights(std::int64_t size);

}  // namespace orthocover
