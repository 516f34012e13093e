#include "core/operation/operation.h"
#include "core/operations/results/polygon_options.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/process.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/operation/run_record.h"
#include "core/operations/batch/input_guard.h"
#include "core/operations/batch/output_extensions.h"
#include "core/operations/batch/output_folders.h"
#include "core/operations/batch/resume_check.h"
#include "core/operations/batch/scene_batch.h"
#include "core/operations/batch/scene_files.h"
#include "core/operations/results/polygon_layer.h"
#include "core/operations/results/report_entries.h"
#endif

namespace orthocover::operations {
namespace {

struct VectorizeOptions : PolygonOptions {
  std::vector<std::string> maps;
  std::string output;
  std::optional<int> band;
  std::vector<int> exclude;
  std::optional<std::string> legend;
  std::optional<std::string> confidence;
  std::string format;
  std::string layer;
  std::vector<std::string> creation_options;
  bool append = false;
  bool resume = false;
  bool overwrite = false;
  int threads = 0;
};

using Options = VectorizeOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("vectorize")
      .summary("Make clean polygons of a land-cover map")
      .title("Polygons of a land-cover map")
      .many_title("Polygons of several map sheets")
      .group("Maps")
      .tags({"polygonize", "vector", "raster to vector", "simplify", "generalize", "landcover"})
      .description(
          "Turns a raster of classes, of any program, into polygons that fit together: every two neighbours "
          "share the same vertices, so that there are no gaps, overlaps or slivers, however much is "
          "simplified. Small areas can join their neighbours instead of being dropped.\n\n"
          "Fields of a polygon: class, name and color (#rrggbb); area_m2 and perim_m, its true size on the "
          "ellipsoid; area_map and perim_map, in the map's units; confidence, if asked for.\n\n"
          "Maps are read in strips and can be of any size.{many: Several on one grid count as one: polygons "
          "go on across their borders.}\n\n"
          "{cli:On the command line: where OUTPUT is a folder, each map gets a layer of its own there; maps "
          "that fail are told, and the others go on (exit code 1).}")
      .example("orthocover vectorize map.tif map.gpkg", "a GeoPackage that QGIS opens in the map's colours")
      .example("orthocover vectorize --simplify 0.3 --min-area 10 map.tif map.shp",
               "a Shapefile without areas below 10 m2")
      .example("orthocover vectorize --simplify 0 map.tif exact.fgb", "every pixel edge, as gdal_polygonize")
      .example("orthocover vectorize sheets/*.tif all.gpkg", "one layer of several sheets")
      .example("orthocover vectorize --format shp --resume maps/*.tif shapes/",
               "a Shapefile of each map, but of those that are done and unchanged")
      .example("orthocover vectorize --right-angles building --simplify 0.4 map.tif map.gpkg",
               "square buildings")
      .example("orthocover vectorize --smooth --dissolve map.tif classes.geojson",
               "one smooth feature for each class, in degrees");
  table
      .add("map", &Options::maps, Kind::RasterIn,
           "Raster of classes{many:; several on one grid are joined first, unless each gets a layer of its "
           "own}")
      .positional()
      .required()
      .label("Land-cover map");
  table
      .add("output", &Options::output, Kind::VectorOut,
           "Vector file; the extension chooses the format: .gpkg, .shp, .geojson, .geojsonl, .fgb, "
           ".kml{many:. Or a folder (a new one ends with a slash) for a file of each map}")
      .positional()
      .required()
      .label("Polygons");

  const char* map_group = "Map";
  table.add("band", &Options::band, Kind::Number, "Band of the classes; 1 if not given")
      .at_least(1)
      .group(map_group)
      .label("Band");
  table.add("exclude", &Options::exclude, Kind::Number, "Values to leave out, besides those without data")
      .group(map_group)
      .label("Values to leave out")
      .advanced();
  table
      .add("legend", &Options::legend, Kind::FileIn,
           "JSON file of the classes; names and colours of the map itself if not given")
      .group(map_group)
      .label("Legend")
      .advanced();
  table
      .add("confidence", &Options::confidence, Kind::RasterIn,
           "Raster on the same grid, whose mean over each polygon goes to its field confidence")
      .group(map_group)
      .label("Confidence raster");

  declare_polygon_options(table, "Polygons", false);

  const char* output_group = "Output";
  table
      .add("format", &Options::format, Kind::Text,
           "OGR driver by its name, as 'MapInfo File', where the extension does not tell{many:; the files "
           "of a folder are told by extension, as shp; gpkg if not given}")
      .group(output_group)
      .label("Vector format")
      .advanced();
  table.add("layer", &Options::layer, Kind::Text, "Name of the layer; that of the file if not given")
      .group(output_group)
      .label("Layer name")
      .advanced();
  table
      .add("lco", &Options::creation_options, Kind::Text,
           "Creation option of the layer, as OGR's driver has them")
      .metavar("KEY=VALUE")
      .repeat()
      .group(output_group)
      .label("Layer creation options")
      .advanced();
  table
      .add("append", &Options::append, Kind::Flag,
           "Add the polygons to an existing GeoPackage: to its layer of this name, or as a new layer{cli:; "
           "with --overwrite on the command line, in place of it}")
      .group(output_group)
      .label("Append to an existing GeoPackage")
      .advanced();
  table
      .add("resume", &Options::resume, Kind::Flag,
           "Of a folder, leave out maps whose layer is there and whose file and options did not change")
      .group("Batch")
      .label("Leave out what is done")
      .advanced();
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing file")
      .group(output_group)
      .label("Overwrite existing files")
      .advanced();

  table.add("threads", &Options::threads, Kind::Number, "Threads; 0: all cores")
      .range(0, 1024)
      .group("Machine")
      .label("CPU threads")
      .advanced();
}

#ifdef ORTHOCOVER_ENGINE

namespace fs = std::filesystem;

/// What becomes of one layer.
struct LayerJob {
  std::vector<std::string> maps;
  std::string output;
  std::string format;  ///< as in VectorSpec
  bool overwrite = false;
  std::optional<RunPrint> print;  ///< of a layer that a later run may leave out
};

/// What came of it.
struct Layer {
  nlohmann::json facts;
  std::vector<ClassShare> areas;
};

/// The legend's classes, and those of the map that it lacks.
std::vector<ClassEntry> named_by(const Legend& legend, const ClassSource& map, const std::string& file) {
  std::vector<ClassEntry> classes = class_entries(legend);
  bool fits = map.classes().empty();
  for (const ClassEntry& entry : map.classes()) {
    const bool is_known = std::ranges::find(classes, entry.value, &ClassEntry::value) != classes.end();
    fits = fits || is_known;
    if (!is_known) classes.push_back(entry);
  }
  if (!fits) throw usage_error("--legend: {} has none of the values of {}", file, map.info().path);
  return classes;
}

VectorSpec spec_of(const Options& options, const LayerJob& job, const ClassSource& map) {
  VectorSpec spec;
  spec.path = job.output;
  spec.format = job.format;
  spec.other_ways = "name an OGR driver with --format; a folder for a file of each map ends with a slash";
  spec.layer = options.layer;
  spec.classes = map.classes();
  if (options.legend) spec.classes = named_by(read_legend(*options.legend), map, *options.legend);
  spec.creation_options = key_values(options.creation_options, "--lco");
  spec.append = options.append;
  spec.overwrite = job.overwrite;
  return spec;
}

/// GDAL would keep more than a few strips.
void bound_cache(const RasterInfo& map, GeoIo& geo) {
  constexpr std::int64_t kLeastBytes = 64 << 20;
  constexpr std::int64_t kBlockRows = 3;
  constexpr std::int64_t kBytesPerPixel = 4;
  const std::int64_t needed = kBlockRows * map.cols * map.block_rows * kBytesPerPixel;
  geo.limit_cache(static_cast<std::uint64_t>(std::max(kLeastBytes, needed)));
}

/// Of the classes that have polygons; nothing where the ground is unknown.
std::vector<ClassShare> areas_of(const FeatureSink& layer, const std::vector<ClassEntry>& classes) {
  std::map<std::int64_t, double> left = layer.area_m2_by_value();
  std::vector<ClassShare> areas;
  for (const ClassEntry& entry : classes) {
    const auto found = left.find(entry.value);
    if (found == left.end()) continue;
    areas.push_back({entry.value, entry.name, entry.color, found->second, std::nullopt});
    left.erase(found);
  }
  for (const auto& [value, area] : left) areas.push_back({value, "", std::nullopt, area, std::nullopt});
  // As in the layer: a class without a name is called by its value.
  for (ClassShare& share : areas) {
    if (share.name.empty()) share.name = std::to_string(*share.value);
  }
  return areas;
}

Layer make_layer(const Options& options, const LayerJob& job, OperationContext& context, RunContext& run) {
  const std::unique_ptr<ClassSource> map =
      open_sheets(context.geo, job.maps, options.band, {options.exclude.begin(), options.exclude.end()},
                  options.legend.has_value());
  bound_cache(map->info(), context.geo);
  std::unique_ptr<RasterSource> confidence;
  if (options.confidence) {
    if (!map->left_out_cols().empty() || !map->left_out_rows().empty())
      throw usage_error("--confidence: the maps lie far apart; give those of one place at a time");
    confidence = open_confidence(*options.confidence, map->info(), context.geo);
  }
  VectorSpec spec = spec_of(options, job, *map);
  spec.with_confidence = confidence != nullptr;
  const auto layer = start_polygon_layer(context.geo, *map, options, spec);
  const vectorize::VectorizeReport report =
      fill_polygon_layer(*layer, *map, spec.classes, confidence.get(), options, options.threads, run);
  run.check_cancelled();
  nlohmann::json facts = record_of(report);
  facts["peak_memory_bytes"] = peak_resident_bytes();
  if (job.print)
    commit_layer(*layer, job.output, *job.print, facts, context);
  else
    commit_with_record(*layer, job.output, context, facts);
  const std::string merged =
      options.min_area > 0 ? fmt::format(", {} smaller areas merged,", report.merged_regions) : "";
  run.log(LogLevel::Info, fmt::format("{}: {} polygon{}{} in {:.1f} s", job.output, report.features,
                                      report.features == 1 ? "" : "s", merged, report.wall_seconds));
  return {facts, areas_of(*layer, spec.classes)};
}

nlohmann::json entry_of(const std::string& output) {
  return output_entry("vector", "polygons", "output", output);
}

// A layer of each map
// -------------------------------------------------------------------------------------------------------

/// The extension of a folder's files.
std::string extension_of(const std::string& format) {
  if (format.empty()) return vector_extensions().front();
  if (const std::string extension = extension_named(format, vector_extensions()); !extension.empty())
    return extension;
  throw usage_error("--format: '{}' gives the files of a folder no extension; use one of {}", format,
                    join(vector_extensions()));
}

/// Of what a layer depends on, but for the map.
std::string digest_of_options(const Options& options, const OperationContext& context) {
  nlohmann::json counted = context.options;
  for (const char* key : {"map", "output", "format", "resume", "overwrite", "threads"}) counted.erase(key);
  if (options.legend) counted["legend"] = digest_of_files({*options.legend}).value_or("");
  if (options.confidence)
    counted["confidence"] = digest_of_files(context.geo.files_of(*options.confidence)).value_or("");
  count_gdal_options(context.geo, counted);
  return sha256_of_text(json_line(counted));
}

void check_each(const Options& options) {
  if (options.append) throw usage_error("--append: adds to one GeoPackage; OUTPUT is a folder, name a file");
  if (!options.layer.empty())
    throw usage_error("--layer: names one layer; those of a folder are called like their maps");
  if (options.confidence && options.maps.size() > 1)
    throw usage_error("--confidence: belongs to one map; OUTPUT is a folder for {}", options.maps.size());
}

/// Every map of its own, in a folder.
OperationResult run_each(const Options& options, OperationContext& context) {
  check_each(options);
  const std::vector<OutputKind> kinds = {{"OUTPUT", options.output, "", {extension_of(options.format)}}};
  const std::vector<SceneFiles> maps = pair_files(options.maps, kinds);
  const OutputFolders folders(folders_to_make(kinds, true));
  InputGuard guard(context.spec, context.options, context.geo);
  std::vector<std::string> outputs;
  for (const SceneFiles& map : maps) outputs.push_back(*map.outputs.front());
  for (const std::string& output : outputs) guard.check(output);
  if (!options.resume && !options.overwrite) check_nothing_made(maps, "layers");
  remove_leftovers(outputs);
  const std::string digest = digest_of_options(options, context);
  nlohmann::json report = {{"outputs", nlohmann::json::array()}};
  std::int64_t polygons = 0;
  std::size_t skipped = 0;
  const auto make_one = [&](const SceneFiles& map, RunContext& run) {
    SceneOutcome outcome;
    const std::string& output = *map.outputs.front();
    const EarlierRun earlier(run_record_path(output), context.spec.name);
    const RunPrint print{digest_of_files(context.geo.files_of(map.input)), "", digest, map.input};
    outcome.skipped = options.resume && earlier.reason_to_redo(print, {output}).empty();
    if (options.resume && !options.overwrite) refuse_other_scene(earlier, print, output);
    const bool own = options.overwrite || (options.resume && earlier.wrote(output));
    const nlohmann::json values =
        options_with(context, {{"map", {map.input}}, {"output", output}, {"format", ""}, {"resume", false}});
    OperationContext alone{context.run, context.geo, context.models, context.spec, values};
    const nlohmann::json facts =
        outcome.skipped ? earlier.facts()
                        : make_layer(options, {{map.input}, output, "", own, print}, alone, run).facts;
    skipped += outcome.skipped;
    polygons += facts.value("polygons", std::int64_t{0});
    report["outputs"].push_back(entry_of(output));
    return outcome;
  };
  std::size_t failures = 0;
  if (maps.size() == 1) {
    make_one(maps.front(), context.run);
  } else {
    BatchPlan plan;
    plan.unit = "map";
    plan.map = make_one;
    failures = run_batch(maps, plan, context.run).failures();
  }
  report["polygons"] = polygons;
  OperationResult result{"", 0, std::move(report)};
  if (skipped > 0)
    context.run.log(LogLevel::Info,
                    fmt::format("{} of {} maps are done and unchanged; skipped", skipped, maps.size()));
  if (failures == 0) return result;
  context.run.log(LogLevel::Warning, fmt::format("{} of {} maps failed", failures, maps.size()));
  result.exit_code = kFailedScenesExitCode;
  return result;
}

OperationResult run(const Options& options, OperationContext& context) {
  check_polygon_options(options);
  if (is_folder(options.output)) return run_each(options, context);
  if (options.resume) throw usage_error("--resume: leaves out layers of a folder; OUTPUT is a file");
  remove_leftovers({options.output});
  Layer layer = make_layer(options, {options.maps, options.output, options.format, options.overwrite, {}},
                           context, context.run);
  nlohmann::json report = std::move(layer.facts);
  report["outputs"] = nlohmann::json::array({entry_of(options.output)});
  if (!layer.areas.empty()) report["areas"] = class_areas(layer.areas);
  return {"", 0, std::move(report)};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(vectorize, VectorizeOptions)
