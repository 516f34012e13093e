// The overviews that a map gets while it is written, judged by GDAL's own.

#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <ranges>

#include "georef/gdal_geo_io.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using Pixels = std::vector<std::uint8_t>;

struct Image {
  int cols = 0;
  int rows = 0;
  Pixels pixels;
};

Image read(GDALRasterBand& band) {
  Image image{band.GetXSize(), band.GetYSize(), {}};
  image.pixels.resize(static_cast<std::size_t>(image.cols) * static_cast<std::size_t>(image.rows));
  EXPECT_EQ(band.RasterIO(GF_Read, 0, 0, image.cols, image.rows, image.pixels.data(), image.cols, image.rows,
                          GDT_Byte, 0, 0, nullptr),
            CE_None);
  return image;
}

/// One overview of half the size, by GDAL; without data in a last row and column where the size is odd.
Image halved_by_gdal(const Image& image, const char* resampling, int nodata) {
  const Folder folder;
  auto* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
  const int cols = (image.cols + 1) / 2 * 2;
  const int rows = (image.rows + 1) / 2 * 2;
  GDALDataset* dataset = driver->Create((folder / "a.tif").c_str(), cols, rows, 1, GDT_Byte, nullptr);
  GDALRasterBand& band = *dataset->GetRasterBand(1);
  band.SetNoDataValue(nodata);
  band.Fill(nodata);
  Pixels pixels = image.pixels;
  EXPECT_EQ(band.RasterIO(GF_Write, 0, 0, image.cols, image.rows, pixels.data(), image.cols, image.rows,
                          GDT_Byte, 0, 0, nullptr),
            CE_None);
  const std::array factors = {2};
  EXPECT_EQ(dataset->BuildOverviews(resampling, 1, factors.data(), 0, nullptr, nullptr, nullptr), CE_None);
  Image half = read(*band.GetOverview(0));
  GDALClose(dataset);
  return half;
}

/// Patches of few values, of which one is that of no data.
Image patchwork(int cols, int rows, unsigned seed) {
  std::mt19937 random(seed);
  Image image{cols, rows, Pixels(static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows))};
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      const bool hole = col / 200 == 2 && row / 300 == 1;
      const auto value =
          static_cast<std::uint8_t>(random() % 5 == 0 ? random() % 4 : (col / 7 + row / 5) % 4);
      image.pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) +
                   static_cast<std::size_t>(col)] = hole ? std::uint8_t{0} : value;
    }
  }
  return image;
}

Pixels cut(const Image& image, const Window& window) {
  Pixels pixels;
  for (std::int64_t row = window.row; row < window.bottom(); ++row) {
    const auto from = image.pixels.begin() + row * image.cols + window.col;
    pixels.insert(pixels.end(), from, from + window.cols);
  }
  return pixels;
}

/// Writes windows of `cols` x `rows` px, the last ones first, or leaves those out that have no data.
void write(const RasterSpec& spec, const std::vector<Image>& bands, std::int64_t cols, std::int64_t rows,
           bool leave_out = false) {
  const auto sink = make_gdal_geo_io()->create_raster(spec);
  for (std::int64_t row = (spec.rows - 1) / rows * rows; row >= 0; row -= rows) {
    for (std::int64_t col = 0; col < spec.cols; col += cols) {
      const Window window = intersect({col, row, cols, rows}, {0, 0, spec.cols, spec.rows});
      for (std::size_t band = 0; band < bands.size(); ++band) {
        const Pixels pixels = cut(bands[band], window);
        if (leave_out && std::ranges::count(pixels, 0) == window.pixels()) continue;
        sink->write(window, static_cast<int>(band), pixels);
      }
    }
  }
  sink->finish({});
  sink->commit();
}

void expect_pyramid(const std::string& path, const std::vector<Image>& bands, const char* resampling,
                    int nodata, int levels) {
  GDALDataset* dataset = GDALDataset::Open(path.c_str());
  ASSERT_NE(dataset, nullptr);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    GDALRasterBand& band = *dataset->GetRasterBand(static_cast<int>(i) + 1);
    Image expected = bands[i];
    EXPECT_EQ(read(band).pixels, expected.pixels);
    ASSERT_EQ(band.GetOverviewCount(), levels);
    for (int level = 0; level < levels; ++level) {
      expected = halved_by_gdal(expected, resampling, nodata);
      const Image made = read(*band.GetOverview(level));
      ASSERT_EQ(made.cols, expected.cols);
      ASSERT_EQ(made.rows, expected.rows);
      const auto differences =
          std::ranges::count_if(std::views::iota(std::size_t{0}, made.pixels.size()),
                                [&](std::size_t at) { return made.pixels[at] != expected.pixels[at]; });
      EXPECT_EQ(differences, 0) << "band " << i << " level " << level;
    }
  }
  GDALClose(dataset);
}

RasterSpec spec_of(const std::string& path, const std::vector<Image>& bands) {
  RasterSpec spec;
  spec.path = path;
  spec.cols = bands.front().cols;
  spec.rows = bands.front().rows;
  spec.band_descriptions.assign(bands.size(), "band");
  spec.overwrite = true;
  spec.style_file = false;
  spec.nodata = 0;
  return spec;
}

RasterSpec map_spec_of(const std::string& path, const std::vector<Image>& map) {
  RasterSpec spec = spec_of(path, map);
  spec.legend = test::two_classes();
  return spec;
}

TEST(Overviews, OfClassesAreGdalsModeForWindowsOfAnyShape) {
  const std::vector<Image> map = {patchwork(2048, 1536, 1)};
  const Folder folder;
  RasterSpec spec = map_spec_of(folder / "map.tif", map);
  spec.writing_threads = 3;
  for (const Window& size : {Window{0, 0, 512, 512}, {0, 0, 2048, 100}, {0, 0, 700, 333}}) {
    write(spec, map, size.cols, size.rows);
    expect_pyramid(spec.path, map, "MODE", 0, 3);
  }
  write(spec, map, 100, 50, true);
  expect_pyramid(spec.path, map, "MODE", 0, 3);
}

TEST(Overviews, OfOddSizesKeepEveryPixelUnderItsOwn) {
  const std::vector<Image> map = {patchwork(1537, 1031, 2)};
  const Folder folder;
  RasterSpec spec = map_spec_of(folder / "map.tif", map);
  write(spec, map, 512, 512);
  expect_pyramid(spec.path, map, "MODE", 0, 2);
}

TEST(Overviews, OfPercentagesAreMeansWhateverTheFilesLayout) {
  const std::vector<Image> bands = {patchwork(1024, 1024, 3), patchwork(1024, 1024, 4)};
  const Folder folder;
  RasterSpec spec = spec_of(folder / "percent.tif", bands);
  using Options = std::vector<std::pair<std::string, std::string>>;
  for (const Options& options :
       {Options{}, Options{{"INTERLEAVE", "PIXEL"}}, Options{{"BLOCKXSIZE", "256"}, {"BLOCKYSIZE", "128"}},
        Options{{"TILED", "NO"}}}) {
    spec.creation_options = options;
    write(spec, bands, 512, 512);
    expect_pyramid(spec.path, bands, "AVERAGE", 0, 2);
  }
}

TEST(Overviews, OfACogAreTheSameUnlessTheUserAsksForOthers) {
  const std::vector<Image> map = {patchwork(2048, 1536, 5)};
  const Folder folder;
  RasterSpec spec = map_spec_of(folder / "map.tif", map);
  spec.format = "COG";
  write(spec, map, 512, 512);
  expect_pyramid(spec.path, map, "MODE", 0, 3);
  spec.creation_options = {{"OVERVIEW_RESAMPLING", "NEAREST"}};
  write(spec, map, 512, 512);
  GDALDataset* dataset = GDALDataset::Open(spec.path.c_str());
  ASSERT_NE(dataset, nullptr);
  ASSERT_GT(dataset->GetRasterBand(1)->GetOverviewCount(), 0);
  EXPECT_EQ(read(*dataset->GetRasterBand(1)->GetOverview(0)).pixels,
            halved_by_gdal(map.front(), "NEAREST", 0).pixels);
  GDALClose(dataset);
}

}  // namespace
}  // namespace orthocover
