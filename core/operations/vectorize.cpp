#include "core/operation/operation.h"
#include "core/operations/polygon_options.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/base/process_memory.h"
#include "core/operation/run_record.h"
#include "core/operations/legend_file.h"
#include "core/operations/polygon_layer.h"
#include "core/operations/report_entries.h"
#include "core/operations/resume_check.h"
#include "core/operations/scene_files.h"
#include "core/ports/measured_areas.h"
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
          "Maps are read in strips and can be of any size. Several on one grid count as one: polygons go on "
          "across their borders.")
      .example("orthocover vectorize map.tif map.gpkg", "a GeoPackage that QGIS opens in the map's colours")
      .example("orthocover vectorize --simplify 0.3 --min-area 10 map.tif map.shp",
               "a Shapefile without areas below 10 m2")
      .example("orthocover vectorize --simplify 0 map.tif exact.fgb", "every pixel edge, as gdal_polygonize")
      .example("orthocover vectorize sheets/*.tif all.gpkg", "one layer of several sheets")
      .example("orthocover vectorize --right-angles building --simplify 0.4 map.tif map.gpkg",
               "square buildings")
      .example("orthocover vectorize --smooth --dissolve map.tif classes.geojson",
               "one smooth feature for each class, in degrees");
  table.add("map", &Options::maps, Kind::RasterIn, "Raster of classes; several are joined first")
      .positional()
      .required()
      .label("Land-cover map");
  table
      .add("output", &Options::output, Kind::VectorOut,
           "Vector file; the extension chooses the format: .gpkg, .shp, .geojson, .geojsonl, .fgb, .kml")
      .positional()
      .required()
      .label("Polygons");

  const char* map_group = "Map";
  table
      .add("band", &Options::band, Kind::Number,
           "Band of the classes; 1 if not given")
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
           "OGR driver by its name, as 'MapInfo File', where the extension does not tell")
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
           "Add the polygons to an existing GeoPackage: to its layer of this name, or as a new layer")
      .group(output_group)
      .label("Append to an existing GeoPackage")
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

VectorSpec spec_of(const Options& options, const ClassSource& map) {
  VectorSpec spec;
  spec.path = options.output;
  spec.format = options.format;
  spec.driver_option = "--format";
  spec.layer = options.layer;
  spec.classes = map.classes();
  if (options.legend) spec.classes = class_entries(read_legend(*options.legend));
  spec.creation_options = key_values(options.creation_options, "--lco");
  spec.append = options.append;
  spec.overwrite = options.overwrite;
  return spec;
}

/// Decoded blocks are needed for a few strips only; GDAL would keep a share of the machine's memory full.
void bound_cache(const RasterInfo& map, GeoIo& geo) {
  constexpr std::int64_t kLeastBytes = 64 << 20;
  constexpr std::int64_t kBlockRows = 3;
  constexpr std::int64_t kBytesPerPixel = 4;
  const std::int64_t needed = kBlockRows * map.cols * map.block_rows * kBytesPerPixel;
  geo.limit_cache(static_cast<std::uint64_t>(std::max(kLeastBytes, needed)));
}

/// Of the classes that have polygons, in the order of the legend, then by value; nothing where the ground is
/// unknown.
std::vector<ClassShare> areas_of(const FeatureSink& layer, const std::vector<ClassEntry>& classes) {
  const auto* measured = dynamic_cast<const MeasuredAreas*>(&layer);
  if (measured == nullptr) return {};
  std::map<std::int64_t, double> left = measured->area_m2_by_value();
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

nlohmann::json report_of(const Options& options, const nlohmann::json& facts, std::vector<ClassShare> areas) {
  nlohmann::json report = facts;
  report["outputs"] = nlohmann::json::array({output_entry("vector", "polygons", "output", options.output)});
  if (!areas.empty()) report["areas"] = class_areas(areas);
  return report;
}

OperationResult run(const Options& options, OperationContext& context) {
  check_polygon_options(options);
  remove_leftovers({options.output});
  const std::unique_ptr<ClassSource> map =
      open_sheets(context.geo, options.maps, options.band, {options.exclude.begin(), options.exclude.end()});
  bound_cache(map->info(), context.geo);
  std::unique_ptr<RasterSource> confidence;
  if (options.confidence) {
    confidence = context.geo.open_raster(*options.confidence, {1});
    check_on_grid(confidence->info(), map->info());
  }
  VectorSpec spec = spec_of(options, *map);
  spec.with_confidence = confidence != nullptr;
  const auto layer = start_polygon_layer(context.geo, *map, options, spec);
  const vectorize::VectorizeReport report =
      fill_polygon_layer(*layer, *map, confidence.get(), options, options.threads, context.run);
  context.run.check_cancelled();
  layer->commit();
  nlohmann::json facts = record_of(report);
  facts["peak_memory_bytes"] = peak_resident_bytes();
  write_run_record(run_record_path(options.output), context, facts);
  const std::string merged =
      options.min_area > 0 ? fmt::format(", {} smaller areas merged,", report.merged_regions) : "";
  context.run.log(LogLevel::Info,
                  fmt::format("{}: {} polygon{}{} in {:.1f} s", options.output, report.features,
                              report.features == 1 ? "" : "s", merged, report.wall_seconds));
  return {"", 0, report_of(options, facts, areas_of(*layer, spec.classes))};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(vectorize, VectorizeOptions)
