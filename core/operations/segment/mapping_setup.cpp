#include "core/operations/segment/mapping_setup.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/operations/model/model_location.h"
#include "core/operations/results/machine.h"
#include "core/resampling/scene_percentiles.h"
#include "core/resampling/spooled_raster.h"

namespace orthocover::operations {
namespace {

constexpr std::uint64_t kGdalCacheBytes = 64ULL << 20;
/// Relative difference of pixel sizes that nobody means.
constexpr double kSameSize = 0.01;
/// Share of a mosaic; less are borders of parts that don't quite meet.
constexpr double kGap = 1e-4;

SegmentSettings settings_of(const MappingOptions& options, OperationContext& context,
                            const torch::Device& device, bool probabilities) {
  SegmentSettings settings;
  settings.levels = options.levels;
  settings.patch_size_px = options.patch_size.value_or(0);
  settings.overlap = options.overlap;
  settings.fusion = options.fusion;
  settings.ground_size = options.ground_size;
  settings.batch_size = options.batch_size;
  settings.threads = options.threads;
  // Each card may have a process of its own.
  const std::uint64_t cards = std::max<std::size_t>(1, nvidia_cards().size());
  settings.memory_bytes = options.memory == "auto"
                              ? usual_memory(device, memory_facts().available_bytes / cards)
                              : parse_bytes(options.memory, "--memory");
  settings.gdal_cache_bytes = context.geo.limit_cache(kGdalCacheBytes);
  settings.probabilities = probabilities;
  return settings;
}

/// A scene that was written anew may lie beside the overviews of the one before, which coarse levels read.
void tell_of_old_overviews(const std::string& scene, RunContext& progress) {
  std::error_code missing;
  const auto overviews = std::filesystem::last_write_time(scene + ".ovr", missing);
  if (missing || overviews >= std::filesystem::last_write_time(scene, missing) || missing) return;
  progress.log(LogLevel::Warning,
               fmt::format("{}: is newer than its overviews ({}.ovr); if these show another "
                           "picture, make them anew: gdaladdo -clean, then gdaladdo -ro",
                           scene, scene));
}

/// Another no-data value may be needed as it is.
std::string collar_cure(const RasterInfo& info, float value) {
  const auto has_nodata = [](const BandInfo& band) { return band.nodata.has_value(); };
  return std::ranges::any_of(info.bands, has_nodata) ? "nearblack -setalpha"
                                                     : fmt::format("gdal_edit.py -a_nodata {}", value);
}

/// What a map would show wrongly, and nobody would guess.
/// @param given --pixel-size
void tell_of_oddities(const RasterSource& scene, const std::optional<double>& given, RunContext& progress) {
  const RasterInfo& info = scene.info();
  const auto warn = [&](const std::string& message) {
    progress.log(LogLevel::Warning, fmt::format("{}: {}", info.path, message));
  };
  if (given && std::abs(*given / info.ground_size_m.value_or(*given) - 1) > kSameSize)
    progress.log(LogLevel::Warning,
                 fmt::format("--pixel-size: {} m does not count for {}, which tells {:.4g} m itself", *given,
                             info.path, *info.ground_size_m));
  if (const std::optional<float> value = told_collar(scene))
    warn(
        fmt::format("a corner of it is {} in all bands and counts as ground; if nothing is there, an "
                    "alpha band, a mask or a no-data value must tell so: {}",
                    *value, collar_cure(info, *value)));
  if (info.uncovered > kGap)
    warn(
        fmt::format("{:.3g} % of it lies between its parts and counts as ground of value 0; tell "
                    "where data are: gdalbuildvrt -addalpha",
                    100 * info.uncovered));
  tell_of_old_overviews(info.path, progress);
  if (info.pages > 1)
    warn(fmt::format("has {} pages, of which the first is mapped; gdal_translate makes a file of each",
                     info.pages));
  if (info.control_points > 0)
    warn(
        fmt::format("is placed by {} ground control points only, which its map can't keep; warp it "
                    "first: gdalwarp",
                    info.control_points));
}

}  // namespace

MappingSetup::MappingSetup(const MappingOptions& options, OperationContext& context, bool probabilities,
                           int scenes_at_once)
    : m_options(options),
      m_context(context),
      m_device(nn::parse_device(options.device)),
      m_settings(settings_of(options, context, m_device, probabilities)),
      m_package(nn::open_model_package(locate_model(options.model, context.models))) {
  m_settings.scenes_at_once = scenes_at_once;
  use_threads(options.threads);
  nn::keep_freed_memory();
  nn::set_rounding(options.precision);
  m_start = nn::started(m_device);
  m_network = nn::load_for_inference(m_package, m_device, nn::inference_type(options.precision, m_device));
}

std::unique_ptr<RasterSource> MappingSetup::open_scene(const std::string& path,
                                                       const std::filesystem::path& scratch_folder,
                                                       RunContext& progress) const {
  std::unique_ptr<RasterSource> source =
      m_context.geo.open_raster(path, m_options.bands, m_options.pixel_size);
  if (m_options.bands.empty()) {
    const std::vector<int> bands = choose_bands(source->info(), m_package.manifest, progress);
    if (!bands.empty()) source = m_context.geo.open_raster(path, bands, m_options.pixel_size);
  }
  const RasterInfo& info = source->info();
  check_band_count(info, m_package.manifest);
  tell_of_oddities(*source, m_options.pixel_size, progress);
  if (!SpooledRaster::suits(info)) return source;
  auto spooled = std::make_unique<SpooledRaster>(std::move(source), scratch_folder, progress);
  progress.log(LogLevel::Info, fmt::format("{}: is decoded once, into a scratch file of {}", path,
                                           format_bytes(spooled->bytes())));
  return spooled;
}

Window MappingSetup::region_of(const RasterInfo& info, std::unique_ptr<AreaMask>& area) const {
  Window region = info.window();
  if (!m_options.projwin.empty()) {
    const std::vector<double>& box = m_options.projwin;
    region = m_context.geo.window_of_box(info, {box[0], box[1], box[2], box[3]});
  }
  if (m_options.area) {
    area = m_context.geo.open_area(*m_options.area, info, m_context.run);
    region = intersect(region, area->bounds());
    if (region.empty()) throw EmptyScene(info.path, ": --area and --projwin do not meet");
  }
  return region;
}

void MappingSetup::make_ready() {
  const std::size_t bands = m_package.manifest.bands.size();
  if (m_start.valid()) m_start.wait();  // so that it is seen what it took of the memory
  m_ready.emplace(m_network, m_device, static_cast<int>(bands));
  // Of the process before the first scene: what later scenes find is taken by others, or kept for reuse.
  Predictor predictor(*m_ready, std::vector<BandScaling>(bands));
  measure_process(predictor, m_settings);
}

Predictor MappingSetup::predictor_for(const RasterSource& source, RunContext& progress) {
  const int threads = at::get_num_threads();  // of this thread's share: another one doesn't know it
  auto scaling = std::async(std::launch::async | std::launch::deferred, [&, threads] {
    return band_scaling(source, m_package.manifest, m_options.scaling, progress, threads);
  });
  std::call_once(m_is_ready, [this] { make_ready(); });
  return {*m_ready, scaling.get()};
}

SegmentSetup MappingSetup::set_up(const RasterSource& source, const Window& region, Predictor& predictor,
                                  RunContext& progress, double grid_shift) {
  SegmentSettings settings = m_settings;
  settings.grid_shift = grid_shift;
  return set_up_segmentation(source, region, m_package.manifest, predictor, settings, progress);
}

}  // namespace orthocover::operations
