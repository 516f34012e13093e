#pragma once

#include <optional>
#include <vector>

#include "core/inference/patch_feed.h"
#include "core/inference/segment_plan.h"

namespace orthocover {

/// Consecutive patches of the schedule, that go through the network together.
struct Wave {
  std::vector<PreparedPatch> patches;
  std::vector<torch::Tensor> scores;        ///< of each patch; undefined where it has no valid pixel
  double seconds = 0;                       ///< of the forward passes
  std::optional<std::size_t> most_at_once;  ///< patches in a pass from now on, where memory was short

  /// Takes out the patches from the first one on that wait for no pass, and what is known of the passes.
  Wave take_finished();
};

/// Patches that may wait for others with which their batch is full. By default none does.
struct MostWaiting {
  std::size_t patches = 0;  ///< of all levels
  std::size_t later = 0;    ///< that came after one which waits
};

/// Patches go through the network in batches of one level; the inputs of those that went are let go.
/// @param blender what prepares their scores
/// @return whether any did
/// @throws Error{Internal} for scores of another shape than the plan says, and Predictor's errors
bool run_wave(Predictor& predictor, const SegmentPlan& plan, const ScoreBlender& blender, Wave& wave,
              const MostWaiting& most = {});

}  // namespace orthocover
