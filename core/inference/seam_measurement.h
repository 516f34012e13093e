#pragma once

#include "core/inference/scene_segmenter.h"
#include "core/inference/thumbnail.h"
#include "core/metrics/seam_index.h"

namespace orthocover {

/// Values of a mask of seams; kNoClass where the scene has no data.
inline constexpr std::uint8_t kSameClass = 1;
inline constexpr std::uint8_t kOtherClass = 2;

/// Names and colours of a mask of seams.
Legend seam_mask_legend();

/// What two maps of a scene with different patch grids have to tell.
struct SeamReport {
  SeamIndex index;
  /// Values of the mask; kOtherClass where any pixel below changes.
  Thumbnail changes;
  ValueCounts mask_counts{};
  SegmentReport first;
  SegmentReport second;
};

/// The plans of both maps: equal but for the levels' patches and what follows from them.
struct SeamPlans {
  SegmentPlan first;
  SegmentPlan second;
};

/// Maps a scene with both plans and compares the maps block by block. The first map waits in a scratch file
/// in the first plan's folder, a byte a pixel; memory is bounded by the larger of the plans.
/// @param mask receives kSameClass and kOtherClass; may be null
/// @param picture_px upper limit of the thumbnail's longer side
/// @throws Error as segment_scene()
SeamReport measure_seams(const RasterSource& source, const AreaMask* area, Predictor& predictor,
                         const SeamPlans& plans, RasterSink* mask, std::int64_t picture_px,
                         RunContext& context);

}  // namespace orthocover
