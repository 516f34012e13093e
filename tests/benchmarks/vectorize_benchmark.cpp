// Polygons of a large land-cover map: this program's way against GDALPolygonize, and where the time goes.
//
// usage: vectorize_benchmark SIDE_PX FOLDER [SEED] [--without-gdal]
#include "core/vectorize/vectorizer.h"

#include <fmt/format.h>
#include <gdal_alg.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>
#include <ogrsf_frmts.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

#include "core/base/run_context.h"
#include "georef/gdal_geo_io.h"

namespace {

using namespace orthocover;
using Clock = std::chrono::steady_clock;

/// A number in 0..1 for a lattice point.
double lattice(std::int64_t x, std::int64_t y, std::uint32_t seed) {
  std::uint64_t h = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15ULL ^
                    static_cast<std::uint64_t>(y) * 0xC2B2AE3D27D4EB4FULL ^ seed;
  h ^= h >> 29;
  h *= 0xBF58476D1CE4E5B9ULL;
  h ^= h >> 32;
  return static_cast<double>(h & 0xffffff) / 0xffffff;
}

double smooth(double t) {
  return t * t * (3 - 2 * t);
}

/// Value noise of one wavelength along a row, lattice points shared by neighbours.
void add_octave(std::int64_t row, double wavelength, double amplitude, std::uint32_t seed,
                std::vector<double>& sum) {
  const double y = static_cast<double>(row) / wavelength;
  const auto y0 = static_cast<std::int64_t>(y);
  const double v = smooth(y - static_cast<double>(y0));
  std::int64_t cell = -1;
  double left = 0;
  double right = 0;
  for (std::size_t col = 0; col < sum.size(); ++col) {
    const double x = static_cast<double>(col) / wavelength;
    const auto x0 = static_cast<std::int64_t>(x);
    if (x0 != cell) {
      cell = x0;
      left = std::lerp(lattice(x0, y0, seed), lattice(x0, y0 + 1, seed), v);
      right = std::lerp(lattice(x0 + 1, y0, seed), lattice(x0 + 1, y0 + 1, seed), v);
    }
    sum[col] += amplitude * std::lerp(left, right, smooth(x - static_cast<double>(x0)));
  }
}

/// Large shapes with frayed borders and specks.
std::vector<double> field(std::int64_t row, std::int64_t cols, std::uint32_t seed) {
  std::vector<double> sum(static_cast<std::size_t>(cols));
  add_octave(row, 190, 0.40, seed, sum);
  add_octave(row, 47, 0.34, seed + 1, sum);
  add_octave(row, 13, 0.18, seed + 2, sum);
  add_octave(row, 3.7, 0.045, seed + 3, sum);
  return sum;
}

/// Writes a GeoTIFF (Byte, 512 px tiles, LZW, UTM, 10 cm) of six classes in patches of land-cover-like shape
/// and size, and a ragged rim without data. The same side and seed always give the same raster.
void make_land_cover(const std::string& path, std::int64_t side_px, std::uint32_t seed) {
  GDALAllRegister();
  const char* const options[] = {"TILED=YES",    "BLOCKXSIZE=512",   "BLOCKYSIZE=512",
                                 "COMPRESS=LZW", "BIGTIFF=IF_SAFER", nullptr};
  const auto side = static_cast<int>(side_px);
  const std::unique_ptr<GDALDataset> file(GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
      path.c_str(), side, side, 1, GDT_Byte, const_cast<char**>(options)));
  if (!file) throw std::runtime_error(path + ": can't be created");
  double transform[] = {500000, 0.1, 0, 4649000, 0, -0.1};
  file->SetGeoTransform(transform);
  OGRSpatialReference crs;
  crs.importFromEPSG(32633);
  file->SetSpatialRef(&crs);
  GDALRasterBand* band = file->GetRasterBand(1);
  band->SetNoDataValue(0);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side_px));
  for (int row = 0; row < side; ++row) {
    const std::vector<double> a = field(row, side_px, seed);
    const std::vector<double> b = field(row, side_px, seed + 100);
    const std::vector<double> rim = field(row, side_px, seed + 200);
    for (int col = 0; col < side; ++col) {
      const auto i = static_cast<std::size_t>(col);
      const int distance = std::min(std::min(col, row), std::min(side - 1 - col, side - 1 - row));
      const bool is_outside = distance < rim[i] * 300;
      const int third = a[i] < 0.44 ? 0 : a[i] < 0.56 ? 1 : 2;
      pixels[i] = static_cast<std::uint8_t>(is_outside ? 0 : 1 + third + (b[i] < 0.5 ? 0 : 3));
    }
    if (band->RasterIO(GF_Write, 0, row, side, 1, pixels.data(), side, 1, GDT_Byte, 0, 0) != CE_None)
      throw std::runtime_error(path + ": can't be written");
  }
}

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
  if (!std::filesystem::exists(map)) make_land_cover(map, side, seed);
  vectorize::VectorizeSettings plain;
  vectorize::VectorizeSettings simplified = plain;
  simplified.simplify.tolerance = 1;
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
