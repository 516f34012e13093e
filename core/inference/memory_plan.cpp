#include "core/inference/memory_plan.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/inference/score_store.h"
#include "core/ports/raster_sink.h"

namespace orthocover {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
/// Scores beyond this stay in a scratch file even if the budget is larger: more would only hide that memory
/// is bounded.
constexpr std::uint64_t kMostScoreBytes = 48 * kMiB;
constexpr std::uint64_t kLeastScoreBytes = 24 * kMiB;
/// Fragmentation, thread stacks, oneDNN's scratch memory.
constexpr double kReserve = 1.15;

std::uint64_t largest_patch_px(const std::vector<LevelPlan>& levels) {
  std::int64_t most = 0;
  for (const LevelPlan& level : levels) most = std::max(most, level.x.patch * level.y.patch);
  return static_cast<std::uint64_t>(most);
}

/// A block between gathering and writing: scores of all levels, fused, and the pixels.
std::uint64_t block_bytes(const MemoryRequest& request, const std::vector<LevelPlan>& levels) {
  std::uint64_t bytes = 0;
  for (const LevelPlan& level : levels) {
    const double side = RasterSink::kBlockPx / (level.scale * request.score_stride) + 2;
    bytes +=
        static_cast<std::uint64_t>(side * side) * sizeof(float) * static_cast<std::uint64_t>(request.classes);
  }
  const auto pixels = static_cast<std::uint64_t>(RasterSink::kBlockPx * RasterSink::kBlockPx);
  return bytes + pixels * (4 + (request.probabilities ? static_cast<std::uint64_t>(request.classes) : 0));
}

}  // namespace

MemoryPlan plan_memory(const MemoryRequest& request, const std::vector<LevelPlan>& levels) {
  const std::uint64_t patch_px = largest_patch_px(levels);
  const std::uint64_t input_bytes = patch_px * static_cast<std::uint64_t>(request.bands) * sizeof(float);
  const double forward_bytes =
      request.forward_on_cpu
          ? request.tensor_bytes_per_pixel * static_cast<double>(patch_px)
          : static_cast<double>(patch_px * static_cast<std::uint64_t>(request.classes) * sizeof(float));
  const auto total = [&](const MemoryPlan& plan) {
    const auto patches = static_cast<std::uint64_t>(plan.waiting_patches + plan.batch_size + 2);
    const double moving = static_cast<double>(patches * input_bytes) + forward_bytes * plan.batch_size +
                          static_cast<double>(block_bytes(request, levels)) * (plan.waiting_blocks + 2);
    return request.baseline_bytes + request.weight_bytes + request.gdal_cache_bytes + plan.score_bytes +
           static_cast<std::uint64_t>(kReserve * moving);
  };
  MemoryPlan plan;
  plan.batch_size = std::max(1, request.batch_size);
  plan.score_bytes = kLeastScoreBytes;
  while (plan.batch_size > 1 && total(plan) > request.budget_bytes) --plan.batch_size;
  plan.peak_bytes = total(plan);
  if (plan.peak_bytes > request.budget_bytes) {
    throw resource_error(
        "--memory: {} is too little for patches of {} px; this run needs {}, or a smaller --patch-size",
        format_bytes(request.budget_bytes), levels.front().x.patch, format_bytes(plan.peak_bytes));
  }
  const std::uint64_t spare = request.budget_bytes - plan.peak_bytes;
  plan.score_bytes = std::min(kMostScoreBytes, kLeastScoreBytes + spare);
  plan.peak_bytes = total(plan);
  plan.scene_bytes =
      plan.peak_bytes - request.baseline_bytes - request.weight_bytes - request.gdal_cache_bytes;
  return plan;
}

}  // namespace orthocover
