#pragma once

#include <optional>
#include <vector>

#include "core/inference/patch_feed.h"
#include "core/inference/score_blender.h"

namespace orthocover {

/// Consecutive patches of the schedule, that go through the network together.
struct Wave {
  std::vector<PreparedPatch> patches;
  std::vector<torch::Tensor> scores;        ///< of each patch; undefined where it has no valid pixel
  double seconds = 0;                       ///< of the forward passes
  std::optional<std::size_t> most_at_once;  ///< patches in a pass from now on, where memory was short
};

/// Patches go through the network in batches of one level; their inputs are let go.
/// @param blender what prepares their scores
/// @throws Error{Internal} for scores of another shape than the plan says, and Predictor's errors
void run_wave(Predictor& predictor, const SegmentPlan& plan, const ScoreBlender& blender, Wave& wave);

}  // namespace orthocover
