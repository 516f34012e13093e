#pragma once

#include <cstdint>
#include <vector>

#include "core/base/run_context.h"
#include "core/inference/predictor.h"
#include "core/inference/segment_plan.h"
#include "core/ports/area_mask.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// What a run did. Seconds are of the threads that do the stage, together; stages run side by side. Of
/// forward passes beside each other each counts with its share of the threads. On a CUDA device forward and
/// blend are the time that the host takes to give out the work.
struct SegmentReport {
  std::vector<std::int64_t> patches;  ///< forward passes per level
  std::int64_t skipped_patches = 0;   ///< patches without a valid pixel
  ValueCounts counts{};               ///< pixels of the map per value
  std::vector<Window> unreadable;     ///< scene pixels that could not be read, and are without data
  double read_seconds = 0;
  double forward_seconds = 0;
  double blend_seconds = 0;
  double write_seconds = 0;  ///< fusing the levels on the host, masks, encoding and writing
  double wall_seconds = 0;
  std::uint64_t spilled_bytes = 0;  ///< scores that went through the scratch file
};

/// Segments one scene: reading threads prepare patches, as many threads as the plan has passes run the
/// network (with one pass the calling thread does), the calling thread blends, others fuse the levels and
/// mask and write the blocks of the map. On a CUDA device blending and fusing are done there, and only
/// classes come back. Memory is bounded by the plan.
/// @param area may be null: the whole region
/// @throws Error of any stage; what was written to the sinks is then incomplete and must not be committed
SegmentReport segment_scene(const RasterSource& source, const AreaMask* area, Predictor& predictor,
                            const SegmentPlan& plan, const SegmentSinks& sinks, RunContext& context);

}  // namespace orthocover
