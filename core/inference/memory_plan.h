#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry/level_plan.h"

namespace orthocover {

/// What the memory plan needs to know of a run.
struct MemoryRequest {
  std::uint64_t budget_bytes = 2ULL << 30;
  std::uint64_t baseline_bytes = 0;  ///< of the process before the run: libraries, scene handles
  std::uint64_t weight_bytes = 0;
  std::uint64_t cache_bytes = 0;      ///< shared_cache_bytes()
  double tensor_bytes_per_pixel = 0;  ///< Predictor::tensor_bytes_per_pixel()
  bool forward_on_cpu = true;
  int batch_size = 1;         ///< wished
  int threads = 1;            ///< of the forward passes on the CPU
  int reading_threads = 1;    ///< wished
  int finishing_threads = 1;  ///< wished
  int bands = 3;
  std::uint64_t bytes_per_pixel = 3;  ///< of decoded pixels, all bands
  std::uint64_t decoded_bytes = 0;    ///< of what is decoded at a time: TileCache::tile_bytes()
  int classes = 1;
  int score_stride = 1;
  bool probabilities = false;
  std::uint64_t gdal_cache_bytes = 64ULL << 20;
};

/// How the budget is shared out. Every part is bounded, whatever the scene's width and height.
struct MemoryPlan {
  int batch_size = 1;
  /// Patches that are taken together and then go through the network in batches of one level; at least
  /// batch_size.
  int wave_patches = 1;
  /// Waves that go through the network beside each other, each with a share of the threads: so no core waits
  /// for the others of its pass.
  int passes = 1;
  int waiting_patches = 2;  ///< prepared patches in the queue, beyond those in the forward pass
  int reading_threads = 1;
  int finishing_threads = 1;      ///< that fuse and mask blocks
  std::int64_t job_px = 1 << 19;  ///< pixels that a reading thread reads at a time for several patches
  int waiting_blocks = 4;         ///< blocks of the map between gathering and writing
  std::uint64_t tile_bytes = 64ULL << 20;  ///< decoded pixels of the scene that are kept for further patches
  std::uint64_t score_bytes = 0;  ///< resident tiles of scores; what exceeds them goes to a scratch file
  std::uint64_t peak_bytes = 0;   ///< expected peak of the process
  std::uint64_t scene_bytes =
      0;  ///< of these what this scene alone takes: without process, network and cache
};

/// Pixels of the largest patch of any level.
std::int64_t largest_patch_px(const std::vector<LevelPlan>& levels);

/// @throws Error{Resource} when the smallest arrangement does not fit, naming the least --memory
MemoryPlan plan_memory(const MemoryRequest& request, const std::vector<LevelPlan>& levels);

}  // namespace orthocover
