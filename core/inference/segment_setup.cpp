#include "core/inference/segment_setup.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/inference/onednn/parallel.h"
#include "core/nn/device.h"
#include "core/resampling/pixel_tile.h"
#include "core/resampling/tile_cache.h"

namespace orthocover {
namespace {

/// Pixels in one forward pass on CUDA, as far as there is memory: enough to fill the device, and few enough
/// that reading and computing can run side by side in a small scene.
constexpr std::int64_t kBatchPxOnCuda = 2 << 20;
constexpr std::int64_t kMostPatchesOnCuda = 64;
/// Share of a scene's part of the device's memory for tensors of the forward pass.
constexpr double kForwardShare = 0.4;

std::vector<int> wanted_levels(const SegmentSettings& settings, const nn::ModelManifest& manifest) {
  std::vector<int> levels = settings.levels;
  if (levels.empty()) {
    for (const nn::LevelFusion& entry : manifest.levels) levels.push_back(entry.scale);
  }
  std::ranges::sort(levels);
  if (std::ranges::adjacent_find(levels) != levels.end()) {
    throw option_error("--levels: {} names a level twice", fmt::join(levels, ","));
  }
  return levels;
}

std::int64_t patch_size(const SegmentSettings& settings, const nn::ModelManifest& manifest, int multiple) {
  const int wish = settings.patch_size_px > 0 ? settings.patch_size_px : manifest.patch_size_px;
  return (wish + multiple - 1) / multiple * multiple;
}

/// Pages of libraries, of which those for CUDA have gigabytes, are no memory that the process asks for.
std::uint64_t baseline_bytes(const Predictor& predictor) {
  if (!predictor.device().is_cpu()) return private_bytes();
  const std::uint64_t resident = resident_bytes();
  return resident - std::min(resident, predictor.weight_bytes());
}

/// What a scene may use of a device's memory.
std::optional<std::uint64_t> device_bytes(const SegmentSettings& settings, const torch::Device& device) {
  const auto all = settings.device_bytes ? settings.device_bytes : nn::free_memory(device);
  if (!all) return std::nullopt;
  return *all / static_cast<std::uint64_t>(std::max(1, settings.scenes_at_once));
}

int batch_on_cuda(std::int64_t patch_px, double bytes_per_pixel, const std::optional<std::uint64_t>& room) {
  std::int64_t batch = std::min(kMostPatchesOnCuda, kBatchPxOnCuda / patch_px);
  if (room) {
    const double each = std::max(1.0, bytes_per_pixel * static_cast<double>(patch_px));
    batch = std::min(batch, static_cast<std::int64_t>(kForwardShare * static_cast<double>(*room) / each));
  }
  return static_cast<int>(std::max<std::int64_t>(1, batch));
}

/// Threads beside those that give work to the device, or are it.
void share_threads(const SegmentSettings& settings, MemoryRequest& request) {
  if (request.forward_on_cpu) {
    request.finishing_threads = std::clamp(request.threads / 4, 1, 4);
    request.reading_threads = std::clamp(request.threads, 1, 4);
    return;
  }
  const int all = threads_or_all(settings.threads);
  request.finishing_threads = std::clamp(all / 4, 1, 4);
  request.reading_threads = std::clamp(all - request.finishing_threads - 1, 1, 24);
}

MemoryRequest memory_request(const SegmentSettings& settings, const RasterInfo& info, int classes,
                             std::int64_t patch_px, Predictor& predictor) {
  MemoryRequest request;
  request.budget_bytes = settings.memory_bytes;
  request.forward_on_cpu = predictor.device().is_cpu();
  request.tensor_bytes_per_pixel = settings.tensor_bytes_per_pixel > 0 ? settings.tensor_bytes_per_pixel
                                                                       : predictor.tensor_bytes_per_pixel();
  request.weight_bytes = request.forward_on_cpu ? predictor.weight_bytes() : 0;
  request.cache_bytes = shared_cache_bytes();
  request.baseline_bytes = settings.baseline_bytes > 0 ? settings.baseline_bytes : baseline_bytes(predictor);
  request.batch_size = 1;
  request.threads = at::get_num_threads();
  if (!request.forward_on_cpu)
    request.batch_size =
        batch_on_cuda(patch_px, request.tensor_bytes_per_pixel, device_bytes(settings, predictor.device()));
  share_threads(settings, request);
  if (settings.batch_size > 0) request.batch_size = settings.batch_size;
  request.bands = static_cast<int>(info.bands.size());
  request.bytes_per_pixel = info.bands.size() * bytes_of(depth_of(info));
  request.decoded_bytes = TileCache::tile_bytes(info);
  request.classes = classes;
  request.score_stride = predictor.score_stride();
  request.probabilities = settings.probabilities;
  request.gdal_cache_bytes = settings.gdal_cache_bytes;
  return request;
}

/// A fast device waits for who reads for it.
void tell_of_few_readers(const MemoryRequest& request, const MemoryPlan& plan, RunContext& context) {
  if (request.forward_on_cpu || plan.reading_threads >= request.reading_threads) return;
  context.log(
      LogLevel::Info,
      fmt::format("--memory: {}, of which the process takes {} before the scene, has room for {} of {} "
                  "reading threads; with more memory the device may wait less",
                  format_bytes(request.budget_bytes), format_bytes(request.baseline_bytes),
                  plan.reading_threads, request.reading_threads));
}

/// Levels that count for nothing are left out.
std::vector<LevelWeight> weights_of(const nn::ModelManifest& manifest, LevelPlans& levels) {
  std::vector<int> used;
  for (const LevelPlan& level : levels.used) used.push_back(level.level);
  std::vector<LevelWeight> weights = level_weights(manifest, used);
  for (std::size_t i = weights.size(); i-- > 0;) {
    if (weights[i].weight > 0) continue;
    levels.left_out.emplace_back(levels.used[i].level, "its weight is 0");
    levels.used.erase(levels.used.begin() + static_cast<std::ptrdiff_t>(i));
    weights.erase(weights.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return weights;
}

}  // namespace

std::uint64_t usual_memory(const torch::Device& device, std::uint64_t available_bytes) {
  constexpr std::uint64_t kMost = 8ULL << 30;
  const std::uint64_t least = SegmentSettings().memory_bytes;
  return device.is_cpu() ? least : std::clamp(available_bytes / 2, least, kMost);
}

void measure_process(Predictor& predictor, SegmentSettings& settings) {
  settings.tensor_bytes_per_pixel = predictor.tensor_bytes_per_pixel();
  settings.baseline_bytes = baseline_bytes(predictor);
  settings.device_bytes = nn::free_memory(predictor.device());
}

void use_threads(int threads) {
  at::get_num_threads();  // sets LibTorch's own number in this thread, which it does once
  if (!set_threads_of_caller(threads_or_all(threads))) nn::set_threads(threads);
}

SegmentSetup set_up_segmentation(const RasterSource& source, const Window& region,
                                 const nn::ModelManifest& manifest, Predictor& predictor,
                                 const SegmentSettings& settings, RunContext& context) {
  const RasterInfo& info = source.info();
  SegmentSetup setup;
  const double mean_scale = base_scale(info, manifest, settings.ground_size, context);
  LevelRequest request{info.cols,
                       info.rows,
                       region,
                       wanted_levels(settings, manifest),
                       PixelScale::of_square(mean_scale, info.pixel_aspect),
                       0,
                       settings.overlap.value_or(manifest.overlap.value_or(kUsualOverlap)),
                       predictor.size_multiple()};
  request.patch_px = patch_size(settings, manifest, predictor.size_multiple());
  request.grid_shift = settings.grid_shift;
  LevelPlans levels = plan_levels(request);
  setup.plan.weights = weights_of(manifest, levels);
  std::vector<std::string> without;
  for (const auto& [level, reason] : levels.left_out)
    without.push_back(fmt::format("{} ({})", level, reason));
  if (!without.empty())
    context.log(LogLevel::Info, fmt::format("{}: without stitch level {}", info.path, join(without)));
  setup.left_out = std::move(levels.left_out);
  setup.plan.region = region;
  setup.plan.levels = std::move(levels.used);
  setup.plan.fusion = parse_fusion(settings.fusion == "model" ? manifest.fusion : settings.fusion);
  setup.plan.legend = manifest.legend;
  if (!predictor.device().is_cpu()) setup.plan.order = LevelOrder::BeforeLastRow;
  setup.plan.device_bytes = device_bytes(settings, predictor.device());
  const MemoryRequest wished =
      memory_request(settings, info, manifest.legend.size(), largest_patch_px(setup.plan.levels), predictor);
  setup.plan.memory = plan_memory(wished, setup.plan.levels);
  tell_of_few_readers(wished, setup.plan.memory, context);
  return setup;
}

std::string describe(const SegmentSetup& setup, const RasterInfo& info, const AreaMask* area,
                     const nn::ModelManifest& manifest, const Predictor& predictor) {
  const SegmentPlan& plan = setup.plan;
  std::string text = fmt::format("{}: {} x {} px", info.path, info.cols, info.rows);
  if (info.ground_size_m) text += fmt::format(", ground size {:.4g} m", *info.ground_size_m);
  text += fmt::format("\n  map     {} x {} px\n", plan.region.cols, plan.region.rows);
  text += fmt::format("  model   {} ({}) on {}, batches of {}\n", manifest.name, manifest.architecture,
                      predictor.device().str(), plan.memory.batch_size);
  Schedule work = make_schedule(plan.levels, predictor.score_stride(), plan.region, RasterSink::kBlockPx);
  work.steps = wanted_steps(work.steps, plan.levels, plan.region, area);
  std::vector<double> px;
  for (std::size_t i = 0; i < plan.levels.size(); ++i) {
    const LevelPlan& level = plan.levels[i];
    const auto patches = std::ranges::count(work.steps, static_cast<int>(i), &ScheduleStep::level);
    px.push_back(static_cast<double>(patches * level.x.patch * level.y.patch));
    text += fmt::format("  level {} {} patch{} of {} x {} px", level.level, patches, patches == 1 ? "" : "es",
                        level.x.patch, level.y.patch);
    if (info.ground_size_m) text += fmt::format(" at {:.4g} m", *info.ground_size_m * level.scale.mean());
    text += fmt::format(", weight {:.3g}\n", plan.weights[i].weight);
  }
  for (const auto& [level, reason] : setup.left_out)
    text += fmt::format("  level {} left out: {}\n", level, reason);
  const double total_px = std::accumulate(px.begin(), px.end(), 0.0);
  text += fmt::format("  work    {:.4g} Mpx through the network, {:.3g} times level 1\n", total_px / 1e6,
                      total_px / std::max(1.0, px.front()));
  text += fmt::format("  memory  {} at most\n", format_bytes(plan.memory.peak_bytes));
  return text;
}

}  // namespace orthocover
