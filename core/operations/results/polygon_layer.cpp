#include "core/operations/results/polygon_layer.h"

#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operation/run_record.h"
#include "core/vectorize/sheet_mosaic.h"

namespace orthocover::operations {
namespace {

/// A class by its value or its name.
std::int64_t class_value(const std::string& text, const std::vector<ClassEntry>& classes) {
  for (const ClassEntry& entry : classes)
    if (std::to_string(entry.value) == text || to_lower(entry.name) == to_lower(text)) return entry.value;
  std::string known;
  for (const ClassEntry& entry : classes) known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.name);
  if (const auto value = number_of(text)) return *value;
  throw usage_error("--right-angles: the map has no class '{}'; it has {}", text,
                    known.empty() ? "no named classes, so give values" : known);
}

vectorize::VectorizeSettings settings_of(const PolygonOptions& options, const ClassSource& map,
                                         const std::vector<ClassEntry>& classes, int threads) {
  const PixelSize pixel = map.pixel_size();
  vectorize::VectorizeSettings settings;
  settings.eight_connected = options.connectedness == "8";
  settings.dissolve = options.dissolve;
  settings.drop_islands = options.drop_islands;
  settings.majority_px = options.majority;
  settings.threads = threads;
  settings.min_pixels =
      static_cast<std::int64_t>(std::min(1e15, std::ceil(options.min_area / pixel.area_m2() - 1e-6)));
  const auto widths = [&](double length_m) { return vectorize::in_widths(length_m, pixel.width_m); };
  vectorize::SimplifySettings& simplify = settings.simplify;
  simplify.pixel_height = widths(pixel.across_m());
  simplify.pixel_skew = widths(pixel.skew_m);
  simplify.tolerance = widths(options.simplify.value_or(std::max(pixel.width_m, pixel.height_m)));
  if (options.simplify_method == "visvalingam") simplify.method = vectorize::SimplifyMethod::Visvalingam;
  simplify.smooth = options.smooth;
  for (const std::string& text : options.right_angles)
    settings.right_angled.push_back(class_value(text, classes));
  return settings;
}

/// Of degrees, in which GeoJSON is written: rounded corners would make polygons overlap.
void check_precision(const VectorSpec& spec, const PixelSize& pixel) {
  constexpr double kMetresPerDegree = 111320;
  const int least =
      pixel.is_metric ? static_cast<int>(std::ceil(std::log10(5 * kMetresPerDegree / pixel.width_m))) : 0;
  for (const auto& [key, value] : spec.creation_options)
    if (to_lower(key) == "coordinate_precision" && number_of<int>(value).value_or(least) < least)
      throw usage_error(
          "--lco {}={}: rounds by more than a tenth of a pixel, polygons would overlap; give {}", key, value,
          least);
}

}  // namespace

void check_polygon_options(const PolygonOptions& options) {
  if (options.majority != 0 && options.majority % 2 == 0)
    throw usage_error("--majority: {} is even; use 0 or an odd number, such as {}", options.majority,
                      options.majority + 1);
  if (options.drop_islands && options.min_area <= 0)
    throw usage_error("--drop-islands: leaves out areas below --min-area; give that too");
  if (options.right_angles.empty()) return;
  if (options.simplify == 0.0)
    throw usage_error(
        "--right-angles moves boundaries and --simplify 0 forbids it; give a tolerance in metres");
  if (options.smooth || options.simplify_method != "douglas-peucker")
    throw usage_error("--right-angles goes with --simplify-method douglas-peucker and without --smooth only");
}

std::unique_ptr<ClassSource> open_sheets(GeoIo& geo, const std::vector<std::string>& paths,
                                         std::optional<int> band, const std::vector<std::int64_t>& exclude,
                                         bool own_names) {
  std::vector<std::unique_ptr<ClassSource>> sheets;
  std::map<std::int64_t, std::pair<std::string, std::string>> names;  // and who said so
  for (const std::string& path : paths) {
    sheets.push_back(geo.open_classes({path, band, exclude}));
    for (const ClassEntry& entry : sheets.back()->classes()) {
      if (own_names || entry.name.empty()) continue;
      const auto& [name, sheet] = names.try_emplace(entry.value, entry.name, path).first->second;
      if (name != entry.name)
        throw data_error("{}: value {} is '{}', in {} it is '{}'; give one --legend for all", path,
                         entry.value, entry.name, sheet, name);
    }
  }
  if (sheets.size() == 1) return std::move(sheets.front());
  return std::make_unique<vectorize::SheetMosaic>(std::move(sheets));
}

std::unique_ptr<FeatureSink> start_polygon_layer(GeoIo& geo, const ClassSource& map,
                                                 const PolygonOptions& options, VectorSpec spec) {
  // What is wrong with the options shows before anything is made.
  settings_of(options, map, spec.classes, 1);
  check_precision(spec, map.pixel_size());
  spec.crs = options.crs.value_or("");
  spec.multi_part = options.dissolve || options.connectedness == "8";
  RasterInfo whole = map.info();
  for (const LeftOut& gap : map.left_out_cols()) whole.cols += gap.count;
  for (const LeftOut& gap : map.left_out_rows()) whole.rows += gap.count;
  return geo.create_features(spec, whole);
}

vectorize::VectorizeReport fill_polygon_layer(FeatureSink& sink, const ClassSource& map,
                                              const std::vector<ClassEntry>& classes,
                                              const RasterSource* confidence, const PolygonOptions& options,
                                              int threads, RunContext& context) {
  if (!map.pixel_size().is_metric) {
    const bool is_placed = map.info().georeference.geotransform.has_value();
    const bool has_crs = !map.info().georeference.crs_wkt.empty();
    context.log(LogLevel::Warning,
                fmt::format("{}: has no {}; lengths and areas count in {}", map.info().path,
                            !is_placed ? "geotransform"
                            : has_crs  ? "CRS that fits its coordinates"
                                       : "CRS",
                            is_placed ? "the map's own units" : "pixels"));
  }
  const vectorize::VectorizeReport report =
      vectorize::vectorize(map, confidence, settings_of(options, map, classes, threads), sink, context);
  if (report.islands > 0)
    context.log(LogLevel::Info, fmt::format("{}: islands below --min-area that {}: {}{}", map.info().path,
                                            options.drop_islands ? "are left out" : "stay", report.islands,
                                            options.drop_islands ? "" : "; --drop-islands leaves them out"));
  if (report.features == 0)
    context.log(LogLevel::Warning,
                fmt::format("{}: has no pixel of a class, the layer is empty", map.info().path));
  sink.finish();
  return report;
}

void commit_layer(FeatureSink& layer, const std::string& path, const RunPrint& print, nlohmann::json& facts,
                  const OperationContext& context) {
  const std::filesystem::path record = run_record_path(path);
  const auto facts_of = [&](bool complete) {
    const std::vector<std::string> paths = {path};
    facts["resume"] = resume_facts(record, print, complete ? files_with_sidecars(paths) : paths, complete);
    return facts;
  };
  commit_recorded(
      record, context, [&](CommitSteps& steps) { layer.add_to(steps); }, facts_of);
}

nlohmann::json record_of(const vectorize::VectorizeReport& report) {
  return {{"polygons", report.features},
          {"vertices", report.vertices},
          {"merged_small_areas", report.merged_regions},
          {"small_islands", report.islands},
          {"seconds",
           {{"wall", report.wall_seconds},
            {"small_areas", report.sieve_seconds},
            {"read", report.read_seconds},
            {"trace", report.trace_seconds},
            {"polygons", report.polygon_seconds},
            {"merge", report.merge_seconds},
            {"write", report.write_seconds}}}};
}

}  // namespace orthocover::operations
