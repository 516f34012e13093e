#include "core/operations/segment/segment_record.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <unordered_set>

#include "core/base/json_text.h"
#include "core/base/process.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/operation/run_record.h"
#include "core/resampling/tolerant_source.h"

namespace orthocover::operations {
namespace {

/// Options that do not change what is in the outputs. Those that name outputs, kExtraOutputs too, count by
/// the files that are wanted; device, threads and batches change no more than the rounding of scores.
constexpr std::array kOtherOptions = {"input",        "output", "model",   "area",   "summary", "overwrite",
                                      "merge_across", "resume", "dry_run", "device", "jobs",    "threads",
                                      "batch_size",   "memory", "journal", "shard"};

/// Of those that are left, what only says how blocks become files.
constexpr std::array kOptionsOfFiles = {
    "format",   "co",           "simplify", "simplify_method", "smooth",   "right_angles",
    "min_area", "drop_islands", "majority", "connectedness",   "dissolve", "crs"};
constexpr std::size_t kMostWindowsInAWarning = 3;
constexpr std::int64_t kSamplesAlong = 4;
constexpr std::int64_t kSamplePx = 64;

nlohmann::json counted_options(nlohmann::json counted, const OperationSpec& spec) {
  for (const char* key : kOtherOptions) counted.erase(key);
  for (const ExtraOutput& extra : kExtraOutputs) counted.erase(extra.option);
  for (const Parameter& parameter : spec.parameters) {
    const auto option = counted.find(parameter.key());
    if (option != counted.end() && *option == parameter.default_value) counted.erase(option);
  }
  return counted;
}

/// Grid, place, no-data values and what tells which band is red.
std::string grid_of(const RasterInfo& info) {
  std::string grid = fmt::format("{} {} {} {}", info.cols, info.rows, info.file_bands,
                                 crs_key(info.crs_name, info.georeference.crs_wkt));
  if (info.georeference.geotransform)
    grid += fmt::format(" {}", fmt::join(*info.georeference.geotransform, " "));
  for (const BandInfo& band : info.bands) {
    grid += fmt::format(" {} {} {}", band.number, band.color, band.description);
    if (band.nodata) grid += fmt::format(" {}", *band.nodata);
  }
  return grid;
}

/// Grid and evenly spread pixels of a scene of which no more can be told, such as one in a cloud.
std::string digest_of_pixels(const RasterSource& source) {
  const RasterInfo& info = source.info();
  const std::string grid = grid_of(info);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(grid)));
  PixelBlock pixels;
  for (std::int64_t i = 0; i < kSamplesAlong * kSamplesAlong; ++i) {
    const std::int64_t cols = std::min(kSamplePx, info.cols);
    const std::int64_t rows = std::min(kSamplePx, info.rows);
    const Window window{(info.cols - cols) * (i % kSamplesAlong) / (kSamplesAlong - 1),
                        (info.rows - rows) * (i / kSamplesAlong) / (kSamplesAlong - 1), cols, rows};
    source.read(window, -1, pixels);
    for (std::size_t k = 0; k < pixels.values.size(); ++k) {
      if (!pixels.valid[k % pixels.valid.size()]) pixels.values[k] = 0;
    }
    hash.update(std::as_bytes(std::span(pixels.values)));
    hash.update(std::as_bytes(std::span(pixels.valid)));
  }
  return hash.finish();
}

/// Of the files of a scene, those inside a VRT and those that lie beside them.
std::optional<std::string> digest_of_scene(const RasterSource& source, const GeoIo& geo) {
  std::vector<std::string> files = source.files();
  // Viewers leave statistics in such files; counting them would map a scene again for having been looked at.
  const auto leave_out_statistics = [&] {
    std::erase_if(files, [](const std::string& file) { return file.ends_with(".aux.xml"); });
  };
  leave_out_statistics();
  // No more can be told of what is no file, such as one in a cloud.
  const auto is_file = [](const std::string& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored);
  };
  if (files.size() < 2 || !std::ranges::all_of(files, is_file)) return digest_of_files(files);
  std::unordered_set<std::string> known(files.begin(), files.end());
  for (std::size_t i = 0, own = files.size(); i < own; ++i) {
    for (const std::string& file : geo.files_of(files[i]))
      if (known.insert(file).second) files.push_back(file);
  }
  leave_out_statistics();
  return digest_of_files(files);
}

nlohmann::json levels_of(const SegmentSetup& setup, const SegmentReport& report) {
  nlohmann::json levels = nlohmann::json::array();
  for (std::size_t i = 0; i < setup.plan.levels.size(); ++i) {
    const LevelPlan& level = setup.plan.levels[i];
    levels.push_back({{"level", level.level},
                      {"patch_px", {level.x.patch, level.y.patch}},
                      {"scene_px_per_px", level.scale.mean()},
                      {"weight", setup.plan.weights[i].weight},
                      {"temperature", setup.plan.weights[i].temperature}});
    if (i < report.patches.size()) levels.back()["patches"] = report.patches[i];  // parts don't tell theirs
  }
  return levels;
}

/// Null where the ground of a pixel can't be told.
nlohmann::json areas_of(const SegmentSetup& setup, const SegmentOutputs& outputs) {
  const std::vector<double> area_m2 = outputs.area_m2_per_class();
  nlohmann::json areas;
  for (std::size_t i = 0; i < area_m2.size(); ++i) areas[setup.plan.legend.classes()[i].name] = area_m2[i];
  return areas;
}

}  // namespace

void reset_unused_polygon_options(nlohmann::json& values, const OperationSpec& segment) {
  if (!values.at("vector").is_null()) return;
  for (const std::string option : kOptionsOfFiles)
    if (option != "format" && option != "co") values[option] = segment.find(option)->default_value;
}

std::filesystem::path record_path(const SegmentTargets& targets) {
  return run_record_path(targets.map);
}

RunPrint print_of_run(const RasterSource& source, const nn::ModelManifest& manifest,
                      const OperationContext& context, const std::optional<std::string>& area) {
  RunPrint print;
  print.path = source.info().path;
  print.scene = digest_of_scene(source, context.geo);
  // What .aux.xml files tell of the place, of which the files' digest knows nothing.
  if (print.scene) print.scene = sha256_of_text(*print.scene + " " + grid_of(source.info()));
  print.model = sha256_of_text(nn::to_json(manifest).dump());
  nlohmann::json options = context.options;
  reset_unused_polygon_options(options, context.spec);
  nlohmann::json counted = counted_options(std::move(options), context.spec);
  count_gdal_options(context.geo, counted);
  if (area) counted["area"] = *area;
  print.options = sha256_of_text(json_line(counted));
  return print;
}

RunPrint print_of_maps(const std::vector<std::string>& maps, const OperationContext& context) {
  nlohmann::json counted = counted_options(context.options, context.spec);
  count_gdal_options(context.geo, counted);
  return {digest_of_files(maps), "", sha256_of_text(json_line(counted))};
}

PartKey part_key_of(const RasterSource& source, const RunPrint& print, const OperationContext& context,
                    const std::optional<std::string>& area) {
  PartKey key{std::string(version()), print.scene.value_or(""), print.model,
              counted_options(context.options, context.spec)};
  if (key.scene.empty()) key.scene = digest_of_pixels(source);
  for (const char* option : kOptionsOfFiles) key.options.erase(option);
  count_gdal_options(context.geo, key.options);
  if (area) key.options["area"] = *area;
  return key;
}

nlohmann::json unreadable_facts(const SegmentReport& report, const Window& region) {
  nlohmann::json windows = nlohmann::json::array();
  std::int64_t pixels = 0;
  for (const Window& window : joined(report.unreadable, region)) {
    windows.push_back({window.col, window.row, window.cols, window.rows});
    pixels += window.pixels();
  }
  if (windows.empty()) return nullptr;
  return {{"pixels", pixels}, {"windows", windows}};
}

std::string unreadable_warning(const std::string& scene, const nlohmann::json& facts) {
  const nlohmann::json& windows = facts.at("windows");
  std::vector<std::string> some;
  for (const nlohmann::json& window : windows) {
    if (some.size() < kMostWindowsInAWarning)
      some.push_back(to_string(Window{window[0], window[1], window[2], window[3]}));
  }
  const std::size_t others = windows.size() - some.size();
  return fmt::format(
      "{}: {} px could not be read and are without data in the map: {}{}", scene,
      facts.at("pixels").get<std::int64_t>(), join(some, "; "),
      others > 0 ? fmt::format(" and {} more windows; the run record lists them", others) : "");
}

nlohmann::json SegmentRecord::facts(bool complete) const {
  nlohmann::json classes = nlohmann::json::object();
  for (const LegendClass& entry : setup.plan.legend.classes())
    classes[entry.name] = report.counts[entry.value];
  const std::vector<std::string> paths = targets.paths();
  const std::vector<std::string> files = complete ? files_with_sidecars(paths) : paths;
  nlohmann::json facts = {
      {"scene", scene.path},
      {"outputs", paths},
      {"cols", setup.plan.region.cols},
      {"rows", setup.plan.region.rows},
      {"model",
       {{"name", manifest.name}, {"version", manifest.version}, {"weights_sha256", manifest.weights_sha256}}},
      {"device", predictor.device().str()},
      {"levels", levels_of(setup, report)},
      {"pixels_per_class", classes},
      {"area_m2_per_class", areas_of(setup, outputs)},
      {"polygons", or_null(outputs.polygons())},
      {"ground_size_m", or_null(scene.ground_size_m)},
      {"seconds",
       {{"wall", report.wall_seconds},
        {"read", report.read_seconds},
        {"forward", report.forward_seconds},
        {"blend", report.blend_seconds},
        {"write", report.write_seconds}}},
      {"peak_memory_bytes", peak_resident_bytes()},
      {"planned_memory_bytes", setup.plan.memory.peak_bytes},
      {"resume", resume_facts(record_path(targets), print, files, complete)}};
  nlohmann::json unreadable = unreadable_facts(report, setup.plan.region);
  if (!unreadable.is_null()) facts["unreadable"] = std::move(unreadable);
  return facts;
}

}  // namespace orthocover::operations
