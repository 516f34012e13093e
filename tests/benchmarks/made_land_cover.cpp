#include "tests/benchmarks/made_land_cover.h"

#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

namespace orthocover::benchmark {
namespace {

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

}  // namespace

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

}  // namespace orthocover::benchmark
