#include "core/operations/segment/merged_layer.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/operation/run_record.h"
#include "core/operations/results/polygon_layer.h"
#include "core/operations/results/report_entries.h"
#include "core/operations/segment/segment_record.h"
#include "core/vectorize/sheet_mosaic.h"

namespace orthocover::operations {
namespace {

EarlierRun earlier_run(const std::string& layer, bool looks_back, const OperationContext& context) {
  return {looks_back ? run_record_path(layer) : std::filesystem::path(), context.spec.name};
}

/// A layer that is thrown away shows what is wrong with the options of the one over all.
void try_layer(const SegmentOptions& options, RasterInfo sheet, OperationContext& context) {
  VectorSpec spec;
  spec.path = *options.merge_across;
  spec.overwrite = options.overwrite;
  spec.crs = options.crs.value_or("");
  sheet.control_points = 0;  // its map has none
  context.geo.create_features(spec, sheet);
}

void tell_of_seams(const std::vector<Window>& places, RunContext& run) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto touches = [&](const Window& other) { return !intersect(expand(places[i], 1), other).empty(); };
    if (std::ranges::none_of(std::span(places).first(i), touches)) continue;
    return run.log(
        LogLevel::Info,
        "sheets that touch are mapped each by itself, and classes may change where they meet; for a map "
        "without seams lay them together: gdalbuildvrt flight.vrt SHEETS, then map flight.vrt");
  }
}

/// A layer that is there already stays without the sheets that failed.
bool stays(const std::string& layer, const BatchResult& batch, RunContext& run) {
  if (batch.failures() == 0) return false;
  const bool exists = std::filesystem::exists(layer);
  run.log(LogLevel::Warning, fmt::format("{}: {} {} of {} sheets, which failed", layer,
                                         exists ? "stays as it was, for want of" : "lacks", batch.failures(),
                                         batch.rows.size()));
  return exists;
}

/// @return how many polygons there are; nothing when there is no layer
std::optional<std::int64_t> write_layer(const SegmentOptions& options, bool looks_back,
                                        const BatchResult& batch, const Legend& legend,
                                        OperationContext& context) {
  std::vector<std::string> maps;
  for (const SceneRow& scene : batch.rows)
    if (scene.has_map()) maps.push_back(scene.map);
  if (maps.empty()) return std::nullopt;
  const std::string& path = *options.merge_across;
  const EarlierRun earlier = earlier_run(path, looks_back, context);
  const RunPrint print = print_of_maps(maps, context);
  if (looks_back && !options.overwrite && earlier.reason_to_redo(print, {path}).empty()) {
    context.run.log(LogLevel::Info, path + ": is done and unchanged; skipped");
    return earlier.facts().value("polygons", std::int64_t{0});
  }
  if (stays(path, batch, context.run)) return std::nullopt;
  const std::unique_ptr<ClassSource> whole = open_sheets(context.geo, maps, 1, {});
  VectorSpec spec;
  spec.path = path;
  spec.classes = class_entries(legend);
  spec.overwrite = options.overwrite || earlier.wrote(path);
  const auto layer = start_polygon_layer(context.geo, *whole, options, spec);
  SubContext tracing(context.run, kMapsShare, 1);
  const vectorize::VectorizeReport report =
      fill_polygon_layer(*layer, *whole, spec.classes, nullptr, options, options.threads, tracing);
  nlohmann::json facts = record_of(report);
  commit_layer(*layer, path, print, facts, context);
  return report.features;
}

}  // namespace

void check_merged_layer(const SegmentOptions& options, bool looks_back, const std::vector<SceneFiles>& scenes,
                        OperationContext& context) {
  const std::string& layer = *options.merge_across;
  check_extension("--merge-across", layer, vector_extensions());
  check_is_no_output(scenes, "--merge-across", layer);
  const bool is_own = earlier_run(layer, looks_back, context).wrote(layer);
  check_output_path(layer, options.overwrite || is_own);
  std::vector<RasterInfo> sheets;
  std::vector<Window> places;
  for (const SceneFiles& scene : scenes) {
    try {
      sheets.push_back(context.geo.open_raster(scene.input, {}, options.pixel_size)->info());
    } catch (const Error&) {
      continue;  // the run tells what is wrong with it
    }
    places.push_back(vectorize::place_on_grid(sheets.back(), sheets.front()));
  }
  if (!is_own && !sheets.empty()) try_layer(options, sheets.front(), context);
  tell_of_seams(places, context.run);
}

bool make_merged_layer(const SegmentOptions& options, bool looks_back, const BatchResult& batch,
                       const Legend& legend, nlohmann::json& report, OperationContext& context) {
  const std::string& path = *options.merge_across;
  try {
    if (const auto polygons = write_layer(options, looks_back, batch, legend, context)) {
      report["outputs"].push_back(output_entry("vector", "merged polygons", "merge_across", path));
      report["polygons"] = *polygons;
    } else {
      report["message"] = fmt::format("{}: was not made, since scenes failed or have no map", path);
    }
    return true;
  } catch (...) {
    const Error error = caught_error();
    if (error.kind() == ErrorKind::Cancelled || context.run.cancelled())
      throw Error(
          ErrorKind::Cancelled,
          fmt::format(
              "cancelled; {} of {} scenes are finished, the same command with --resume makes the layer "
              "over all",
              batch.rows.size() - batch.failures(), batch.rows.size()));
    context.run.log(LogLevel::Warning, error.what());
    report["message"] = error.what();
    return false;
  }
}

}  // namespace orthocover::operations
