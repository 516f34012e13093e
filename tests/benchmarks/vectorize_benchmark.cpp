// Polygons of a large land-cover map: this program's way against GDALPolygonize, and where the time goes.
//
// usage: vectorize_benchmark SIDE_PX FOLDER [SEED] [--without-gdal]
#include "core/vectorize/vectorizer.h"

#include <fmt/format.h>
#include <gdal_alg.h>
#include <ogrsf_frmts.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>

#include "core/base/run_context.h"
#include "georef/gdal_geo_io.h"
#include "tests/benchmarks/made_land_cover.h"

namespace {

using namespace orthocover;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

long peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// Takes polygons and forgets them.
class Nothing final : public FeatureSink {
 public:
  void write(std::span<const RasterPolygon>) override {}
  void finish() override {}
  void add_to(CommitSteps&) override {}
};

void print(const char* name, double seconds, const vectorize::VectorizeReport& report) {
  fmt::print(
      "{:<34} {:7.2f} s  {:9} polygons {:10} vertices  read {:.2f} trace {:.2f} polygons {:.2f} merge {:.2f} "
      "write {:.2f}  peak {} MiB\n",
      name, seconds, report.features, report.vertices, report.read_seconds, report.trace_seconds,
      report.polygon_seconds, report.merge_seconds, report.write_seconds, peak_mib());
}

double read_only(const ClassSource& source) {
  const auto start = Clock::now();
  std::vector<std::uint16_t> rows(static_cast<std::size_t>(512 * source.info().cols));
  for (std::int64_t row = 0; row < source.info().rows; row += 512)
    source.read_rows(row, std::min<std::int64_t>(512, source.info().rows - row), rows.data());
  return seconds_since(start);
}

double by_orthocover(GeoIo& geo, const std::string& map, const std::string& name, const std::string& output,
                     const vectorize::VectorizeSettings& settings) {
  const auto start = Clock::now();
  const auto source = geo.open_classes({map, 1, {}});
  VectorSpec spec;
  spec.path = output;
  spec.overwrite = true;
  Nothing nothing;
  const auto layer = output.empty() ? nullptr : geo.create_features(spec, source->info());
  RunContext context;
  const auto report = vectorize::vectorize(*source, nullptr, settings, layer ? *layer : nothing, context);
  if (layer) {
    layer->finish();
    layer->commit();
  }
  const double seconds = seconds_since(start);
  print(name.c_str(), seconds, report);
  return seconds;
}

/// What gdal_polygonize.py does, without Python.
double by_gdal(const std::string& map, const std::string& driver, const std::string& output) {
  const auto start = Clock::now();
  const std::unique_ptr<GDALDataset> raster(GDALDataset::Open(map.c_str()));
  VSIUnlink(output.c_str());
  const std::unique_ptr<GDALDataset> vector(GetGDALDriverManager()
                                                ->GetDriverByName(driver.c_str())
                                                ->Create(output.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  OGRLayer* layer =
      vector->CreateLayer("out", const_cast<OGRSpatialReference*>(raster->GetSpatialRef()), wkbPolygon);
  OGRFieldDefn field("DN", OFTInteger);
  layer->CreateField(&field);
  GDALRasterBand* band = raster->GetRasterBand(1);
  if (GDALPolygonize(band, band->GetMaskBand(), OGRLayer::ToHandle(layer), 0, nullptr, nullptr, nullptr) !=
      CE_None)
    fmt::print("GDALPolygonize failed\n");
  const GIntBig count = layer->GetFeatureCount();
  const_cast<std::unique_ptr<GDALDataset>&>(vector).reset();
  const double seconds = seconds_since(start);
  fmt::print("{:<34} {:7.2f} s  {:9} polygons  peak {} MiB\n", "GDALPolygonize " + driver, seconds, count,
             peak_mib());
  return seconds;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3)
    return fmt::print(stderr, "usage: vectorize_benchmark SIDE_PX FOLDER [SEED] [--without-gdal]\n"), 2;
  const std::int64_t side = std::stoll(words[1]);
  const std::filesystem::path folder = words[2];
  const bool with_gdal = std::string(words[count - 1]) != "--without-gdal";
  const auto seed = static_cast<std::uint32_t>(count > 3 && words[3][0] != '-' ? std::stoul(words[3]) : 1);
  std::filesystem::create_directories(folder);
  const std::string map = folder / fmt::format("land_cover_{}_{}.tif", side, seed);
  const auto geo = make_gdal_geo_io();
  geo->limit_cache(64 << 20);  // as the operation does
  if (!std::filesystem::exists(map)) benchmark::make_land_cover(map, side, seed);
  vectorize::VectorizeSettings plain;
  vectorize::VectorizeSettings simplified = plain;
  simplified.simplify.pixel_width_m = simplified.simplify.pixel_height_m = 0.1;
  simplified.simplify.tolerance_m = 0.1;
  vectorize::VectorizeSettings sieved = simplified;
  sieved.min_pixels = 50;
  fmt::print("{:<34} {:7.2f} s\n", "reading the raster alone", read_only(*geo->open_classes({map, 1, {}})));
  by_orthocover(*geo, map, "orthocover, no output", "", plain);
  by_orthocover(*geo, map, "orthocover, simplified, no output", "", simplified);
  by_orthocover(*geo, map, "orthocover, sieved, no output", "", sieved);
  const double gpkg = by_orthocover(*geo, map, "orthocover GPKG", folder / "orthocover.gpkg", plain);
  const double fgb = by_orthocover(*geo, map, "orthocover FlatGeobuf", folder / "orthocover.fgb", plain);
  by_orthocover(*geo, map, "orthocover GPKG, sieved", folder / "orthocover_sieved.gpkg", sieved);
  if (!with_gdal) return 0;
  fmt::print("times as fast, GPKG: {:.1f}\n", by_gdal(map, "GPKG", folder / "gdal.gpkg") / gpkg);
  fmt::print("times as fast, FlatGeobuf: {:.1f}\n", by_gdal(map, "FlatGeobuf", folder / "gdal.fgb") / fgb);
  return 0;
}
