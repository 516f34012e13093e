#include <cpl_conv.h>
#include <cpl_error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/driver_options.h"
#include "georef/gdal/gdal_error.h"
#include "georef/gdal_geo_io.h"
#include "georef/raster/raster_source.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using test::Made;
using test::make_raster;

std::string refusal(const std::string& path, const std::vector<int>& bands = {},
                    ErrorKind kind = ErrorKind::Data) {
  try {
    const auto source = make_gdal_geo_io()->open_raster(path, bands);
    PixelBlock block;
    source->read(source->info().window(), -1, block);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  ADD_FAILURE() << path << " was not refused";
  return {};
}

std::vector<std::uint8_t> validity(const std::string& path, const std::vector<int>& bands = {}) {
  const auto source = make_gdal_geo_io()->open_raster(path, bands);
  PixelBlock block;
  source->read(source->info().window(), -1, block);
  std::vector<std::uint8_t> alone;
  source->read_validity(source->info().window(), alone);
  EXPECT_EQ(alone, block.valid) << "both ways to the validity agree";
  for (const float value : block.values) EXPECT_TRUE(std::isfinite(value));
  if (source->info().bands[0].data_type == "Byte") {
    ByteBlock bytes;
    source->read_bytes(source->info().window(), -1, bytes);
    EXPECT_EQ(bytes.valid, block.valid);
    EXPECT_TRUE(std::ranges::equal(bytes.values, block.values)) << "bytes are the same numbers";
  }
  return block.valid;
}

TEST(RasterSource, ReadsSelectedBandsOfAWindowInTheirOrder) {
  const Folder folder;
  make_raster(folder / "a.tif");
  const auto source = make_gdal_geo_io()->open_raster(folder / "a.tif", {3, 1});
  PixelBlock block;
  source->read({10, 20, 5, 4}, -1, block);
  ASSERT_EQ(block.bands, 2);
  EXPECT_EQ(block.band(0)[0], Made{}.value(2, 10, 20));
  EXPECT_EQ(block.band(1)[3 * 5 + 4], Made{}.value(0, 14, 23));
  EXPECT_EQ(source->info().file_bands, 3);
}

TEST(RasterSource, TakesAnyRealDataType) {
  for (const char* type : {"Byte", "UInt16", "Int16", "UInt32", "Int32", "Float32", "Float64"}) {
    const Folder folder;
    Made made;
    made.type = type;
    make_raster(folder / "a.tif", made);
    const auto source = make_gdal_geo_io()->open_raster(folder / "a.tif", {});
    PixelBlock block;
    source->read({3, 4, 1, 1}, -1, block);
    EXPECT_EQ(block.values[1], made.value(1, 3, 4)) << type;
    EXPECT_EQ(source->info().bands[0].data_type, type);
  }
}

TEST(RasterSource, APixelIsInvalidWhereAlphaIsZero) {
  const Folder folder;
  Made made;
  made.bands = 4;
  made.alpha_last = true;
  made.value = [](int band, int col, int row) {
    return band == 3 ? (col < 10 ? 0 : row < 5 ? 1 : 255) : 100;
  };
  make_raster(folder / "a.tif", made);
  const auto valid = validity(folder / "a.tif");
  EXPECT_EQ(valid[9], 0);
  EXPECT_EQ(valid[10], 1) << "thin alpha still counts as data";
  EXPECT_EQ(make_gdal_geo_io()->open_raster(folder / "a.tif", {})->info().bands.size(), 3U);
  EXPECT_EQ(validity(folder / "a.tif", {2})[9], 0) << "alpha counts for a selection too";
  EXPECT_EQ(validity(folder / "a.tif", {1, 4})[9], 1) << "GDAL takes a fourth band for alpha, infrared too";
  const auto chosen = make_gdal_geo_io()->open_raster(folder / "a.tif", {1, 4});
  EXPECT_FALSE(chosen->info().has_alpha);
  EXPECT_EQ(chosen->info().bands[1].color, "Undefined");
}

TEST(RasterSource, APixelIsInvalidWhereTheMaskIsZero) {
  const Folder folder;
  Made made;
  made.mask = [](int col, int row) { return col > row; };
  make_raster(folder / "a.tif", made);
  const auto valid = validity(folder / "a.tif");
  EXPECT_EQ(valid[0], 0);
  EXPECT_EQ(valid[1], 1);
  EXPECT_TRUE(make_gdal_geo_io()->open_raster(folder / "a.tif", {})->info().has_mask);
}

TEST(RasterSource, APixelIsInvalidOnlyWhereAllSelectedBandsAreNodata) {
  const Folder folder;
  Made made;
  made.nodata = 0;
  made.value = [](int band, int col, int) { return col < 4 ? 0 : col < 8 && band < 2 ? 0 : 9; };
  make_raster(folder / "a.tif", made);
  EXPECT_EQ(validity(folder / "a.tif")[3], 0);
  EXPECT_EQ(validity(folder / "a.tif")[4], 1) << "dark pixels are data while one band is not nodata";
  EXPECT_EQ(validity(folder / "a.tif", {1, 2})[4], 0) << "of the selected bands all are";
}

TEST(RasterSource, NotANumberIsNoData) {
  const Folder folder;
  Made made;
  made.type = "Float32";
  made.value = [](int band, int col, int) {
    return col == 0 || (col == 1 && band == 0) ? std::nan("") : 0.5;
  };
  make_raster(folder / "a.tif", made);
  const auto valid = validity(folder / "a.tif");
  EXPECT_EQ(valid[0], 0);
  EXPECT_EQ(valid[1], 1);
}

/// A band of floats, 100 to 147, without a value in two columns.
Made heights(double none) {
  Made made;
  made.bands = 1;
  made.type = "Float32";
  made.value = [none](int, int col, int row) { return col == 1 || col == 2 ? none : 100 + row; };
  return made;
}

TEST(RasterSource, ABandsMiddleValueStandsWhereOnlyOtherBandsHaveSome) {
  const Folder folder;
  make_raster(folder / "rgb.tif");
  make_raster(folder / "not_a_number.tif", heights(std::nan("")));
  Made marked = heights(-9999);
  marked.nodata = -9999;
  make_raster(folder / "marked.tif", marked);
  for (const std::string name : {"not_a_number", "marked"}) {
    const std::string vrt = folder / (name + ".vrt");
    std::ofstream file(vrt);
    file << R"(<VRTDataset rasterXSize="64" rasterYSize="48">)";
    const auto band = [&](int number, const std::string& type, const std::string& from,
                          const std::string& more) {
      file << fmt::format(
          R"(<VRTRasterBand dataType="{}" band="{}">{}<SimpleSource><SourceFilename relativeToVRT="1">{}.tif)"
          "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>",
          type, number, more, from);
    };
    band(1, "Byte", "rgb", "");
    band(2, "Float32", name, name == "marked" ? "<NoDataValue>-9999</NoDataValue>" : "");
    file << "</VRTDataset>";
    file.close();
    const auto source = make_gdal_geo_io()->open_raster(vrt, {});
    PixelBlock block;
    source->read(source->info().window(), -1, block);
    EXPECT_EQ(std::ranges::count(block.valid, 1), 64 * 48) << name;
    EXPECT_EQ(block.band(1)[0], 100) << name;
    EXPECT_NEAR(block.band(1)[1], 124, 1) << name;
    EXPECT_EQ(block.band(1)[64 + 3], 101) << name;
    PixelBlock part;
    source->read({1, 40, 1, 1}, -1, part);
    EXPECT_EQ(part.values[1], block.band(1)[1]) << "whatever is read";
  }
}

TEST(RasterSource, ANodataValueAmongTheOthersIsADarkPixelOfItsBand) {
  const Folder folder;
  Made made;
  made.type = "UInt16";
  made.nodata = 0;
  made.value = [](int band, int col, int row) {
    return col < 4 || (col < 8 && band == 0) ? 0 : 50 + row * 9;
  };
  make_raster(folder / "a.tif", made);
  const auto source = make_gdal_geo_io()->open_raster(folder / "a.tif", {});
  PixelBlock block;
  source->read(source->info().window(), -1, block);
  EXPECT_EQ(block.valid[3], 0);
  EXPECT_EQ(block.valid[4], 1);
  EXPECT_EQ(block.band(0)[4], 0);
}

TEST(RasterSource, ReadsOverviewsWithTheirMask) {
  const Folder folder;
  Made made;
  made.cols = 256;
  made.rows = 256;
  made.overviews = {2, 4};
  made.mask = [](int col, int) { return col >= 128; };
  make_raster(folder / "a.tif", made);
  const auto source = make_gdal_geo_io()->open_raster(folder / "a.tif", {});
  ASSERT_EQ(source->info().overviews.size(), 2U);
  PixelBlock block;
  source->read({0, 0, 64, 64}, 1, block);
  EXPECT_EQ(block.valid[31], 0);
  EXPECT_EQ(block.valid[33], 1);
}

TEST(RasterSource, KnowsPlainFramesWithoutAnyPlace) {
  const Folder folder;
  Made made;
  made.crs = "";
  made.geotransform.reset();
  make_raster(folder / "frame.tif", made);
  const auto source = make_gdal_geo_io()->open_raster(folder / "frame.tif", {});
  EXPECT_FALSE(source->info().georeference.geotransform);
  EXPECT_TRUE(source->info().georeference.crs_wkt.empty());
}

TEST(RasterSource, CountsThePagesOfATiff) {
  const Folder folder;
  make_raster(folder / "pages.tif");
  const auto pages = [&] { return make_gdal_geo_io()->open_raster(folder / "pages.tif", {})->info().pages; };
  EXPECT_EQ(pages(), 1);
  {
    const DatasetPtr first = open_raster_dataset(folder / "pages.tif");
    CPLStringList options;
    options.SetNameValue("APPEND_SUBDATASET", "YES");
    const DatasetPtr second(driver_named("GTiff").CreateCopy((folder / "pages.tif").c_str(), first.get(), 0,
                                                             options.List(), nullptr, nullptr));
  }
  EXPECT_EQ(pages(), 2);
}

TEST(RasterSource, GivesEveryThreadTheRightPixels) {
  const Folder folder;
  Made made;
  made.cols = 512;
  made.rows = 512;
  made.options = {"TILED=YES", "COMPRESS=DEFLATE", "BLOCKXSIZE=64", "BLOCKYSIZE=64"};
  make_raster(folder / "a.tif", made);
  const auto source = make_gdal_geo_io()->open_raster(folder / "a.tif", {});
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        PixelBlock block;
        for (int i = 0; i < 60; ++i) {
          const std::int64_t at = (t * 37 + i * 11) % 480;
          source->read({at, 480 - at, 32, 32}, -1, block);
          if (block.band(1)[5] != made.value(1, static_cast<int>(at) + 5, static_cast<int>(480 - at)))
            ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(RasterSource, RefusesWhatItCantUseInOneLine) {
  const Folder folder;
  EXPECT_NE(refusal(folder / "none.tif").find("none.tif"), std::string::npos);
  std::ofstream(folder / "text.tif") << "no raster at all";
  refusal(folder / "text.tif");
  Made complex;
  complex.type = "CFloat32";
  make_raster(folder / "complex.tif", complex);
  EXPECT_NE(refusal(folder / "complex.tif").find("complex"), std::string::npos);
  Made palette;
  palette.bands = 1;
  palette.palette = true;
  make_raster(folder / "palette.tif", palette);
  EXPECT_NE(refusal(folder / "palette.tif").find("-expand rgb"), std::string::npos);
  Made flat;
  flat.geotransform = {500000, 0.1, 0.1, 5000000, 0.1, 0.1};
  make_raster(folder / "flat.tif", flat);
  EXPECT_NE(refusal(folder / "flat.tif").find("its geotransform is degenerate"), std::string::npos);
  make_raster(folder / "a.tif");
  EXPECT_NE(refusal(folder / "a.tif", {4}, ErrorKind::Usage).find("1..3"), std::string::npos);
  EXPECT_NE(refusal(folder / "a.tif", {0}, ErrorKind::Usage).find("no band 0"), std::string::npos);
}

TEST(Crs, OfTwoPartsKeepsTheCodesOfBoth) {
  OGRSpatialReference crs;
  ASSERT_EQ(crs.importFromEPSG(5972), OGRERR_NONE);
  const OGRSpatialReference again = crs_from_wkt(wkt_of(&crs));
  EXPECT_STREQ(again.GetAuthorityCode("PROJCS"), "25832");
  EXPECT_STREQ(again.GetAuthorityCode("VERT_CS"), "5941");
}

TEST(RasterSource, ReportsATruncatedFileAndADamagedBlock) {
  const Folder folder;
  Made made;
  made.cols = made.rows = 512;
  made.options = {"TILED=YES", "COMPRESS=DEFLATE"};
  make_raster(folder / "cut.tif", made);
  std::filesystem::resize_file(folder / "cut.tif", std::filesystem::file_size(folder / "cut.tif") / 2);
  refusal(folder / "cut.tif");
  make_raster(folder / "bad.tif", made);
  std::fstream file(folder / "bad.tif", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(folder / "bad.tif") / 2));
  file << std::string(2000, '\xAB');
  file.close();
  EXPECT_NE(refusal(folder / "bad.tif").find("damaged"), std::string::npos);
}

TEST(RasterSource, RefusesAnEnviFileThatIsCutOff) {
  const Folder folder;
  const std::string path = folder / "scene.dat";
  make_raster(path, {}, "ENVI");
  EXPECT_THAT(validity(path), testing::Each(1));
  const auto bytes = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, bytes - 1);
  EXPECT_EQ(refusal(path),
            fmt::format("{}: is cut off, it has {} of {} bytes; copy it again", path, bytes - 1, bytes));
  EXPECT_THROW(make_gdal_geo_io()->open_map(path), Error) << "labels and maps likewise";
}

TEST(RasterSource, TellsWhenNoFurtherFileCanBeOpened) {
  const Folder folder;
  make_raster(folder / "a.tif");
  const GdalRasterSource source(folder / "a.tif", {}, std::make_shared<HandleCache>(0));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  ErrorKind kind = ErrorKind::Internal;
  try {
    PixelBlock block;
    source.read({0, 0, 8, 8}, -1, block);
  } catch (...) {
    kind = caught_error().kind();
  }
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(kind, ErrorKind::Resource);
}

TEST(GeoIo, KeepsMoreSourcesOpenThanThreadsRead) {
  make_gdal_geo_io()->set_option("GDAL_MAX_DATASET_POOL_SIZE", "2");
  EXPECT_STREQ(CPLGetConfigOption("GDAL_MAX_DATASET_POOL_SIZE", ""), "100");
}

TEST(GdalErrors, FatalOnesEndTheProgramWithOneLine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto fail = [] { CPLError(CE_Fatal, CPLE_OutOfMemory, "no 16 bytes"); };
  const auto collected = [&] {
    const GdalErrors errors;
    fail();
  };
  const auto uncollected = [&] {
    end_well_on_fatal_errors();
    fail();
  };
  const char* line = "^orthocover: GDAL: no 16 bytes; give less with --memory, --batch-size or --jobs\n$";
  EXPECT_EXIT(collected(), testing::ExitedWithCode(5), line);
  EXPECT_EXIT(uncollected(), testing::ExitedWithCode(5), line);
}

TEST(RasterSource, RefusesPixelsOfDamagedJpegs) {
  const Folder folder;
  Made made;
  made.options = {"COMPRESS=JPEG", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"};
  made.cols = made.rows = 512;
  made.value = [](int band, int col, int row) { return (col * 37 + row * 91 + band * 13 + col * row) % 256; };
  const std::string tiff = folder / "tiles.tif", frame = folder / "frame.jpg";
  make_raster(tiff, made);
  const DatasetPtr whole = open_raster_dataset(tiff);
  GDALClose(driver_named("JPEG").CreateCopy(frame.c_str(), whole.get(), FALSE, nullptr, nullptr, nullptr));
  std::fstream file(tiff, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(tiff) / 2));
  file << std::string(3000, '\0');
  file.close();
  std::filesystem::resize_file(frame, std::filesystem::file_size(frame) / 2);
  for (const std::string& path : {tiff, frame}) EXPECT_NE(refusal(path).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace orthocover
