#include "core/inference/memory_plan.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/inference/scores/score_store.h"
#include "core/ports/raster_sink.h"

namespace orthocover {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
/// Scores beyond those of so many patches stay in a scratch file even if the budget is larger: more would
/// only hide that memory is bounded.
constexpr std::uint64_t kScorePatches = 12;
constexpr std::uint64_t kMostScoreBytes = 512 * kMiB;
constexpr std::uint64_t kUsualScoreBytes = 48 * kMiB;
constexpr std::uint64_t kLeastScoreBytes = 24 * kMiB;
/// Below this, patches are read one by one.
constexpr std::int64_t kLeastJobPx = 1 << 17;
/// Decoded pixels that are kept: those under a patch of the coarsest level, which finer levels want next, and
/// as many of its neighbours'.
constexpr std::uint64_t kMostTileBytes = 256 * kMiB;
constexpr std::uint64_t kUsualTileBytes = 64 * kMiB;
constexpr std::uint64_t kLeastTileBytes = 16 * kMiB;
constexpr double kTileMargin = 2;
/// Threads that read for a device; more than these are given up before decoded pixels.
constexpr int kReadersOfDevice = 4;
/// Blocks that wait for a device: what they hold of the host is in finishing threads only.
constexpr int kBlocksOnDevice = 32;
/// Blocks of files that are worth a word.
constexpr std::uint64_t kLargeBlockBytes = 32 * kMiB;
/// Passes beside each other. More would want much memory and save little.
constexpr int kMostPasses = 4;
/// Weights above this and the cache have one pass at a time, which reads them once.
constexpr std::uint64_t kUsualCacheBytes = 64 * kMiB;
/// Pixels of patches per pixel of their common window; 0.25 of overlap on both axes.
constexpr double kOverlapping = 1.8;
/// The process may be so much larger next time.
constexpr std::uint64_t kGrowthBytes = 8 * kMiB;
/// Fragmentation, thread stacks, oneDNN's scratch memory.
constexpr double kReserve = 1.15;
/// The same where passes go beside each other, which leave more gaps in the heap.
constexpr double kReserveBeside = 1.7;

/// A block between gathering and writing: scores of all levels, fused, and the pixels.
std::uint64_t block_bytes(const MemoryRequest& request, const std::vector<LevelPlan>& levels) {
  std::uint64_t bytes = 0;
  for (const LevelPlan& level : levels) {
    const auto cells = [&](double scale) {
      return RasterSink::kBlockPx / (scale * request.score_stride) + 2;
    };
    bytes += static_cast<std::uint64_t>(cells(level.scale.x) * cells(level.scale.y)) * sizeof(float) *
             static_cast<std::uint64_t>(request.classes);
  }
  const auto pixels = static_cast<std::uint64_t>(RasterSink::kBlockPx * RasterSink::kBlockPx);
  return bytes + pixels * (4 + (request.probabilities ? static_cast<std::uint64_t>(request.classes) : 0));
}

std::uint64_t tile_bytes(const MemoryRequest& request, const std::vector<LevelPlan>& levels) {
  const LevelPlan& coarsest = levels.back();
  const auto patch_px = static_cast<double>(coarsest.x.patch * coarsest.y.patch);
  const double scene_px = kTileMargin * patch_px * coarsest.scale.x * coarsest.scale.y;
  return std::clamp(static_cast<std::uint64_t>(scene_px) * (request.bytes_per_pixel + 1), kUsualTileBytes,
                    kMostTileBytes);
}

/// The most that waiting scores and their weights may take on the host.
std::uint64_t most_score_bytes(const MemoryRequest& request, std::uint64_t patch_px) {
  if (!request.forward_on_cpu) return kUsualScoreBytes;
  const auto stride = static_cast<std::uint64_t>(request.score_stride);
  const auto planes = static_cast<std::uint64_t>(request.classes + 1);
  return std::clamp(kScorePatches * patch_px / (stride * stride) * planes * sizeof(float), kUsualScoreBytes,
                    kMostScoreBytes);
}

/// What a level's patches take on their way to a device.
struct DevicePatch {
  std::uint64_t read_bytes = 0;    ///< of a patch and its mask, as it is read
  std::uint64_t locked_bytes = 0;  ///< page-locked, of which LibTorch takes powers of two
  std::uint64_t patches = 0;
};

/// Pixels of the scene itself go there as bytes where they are bytes; the largest patches come first.
std::vector<DevicePatch> device_patches(const MemoryRequest& request, const std::vector<LevelPlan>& levels) {
  const auto bands = static_cast<std::uint64_t>(request.bands);
  std::vector<DevicePatch> patches;
  for (const LevelPlan& level : levels) {
    const bool are_bytes = level.scale == 1 && request.bytes_per_pixel == bands;
    const auto pixels = static_cast<std::uint64_t>(level.x.patch * level.y.patch);
    const std::uint64_t bytes = pixels * bands * (are_bytes ? 1 : sizeof(float));
    patches.push_back({bytes + pixels, std::bit_ceil(bytes), static_cast<std::uint64_t>(level.patches())});
  }
  std::ranges::sort(patches, std::greater(), &DevicePatch::locked_bytes);
  return patches;
}

/// @param number of patches, the largest of a scene
std::uint64_t largest_bytes(const std::vector<DevicePatch>& patches, std::uint64_t number,
                            std::uint64_t DevicePatch::*bytes) {
  std::uint64_t sum = 0;
  for (const DevicePatch& patch : patches) {
    const std::uint64_t taken = std::min(number, patch.patches);
    sum += taken * patch.*bytes;
    number -= taken;
  }
  return sum;
}

/// The most passes that share `threads` evenly.
int passes_of(int threads, int most) {
  while (most > 1 && threads % most != 0) --most;
  return std::max(1, most);
}

/// Readers of a device do not wait for their turn to hand over.
void set_waiting(const MemoryRequest& request, MemoryPlan& plan) {
  plan.waiting_patches = request.forward_on_cpu ? std::max(2, plan.passes)
                                                : std::max(2 * plan.wave_patches, plan.reading_threads);
}

/// What follows from the size of a batch.
void set_batch(const MemoryRequest& request, std::size_t levels, int batch_size, MemoryPlan& plan) {
  plan.batch_size = batch_size;
  // Patches of coarse levels are few in a row: with more at hand their batches, too, are worth it.
  plan.wave_patches = batch_size * (batch_size > 1 && levels > 1 ? 2 : 1);
  set_waiting(request, plan);
}

void set_passes(const MemoryRequest& request, std::size_t levels, int most, MemoryPlan& plan) {
  const bool beside =
      request.forward_on_cpu && request.weight_bytes <= std::max(kUsualCacheBytes, request.cache_bytes);
  plan.passes = beside ? passes_of(request.threads, most) : 1;
  set_batch(request, levels, plan.batch_size, plan);
}

void set_sizes(const MemoryRequest& request, std::size_t levels, MemoryPlan& plan) {
  plan.batch_size = std::max(1, request.batch_size);
  plan.reading_threads = std::max(1, request.reading_threads);
  plan.finishing_threads = std::max(1, request.finishing_threads);
  set_passes(request, levels, kMostPasses, plan);
  plan.waiting_blocks =
      request.forward_on_cpu ? std::max(plan.waiting_blocks, 2 * plan.finishing_threads) : kBlocksOnDevice;
}

/// A thread holds the pixels that it reads and the patches cut out of them, which overlap; as many wait or
/// are used.
double reading_bytes(const MemoryRequest& request, const MemoryPlan& plan, std::uint64_t patch_px,
                     const std::vector<DevicePatch>& to_device) {
  const auto readers = static_cast<std::uint64_t>(plan.reading_threads);
  // One patch at a time is not cut out of anything.
  if (!request.forward_on_cpu && static_cast<std::uint64_t>(plan.job_px) <= patch_px)
    return static_cast<double>(largest_bytes(to_device, readers, &DevicePatch::read_bytes));
  const std::uint64_t job_px = std::max(static_cast<std::uint64_t>(plan.job_px), patch_px);
  const auto job_bytes =
      static_cast<double>(job_px * static_cast<std::uint64_t>(request.bands) * sizeof(float));
  return (kOverlapping + 1) * job_bytes * plan.reading_threads + 2 * kOverlapping * job_bytes;
}

/// Makes do with less; false when there is nothing left to save.
bool shrink(const MemoryRequest& request, std::size_t levels, MemoryPlan& plan) {
  const auto read_with_fewer = [&] {
    --plan.reading_threads;
    set_waiting(request, plan);
  };
  if (plan.job_px > 1)
    plan.job_px = plan.job_px > kLeastJobPx ? plan.job_px / 2 : 1;
  else if (!request.forward_on_cpu && plan.reading_threads > kReadersOfDevice)
    read_with_fewer();
  else if (plan.tile_bytes > kLeastTileBytes)
    plan.tile_bytes = std::max(kLeastTileBytes, plan.tile_bytes / 2);
  else if (plan.passes > 1)
    set_passes(request, levels, plan.passes - 1, plan);
  else if (plan.batch_size > 1)
    set_batch(request, levels, plan.batch_size - 1, plan);
  else if (plan.reading_threads > 1)
    read_with_fewer();
  else if (plan.finishing_threads > 1)
    --plan.finishing_threads;
  else
    return false;
  return true;
}

}  // namespace

std::int64_t largest_patch_px(const std::vector<LevelPlan>& levels) {
  std::int64_t most = 0;
  for (const LevelPlan& level : levels) most = std::max(most, level.x.patch * level.y.patch);
  return most;
}

MemoryPlan plan_memory(const MemoryRequest& request, const std::vector<LevelPlan>& levels) {
  const auto patch_px = static_cast<std::uint64_t>(largest_patch_px(levels));
  const double forward_bytes =
      request.forward_on_cpu
          ? request.tensor_bytes_per_pixel * static_cast<double>(patch_px)
          : static_cast<double>(patch_px * static_cast<std::uint64_t>(request.classes) * sizeof(float));
  const std::uint64_t pixel_bytes = static_cast<std::uint64_t>(request.bands) * sizeof(float);
  const std::vector<DevicePatch> to_device = device_patches(request, levels);
  const auto total = [&](const MemoryPlan& plan) {
    const auto patches = static_cast<std::uint64_t>(plan.waiting_patches + plan.wave_patches * plan.passes);
    const double waiting =
        request.forward_on_cpu
            ? static_cast<double>(patches * patch_px * pixel_bytes)
            : static_cast<double>(largest_bytes(to_device, patches, &DevicePatch::locked_bytes));
    // Files are decoded block by block, however large blocks are.
    const std::uint64_t decoding =
        request.decoded_bytes * static_cast<std::uint64_t>(plan.reading_threads + 1);
    const double moving = reading_bytes(request, plan, patch_px, to_device) + waiting +
                          forward_bytes * plan.batch_size * plan.passes +
                          static_cast<double>(block_bytes(request, levels)) *
                              ((request.forward_on_cpu ? plan.waiting_blocks : plan.finishing_threads) + 1 +
                               plan.finishing_threads);
    return request.baseline_bytes + request.weight_bytes + request.gdal_cache_bytes + plan.score_bytes +
           plan.tile_bytes + decoding +
           static_cast<std::uint64_t>((plan.passes > 1 ? kReserveBeside : kReserve) * moving);
  };
  MemoryPlan plan;
  const std::uint64_t least_score_bytes =
      std::max(kLeastScoreBytes, ScoreStore::least_bytes(levels, request.score_stride, request.classes));
  plan.score_bytes = least_score_bytes;
  plan.tile_bytes = tile_bytes(request, levels);
  set_sizes(request, levels.size(), plan);
  while (total(plan) > request.budget_bytes && shrink(request, levels.size(), plan)) {
  }
  plan.peak_bytes = total(plan);
  if (plan.peak_bytes > request.budget_bytes) {
    const bool has_large_blocks = request.decoded_bytes > kLargeBlockBytes;
    throw resource_error(
        "--memory: {} is too little for patches of {} px; this run needs {}, or a smaller --patch-size{}",
        format_bytes(request.budget_bytes), levels.front().x.patch,
        fmt::format("{} MiB", (plan.peak_bytes + kGrowthBytes) / kMiB + 1),
        has_large_blocks
            ? fmt::format("; the scene's blocks take {} each: gdal_translate -co TILED=YES makes small ones",
                          format_bytes(request.decoded_bytes))
            : "");
  }
  const std::uint64_t spare = request.budget_bytes - plan.peak_bytes;
  plan.score_bytes =
      std::clamp(most_score_bytes(request, patch_px), least_score_bytes, least_score_bytes + spare);
  plan.peak_bytes = total(plan);
  plan.scene_bytes =
      plan.peak_bytes - request.baseline_bytes - request.weight_bytes - request.gdal_cache_bytes;
  return plan;
}

}  // namespace orthocover
