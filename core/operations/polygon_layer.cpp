#include "core/operations/polygon_layer.h"

#include <cmath>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

vectorize::VectorizeSettings settings_of(const PolygonOptions& options, const ClassSource& map, int threads) {
  const PixelSize pixel = map.pixel_size();
  vectorize::VectorizeSettings settings;
  settings.eight_connected = options.connectedness == "8";
  settings.dissolve = options.dissolve;
  settings.majority_px = options.majority;
  settings.threads = threads;
  settings.min_pixels =
      static_cast<std::int64_t>(std::ceil(options.min_area / (pixel.width_m * pixel.height_m) - 1e-6));
  settings.simplify.pixel_width_m = pixel.width_m;
  settings.simplify.pixel_height_m = pixel.height_m;
  settings.simplify.tolerance_m = options.simplify.value_or(std::max(pixel.width_m, pixel.height_m));
  settings.simplify.method = options.simplify_method == "visvalingam"
                                 ? vectorize::SimplifyMethod::Visvalingam
                                 : vectorize::SimplifyMethod::DouglasPeucker;
  settings.simplify.smooth = options.smooth;
  return settings;
}

}  // namespace

void check_polygon_options(const PolygonOptions& options) {
  if (options.majority != 0 && options.majority % 2 == 0)
    throw usage_error("--majority: {} is even; use 0 or an odd number, such as {}", options.majority,
                      options.majority + 1);
}

PolygonLayer make_polygon_layer(GeoIo& geo, const ClassSource& map, const RasterSource* confidence,
                                const PolygonOptions& options, VectorSpec spec, int threads,
                                RunContext& context) {
  spec.crs = options.crs.value_or("");
  spec.multi_part = options.dissolve || options.connectedness == "8";
  spec.with_confidence = confidence != nullptr;
  const vectorize::VectorizeSettings settings = settings_of(options, map, threads);
  PolygonLayer layer;
  layer.sink = geo.create_features(spec, map.info());
  if (!map.pixel_size().is_metric) {
    context.log(
        LogLevel::Warning,
        fmt::format("{}: has no CRS; lengths and areas count in the map's own units", map.info().path));
  }
  layer.report = vectorize::vectorize(map, confidence, settings, *layer.sink, context);
  if (layer.report.features == 0)
    context.log(LogLevel::Warning,
                fmt::format("{}: has no pixel of a class, the layer is empty", map.info().path));
  layer.sink->finish();
  return layer;
}

nlohmann::json record_of(const vectorize::VectorizeReport& report) {
  return {{"polygons", report.features},
          {"vertices", report.vertices},
          {"merged_small_areas", report.merged_regions},
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
