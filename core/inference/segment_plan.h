#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/inference/memory_plan.h"
#include "core/inference/scores/score_blender.h"
#include "core/parts/block_view.h"
#include "core/ports/raster_sink.h"

namespace orthocover {

/// Everything that is decided before a scene is segmented.
struct SegmentPlan : FusionPlan {
  MemoryPlan memory;
  LevelOrder order = LevelOrder::CoarseFirst;
  /// Whether a block of the map is to be made; empty: all are. The blocks that are made have the pixels that
  /// they would have in the whole map.
  std::function<bool(const Window& block)> wanted;
  /// Scene pixels that could not be read so far, where that does not end the run; windows are only added.
  std::function<std::vector<Window>()> unreadable;
};

/// Where the results go; each may be missing.
struct SegmentSinks {
  RasterSink* map = nullptr;
  RasterSink* confidence = nullptr;
  RasterSink* probabilities = nullptr;
  std::vector<BlockTask> tasks = {};  ///< for every block; what they return, after it is written
};

/// Pixels of percentage rasters without a value.
inline constexpr std::uint8_t kNoPercentage = 255;

}  // namespace orthocover
