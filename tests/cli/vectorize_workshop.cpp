#include "tests/cli/vectorize_workshop.h"

#include <gdal_priv.h>

#include <cmath>

namespace orthocover::test {
namespace {

/// A number that looks random, of a pixel.
unsigned hash_of(int col, int row) {
  unsigned mixed = static_cast<unsigned>(col) * 2654435761U ^ static_cast<unsigned>(row) * 2246822519U;
  mixed ^= mixed >> 15;
  mixed *= 3266489917U;
  return mixed ^ mixed >> 13;
}

void add_names(const std::string& path) {
  const GDALDatasetUniquePtr file(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
  GDALColorTable colors;
  const GDALColorEntry red{255, 0, 0, 255};
  const GDALColorEntry blue{0, 0, 255, 255};
  colors.SetColorEntry(1, &red);
  colors.SetColorEntry(3, &blue);
  file->GetRasterBand(1)->SetColorTable(&colors);
  const char* const names[] = {"", "Wiese & <Gras>", "", "roof", nullptr};
  file->GetRasterBand(1)->SetCategoryNames(const_cast<char**>(names));
}

}  // namespace

double land_at(int /*band*/, int col, int row) {
  const double wave = std::sin(col / 9.0) + std::cos(row / 7.0 + col / 21.0) + std::sin((col + row) / 31.0);
  const int area = static_cast<int>(std::floor((wave + 3) * 0.99)) % 4;
  const unsigned noise = hash_of(col, row);
  return 1 + (noise % 41 == 0 ? static_cast<int>(noise / 41 % 4) : area);
}

double yard_at(int /*band*/, int col, int row) {
  if (col >= 36 && row >= 26) return 0;
  return col >= 10 && col < 18 && row >= 10 && row < 16 ? 3 : 1;
}

void make_map(const std::string& path, int cols, int rows, std::function<double(int, int, int)> value,
              const std::function<void(Made&)>& change) {
  Made made;
  made.cols = cols;
  made.rows = rows;
  made.bands = 1;
  made.nodata = 0;
  made.palette = true;
  made.value = std::move(value);
  if (change) change(made);
  make_raster(path, made);
  if (made.palette) add_names(path);
}

void Vectorize::vectorize(std::vector<std::string> words) const {
  words.insert(words.begin(), "vectorize");
  const Outcome outcome = shop.run(words);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
}

PolygonFile Vectorize::made(const std::string& name, const std::vector<std::string>& words) const {
  std::vector<std::string> all = words;
  all.insert(all.end(), {shop / "map.tif", shop / name});
  vectorize(all);
  return PolygonFile(shop / name);
}

}  // namespace orthocover::test
