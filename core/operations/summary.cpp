#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/operation/run_record.h"
#include "core/operations/batch/output_extensions.h"
#include "core/operations/results/map_summary.h"
#include "core/operations/results/report_entries.h"
#endif

namespace orthocover::operations {
namespace {

struct SummaryOptions {
  std::string map;
  std::optional<std::string> zones;
  std::string zone_field;
  std::optional<std::string> output;
  std::string format = "table";
  std::optional<std::string> legend;
  std::string class_field;
  std::optional<int> band;
  bool overwrite = false;
};

using Options = SummaryOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("summary")
      .summary("Measure the area of each class of a map")
      .title("Area of each class")
      .group("Maps")
      .tags({"area", "statistics", "zonal", "hectares", "landcover"})
      .description(
          "Adds up the area of each class of a land-cover map, raster or polygons, as a whole or within each "
          "polygon of a layer of zones. Areas are true ground areas on the ellipsoid in any CRS; a pixel on "
          "a zone's border counts by the exact share that the zone covers. A raster and its polygons give "
          "the same areas.\n\n"
          "Zones may overlap, have holes and several parts, and lie in any CRS.")
      .example("orthocover summary map.tif", "hectares of each class")
      .example("orthocover summary --zones parcels.gpkg --zone-field id --output areas.csv map.gpkg",
               "a table of parcels for a spreadsheet");
  table.add("map", &Options::map, Kind::FileIn, "Land-cover map: a raster of whole numbers, or polygons")
      .positional()
      .required()
      .label("Land-cover map, raster or polygons");
  table
      .add("zones", &Options::zones, Kind::VectorIn,
           "Polygons within which areas are wanted{cli:; one layer of several: 'FILE|layername=NAME'}")
      .label("Zones");
  table
      .add("zone-field", &Options::zone_field, Kind::Text,
           "Field of the zones' names, or its number from 1; found if not given, else the feature's id")
      .label("Field of the zones' names");
  table.add("output", &Options::output, Kind::FileOut, "Also write the areas to a .csv or .json file")
      .label("Table");
  table.add("format", &Options::format, Kind::Choice, "How the areas are written as text")
      .choices({"table", "csv", "json"})
      .label("Format of the text")
      .advanced();
  table
      .add("legend", &Options::legend, Kind::FileIn,
           "JSON file of the classes; those that do not occur are listed too")
      .label("Legend")
      .advanced();
  table
      .add("class-field", &Options::class_field, Kind::Text,
           "Field of the classes of a map of polygons, or its number from 1; found if not given")
      .label("Field of the classes")
      .advanced();
  table
      .add("band", &Options::band, Kind::Number,
           "Band of the classes of a raster, counted from 1; the first if not given")
      .at_least(1)
      .label("Band")
      .advanced();
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing file")
      .label("Overwrite existing files")
      .advanced();
}

#ifdef ORTHOCOVER_ENGINE

std::string written(const AreaSummary& summary, const std::string& format) {
  if (format == "csv") return summary_csv(summary);
  return format == "json" ? json_document(summary_json(summary)) : summary_table(summary);
}

/// The format that a file's extension stands for.
std::string format_of(const std::string& file) {
  check_extension("--output", file, {".csv", ".json"});
  return lower_extension(file).substr(1);
}

/// Ground under two polygons of a map counts twice.
void warn_of_overlaps(const AreaSummary& summary, RunContext& run) {
  constexpr double kRounding = 1.001;
  const auto has_more = [](const SummaryBlock& block) {
    return block.mapped().pixels > kRounding * block.whole_pixels;
  };
  const auto found = std::ranges::find_if(summary.blocks, has_more);
  if (found != summary.blocks.end())
    run.log(LogLevel::Warning,
            fmt::format("{}: polygons overlap, first seen in zone {}: their common ground counts for each",
                        summary.map, found->zone));
}

OperationResult run(const Options& options, OperationContext& context) {
  if (!options.zones && !options.zone_field.empty())
    throw usage_error("--zone-field: '{}' is a field of zones; give the --zones too", options.zone_field);
  const std::string file_format = options.output ? format_of(*options.output) : "";
  if (options.output) check_output_path(*options.output, options.overwrite);
  SummaryRequest request{options.map,         options.zones, options.zone_field,
                         options.class_field, options.band,  std::nullopt};
  if (options.legend) request.legend = read_legend(*options.legend);
  const AreaSummary summary = summarise_map(request, context.geo, context.run);
  warn_of_overlaps(summary, context.run);
  if (options.output) {
    AtomicFile table(*options.output, options.overwrite);
    table.write(written(summary, file_format));
    commit_with_record(table, *options.output, context, nlohmann::json::object());
  }
  nlohmann::json report = summary_report(summary);
  if (options.output)
    report["outputs"] = nlohmann::json::array({output_entry("table", "table", "output", *options.output)});
  return {written(summary, options.format), 0, std::move(report)};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(summary, SummaryOptions)
