#include "core/operations/segment_options.h"

#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/stopwatch.h"
#include "core/operations/batch_summary.h"
#include "core/operations/output_extensions.h"
#include "core/operations/output_folders.h"
#include "core/operations/report_entries.h"
#include "core/operations/resume_check.h"
#include "core/operations/scene_batch.h"
#include "core/operations/scene_files.h"
#include "core/operations/segment_report.h"
#include "core/operations/segment_run.h"
#endif

namespace orthocover::operations {
namespace {

using Options = SegmentOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("segment")
      .summary("Make a land-cover map from an orthophoto")
      .title("Map land cover")
      .many_title("Map land cover of many orthophotos")
      .group("Maps")
      .tags({"segmentation", "classification", "classify", "landcover", "land use", "orthophoto",
             "orthomosaic", "drone", "uav", "deep learning", "neural network", "ai", "raster"})
      .description(
          "Reads each scene by windows at several zoom levels (stitch levels), runs the model on overlapping "
          "patches, "
          "blends the overlaps, fuses the levels and writes a land-cover raster on the scene's own grid, "
          "with palette, "
          "class names, attribute table and a QGIS style. Pixels without data stay without data.\n\n"
          "On the command line: one input and an output file, or any number of inputs and an output folder, "
          "in which each map gets its scene's name. A folder that does not exist is made when its name ends "
          "in a slash or several inputs need it. --confidence, --probabilities, --vector and --picture name "
          "a file of one input, a folder, or just a format: `shp` puts each vector file beside its map. The "
          "exit code is 1 if any of several scenes failed.\n\n"
          "In a batch of several inputs a scene that fails does not stop the others; at the end come a table "
          "with status, time and area per class, and batch.csv in the output folder. --resume skips scenes "
          "that are done and unchanged, and goes on within a scene whose run was stopped, killed or cut off by "
          "a power failure: the map is the same, bit for bit.")
      .example("orthocover segment ortho.tif landcover.tif", "a map with the shipped model")
      .example("orthocover segment --vector landcover.gpkg --confidence sure.tif ortho.tif landcover.tif",
               "also polygons and a confidence raster")
      .example("orthocover segment --format COG --projwin 500000 4649000 500200 4648800 ortho.tif part.tif",
               "a part of the scene as cloud-optimised GeoTIFF")
      .example("orthocover segment --dry-run huge.tif map.tif", "what would be done, and the memory it takes")
      .example("orthocover segment --vector shp flights/*.tif maps/",
               "a batch, with a Shapefile beside each map")
      .example("orthocover segment --merge-across all.gpkg --min-area 5 sheets/*.tif maps/",
               "neighbouring sheets, their polygons in one layer")
      .example("orthocover segment --vector shp --resume flights/*.tif maps/",
               "the same again: only what is missing, failed or changed is mapped");

  table.add("input", &Options::inputs, Kind::RasterIn, "Scene to map: anything that GDAL opens")
      .positional()
      .required()
      .label("Orthophoto");
  table
      .add("output", &Options::output, Kind::RasterOrFolderOut,
           "Land-cover map, or a folder for any number of scenes")
      .positional()
      .required()
      .label("Land cover");

  declare_model_choice(table);
  declare_tiling(table);
  declare_scene_part(table);

  const char* output_group = "Output";
  const char* batch_group = "Batch";
  table
      .add("confidence", &Options::confidence, Kind::RasterOrFolderOut,
           "Also write the winning class's share, in percent: a file, a folder, or tif: beside the map")
      .group(output_group)
      .label("Confidence");
  table
      .add("probabilities", &Options::probabilities, Kind::RasterOrFolderOut,
           "Also write every class's share, in percent, a band each: a file, a folder, or tif")
      .group(output_group)
      .label("Class probabilities")
      .advanced();
  table
      .add("vector", &Options::vector, Kind::VectorOut,
           "Also write polygons: a file, whose extension chooses the format, a folder, or a format (gpkg, "
           "shp, "
           "fgb, geojson): beside the map")
      .group(output_group)
      .label("Polygons");
  table
      .add("merge-across", &Options::merge_across, Kind::VectorOut,
           "Also write the polygons of all maps into one file, joined across the borders of the sheets")
      .group(batch_group)
      .label("Polygons across all sheets");
  table
      .add("picture", &Options::picture, Kind::FileOut,
           "Also write a PNG with scene, map and legend, for a quick look: a file, a folder, or png")
      .group(output_group)
      .label("Picture with legend")
      .advanced();
  table.add("format", &Options::format, Kind::Choice, "Format of the rasters")
      .choices({"GTiff", "COG"})
      .group(output_group)
      .label("Raster format")
      .advanced();
  table.add("co", &Options::creation_options, Kind::Text, "Creation option of the raster driver")
      .metavar("KEY=VALUE")
      .repeat()
      .group(output_group)
      .label("Creation options")
      .advanced();
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace existing outputs")
      .group(output_group)
      .label("Overwrite existing files")
      .advanced();
  table
      .add("resume", &Options::resume, Kind::Flag,
           "Skip scenes whose outputs are there and whose input, model and options are as in their run "
           "record; replace what is out of date; go on where a run was stopped or killed")
      .group(batch_group)
      .label("Skip what is done and unchanged");
  table
      .add("journal", &Options::journal, Kind::Number,
           "How often finished blocks are secured beside the map, in OUTPUT.part, for --resume; 0: never")
      .unit("s")
      .range(0, 3600)
      .group(batch_group)
      .label("Secure finished parts every")
      .advanced();
  table
      .add("summary", &Options::summary, Kind::FileOut,
           "Where the table goes as CSV; batch.csv in the output folder if there are several inputs")
      .group(batch_group)
      .label("Table of the batch");
  table
      .add("dry-run", &Options::dry_run, Kind::Flag,
           "Say what would be done and the memory it takes, and stop")
      .group(output_group)
      .label("Only say what would be done")
      .advanced();

  declare_polygon_options(table, "Polygons", true);

  declare_machine_use(table);
  table
      .add("jobs", &Options::jobs, Kind::Number,
           "Scenes mapped beside each other; they share --threads and --memory")
      .range(1, 64)
      .group(batch_group)
      .label("Scenes at once");
}

#ifdef ORTHOCOVER_ENGINE

/// In the order of SegmentRun::OutputIndex.
std::vector<OutputKind> output_kinds(const Options& options) {
  return {{"OUTPUT", options.output, "", raster_extensions()},
          {"--confidence", options.confidence, ".confidence", raster_extensions()},
          {"--probabilities", options.probabilities, ".probabilities", raster_extensions()},
          {"--vector", options.vector, "", vector_extensions()},
          {"--picture", options.picture, "", picture_extensions()}};
}

/// Where the summary goes; nothing when there is none.
std::optional<std::string> summary_file(const Options& options, bool many) {
  if (options.dry_run) return std::nullopt;
  std::optional<std::string> file = options.summary;
  if (!file && many) file = (std::filesystem::path(options.output) / "batch.csv").string();
  if (file) check_batch_summary(*file, options.overwrite);
  return file;
}

void remove_leftovers_of(const std::vector<SceneFiles>& scenes) {
  std::vector<std::string> outputs;
  for (const SceneFiles& scene : scenes) {
    for (const std::optional<std::string>& output : scene.outputs) {
      if (output) outputs.push_back(*output);
    }
  }
  remove_leftovers(outputs);
}

/// One scene: it fails as a whole run fails.
BatchResult run_single(const SceneFiles& files, SegmentRun& segment, OperationContext& context) {
  const Stopwatch watch;
  SceneOutcome outcome = segment.run(files, context.run);
  if (outcome.skipped)
    context.run.log(LogLevel::Info, fmt::format("{}: is done and unchanged; skipped", files.input));
  const double seconds = watch.seconds();
  return {{{files.input, *files.outputs.front(), outcome.skipped ? SceneStatus::Skipped : SceneStatus::Done,
            "", seconds, std::move(outcome.pixels), outcome.ground_size_m, std::move(outcome.facts)}},
          std::move(outcome.text),
          seconds};
}

BatchResult run_scenes(const std::vector<SceneFiles>& scenes, SegmentRun& segment,
                       OperationContext& context) {
  if (scenes.size() == 1) return run_single(scenes.front(), segment, context);
  BatchPlan plan;
  plan.jobs = segment.jobs(scenes.size());
  if (plan.jobs > 1) plan.begin_job = [&](int job) { segment.share_threads(job, plan.jobs); };
  plan.map = [&](const SceneFiles& files, RunContext& run) { return segment.run(files, run); };
  return run_batch(scenes, plan, context.run);
}

void check_polygons(const Options& options) {
  check_polygon_options(options);
  if (options.merge_across) check_output_path(*options.merge_across, options.overwrite || options.resume);
  if (options.vector || options.merge_across) return;
  const PolygonOptions usual;
  const bool is_usual = !options.simplify && options.min_area == usual.min_area &&
                        options.majority == usual.majority && !options.smooth && !options.dissolve &&
                        options.right_angles.empty() && !options.crs;
  if (!is_usual)
    throw usage_error("options of polygons are given, but no --vector or --merge-across that wants them");
}

/// A merged layer that fails does not take the maps with it.
/// @return whether it succeeded
bool merge_across(const Options& options, const SegmentRun& segment, const BatchResult& batch,
                  nlohmann::json& report, OperationContext& context) {
  try {
    if (const auto polygons = segment.merge_across(batch.rows)) {
      report["outputs"].push_back(
          output_entry("vector", "merged polygons", "merge_across", *options.merge_across));
      report["polygons"] = *polygons;
    }
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Cancelled) throw;
    context.run.log(LogLevel::Warning, error.what());
    return false;
  }
}

/// Nothing comes of a dry run.
nlohmann::json report_of(const Options& options, const std::vector<SceneFiles>& scenes,
                         const BatchResult& batch, const SegmentRun& segment) {
  return options.dry_run ? nlohmann::json() : segment_report(scenes, batch.rows, segment.legend());
}

OperationResult run(const Options& options, OperationContext& context) {
  check_polygons(options);
  const std::vector<OutputKind> kinds = output_kinds(options);
  const std::vector<SceneFiles> scenes = pair_files(options.inputs, kinds);
  const bool many = scenes.size() > 1;
  const OutputFolders folders(folders_to_make(kinds, many));
  const std::optional<std::string> summary = summary_file(options, many);
  SegmentRun segment(options, context);
  if (options.resume && !options.dry_run) remove_leftovers_of(scenes);
  const BatchResult batch = run_scenes(scenes, segment, context);
  OperationResult result;
  result.report = report_of(options, scenes, batch, segment);
  if (options.merge_across && !options.dry_run &&
      !merge_across(options, segment, batch, result.report, context))
    result.exit_code = kFailedScenesExitCode;
  if (summary) {
    write_batch_summary(*summary, batch_csv(batch.rows, segment.class_names()));
    result.report["outputs"].push_back(output_entry("table", "table", "summary", *summary));
  }
  const bool with_table = many && !options.dry_run;
  result.text = with_table ? batch_table(batch.rows, segment.class_names(), batch.seconds) : batch.text;
  if (batch.failures() == 0) return result;
  context.run.log(LogLevel::Warning, fmt::format("{} of {} scenes failed", batch.failures(), scenes.size()));
  result.exit_code = kFailedScenesExitCode;
  return result;
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(segment, SegmentOptions)
