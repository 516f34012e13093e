#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/base/run_context.h"
#include "core/geometry/schedule.h"
#include "core/inference/fusion.h"
#include "core/inference/memory_plan.h"
#include "core/inference/predictor.h"
#include "core/legend/legend.h"
#include "core/parts/block_view.h"
#include "core/ports/area_mask.h"
#include "core/ports/raster_sink.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// Where patches are blended and levels fused.
enum class ScorePlace {
  Auto,   ///< on a CUDA device whose memory has room for it, else on the host
  Host,   ///< ScoreStore and classify(): bounded by MemoryPlan::score_bytes, the rest on disk
  Device  ///< DeviceScores, whatever the device
};

/// Everything that is decided before a scene is segmented.
struct SegmentPlan {
  Window region;                     ///< scene pixels of the map
  std::vector<LevelPlan> levels;     ///< finest first
  std::vector<LevelWeight> weights;  ///< one per level
  FusionMethod fusion = FusionMethod::LogLinear;
  Legend legend;
  MemoryPlan memory;
  ScorePlace scores = ScorePlace::Auto;
  std::optional<std::uint64_t> device_bytes;  ///< memory of a CUDA device for the scene, if that is known
  LevelOrder order = LevelOrder::CoarseFirst;
  std::filesystem::path scratch_folder = ".";
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
