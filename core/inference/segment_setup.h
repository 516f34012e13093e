#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/inference/model_fit.h"
#include "core/inference/segment_plan.h"
#include "core/ports/area_mask.h"

namespace orthocover {

/// Share of the patch that neighbours overlap where neither the user nor the model says it.
inline constexpr double kUsualOverlap = 0.125;

/// What the user may decide about a segmentation; empty or 0 means the model's own value.
struct SegmentSettings {
  std::vector<int> levels;
  int patch_size_px = 0;
  std::optional<double> overlap;
  std::string fusion = "model";
  std::string ground_size = "model";
  int batch_size = 0;
  int threads = 0;  ///< for reading and finishing where the network is not on the CPU; 0: all cores
  std::uint64_t memory_bytes = 2ULL << 30;
  std::uint64_t gdal_cache_bytes = 64ULL << 20;
  bool probabilities = false;
  double grid_shift = 0;  ///< LevelRequest::grid_shift
  /// Of the process before its first scene, for several scenes in one process; 0: as it is now.
  std::uint64_t baseline_bytes = 0;
  /// Predictor::tensor_bytes_per_pixel(); 0: measured.
  double tensor_bytes_per_pixel = 0;
  /// nn::free_memory() before the first scene, whose memory LibTorch keeps for the next; nothing: as it is
  /// now.
  std::optional<std::uint64_t> device_bytes;
  int scenes_at_once = 1;  ///< that share a device
};

/// The plan for one scene, and what the user should know of it.
struct SegmentSetup {
  SegmentPlan plan;
  std::vector<std::pair<int, std::string>> left_out;  ///< levels, with the reason
};

/// Threads of the computations that the calling thread starts. Unlike nn::set_threads(), which has LibTorch
/// make a pool of threads in every thread that asks for their number; those of a new pool keep cores busy for
/// a while.
/// @param threads 0: all cores
void use_threads(int threads);

/// SegmentSettings::memory_bytes where nobody asks for less or more: a device would wait for the few readers
/// that the CPU's 2 GiB have room for.
/// @param available_bytes of the machine for the process
std::uint64_t usual_memory(const torch::Device& device, std::uint64_t available_bytes);

/// Measures once what all scenes of one process share: its size now, and what the network takes.
void measure_process(Predictor& predictor, SegmentSettings& settings);

/// Decides everything about a run before anything is written.
/// @param region scene pixels of the map
/// @throws Error{Usage, Data, Resource}
SegmentSetup set_up_segmentation(const RasterSource& source, const Window& region,
                                 const nn::ModelManifest& manifest, Predictor& predictor,
                                 const SegmentSettings& settings, RunContext& context);

/// The setup as a few lines for people: levels, patches, ground size, device, memory.
/// @param area may be null: the whole region
std::string describe(const SegmentSetup& setup, const RasterInfo& info, const AreaMask* area,
                     const nn::ModelManifest& manifest, const Predictor& predictor);

}  // namespace orthocover
