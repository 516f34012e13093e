#include <gdal_priv.h>
#include <gdal_rat.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;

RasterSpec map_spec(const std::string& path) {
  RasterSpec spec;
  spec.path = path;
  spec.cols = 700;
  spec.rows = 600;
  spec.georeference.geotransform = {{500000, 0.1, 0.01, 5000000, 0.01, -0.1}};
  OGRSpatialReference crs;
  crs.importFromEPSG(32633);
  char* wkt = nullptr;
  crs.exportToWkt(&wkt);
  spec.georeference.crs_wkt = wkt;
  CPLFree(wkt);
  spec.area_m2 = [](std::uint8_t value) { return value * 1000.0; };
  spec.band_descriptions = {"land cover"};
  spec.legend = test::two_classes();
  spec.metadata = {{"ORTHOCOVER_MODEL", "m"}};
  return spec;
}

std::uint8_t value_at(std::int64_t col, std::int64_t row) {
  return col < 300 ? 0 : (col + row) % 2 ? 1 : 3;
}

ValueCounts write_map(RasterSink& sink, const RasterSpec& spec) {
  ValueCounts counts{};
  for (std::int64_t row = 0; row < spec.rows; row += RasterSink::kBlockPx) {
    for (std::int64_t col = 0; col < spec.cols; col += RasterSink::kBlockPx) {
      const Window window =
          intersect({col, row, RasterSink::kBlockPx, RasterSink::kBlockPx}, {0, 0, spec.cols, spec.rows});
      std::vector<std::uint8_t> pixels;
      for (std::int64_t y = window.row; y < window.bottom(); ++y) {
        for (std::int64_t x = window.col; x < window.right(); ++x) pixels.push_back(value_at(x, y));
      }
      for (const std::uint8_t value : pixels) ++counts[value];
      sink.write(window, 0, pixels);
    }
  }
  return counts;
}

void expect_map(const std::string& path, const RasterSpec& spec) {
  GDALDataset* dataset = GDALDataset::Open(path.c_str());
  ASSERT_NE(dataset, nullptr);
  EXPECT_EQ(dataset->GetRasterXSize(), spec.cols);
  std::array<double, 6> transform{};
  dataset->GetGeoTransform(transform.data());
  EXPECT_EQ(transform, *spec.georeference.geotransform);
  ASSERT_NE(dataset->GetSpatialRef(), nullptr);
  EXPECT_STREQ(dataset->GetSpatialRef()->GetAuthorityCode(nullptr), "32633");
  GDALRasterBand& band = *dataset->GetRasterBand(1);
  EXPECT_EQ(band.GetNoDataValue(), 0);
  EXPECT_STREQ(band.GetDescription(), "land cover");
  EXPECT_EQ(band.GetColorTable()->GetColorEntry(3)->c1, 200);
  EXPECT_STREQ(band.GetCategoryNames()[3], "roof");
  EXPECT_GE(band.GetOverviewCount(), 1);
  EXPECT_STREQ(dataset->GetMetadataItem("ORTHOCOVER_MODEL"), "m");
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(spec.cols * spec.rows));
  EXPECT_EQ(band.RasterIO(GF_Read, 0, 0, 700, 600, pixels.data(), 700, 600, GDT_Byte, 0, 0, nullptr),
            CE_None);
  for (std::int64_t at : {0L, 299L, 300L, 301L, 700L * 599 + 699}) {
    EXPECT_EQ(pixels[static_cast<std::size_t>(at)], value_at(at % 700, at / 700)) << at;
  }
  const GDALRasterAttributeTable* table = band.GetDefaultRAT();
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->GetRowCount(), 2);
  EXPECT_EQ(table->GetValueAsDouble(0, 1), 400 * 600 / 2);
  EXPECT_NEAR(table->GetValueAsDouble(0, 6), 1000, 1e-6);
  GDALClose(dataset);
}

TEST(RasterSink, WritesATiledStyledMapThatReadsBackEqual) {
  for (const char* format : {"GTiff", "COG"}) {
    const Folder folder;
    RasterSpec spec = map_spec(folder / "map.tif");
    spec.format = format;
    auto sink = make_gdal_geo_io()->create_raster(spec);
    sink->finish(write_map(*sink, spec));
    EXPECT_FALSE(std::filesystem::exists(spec.path)) << "nothing shows before the commit";
    sink->commit();
    sink.reset();
    expect_map(spec.path, spec);
    EXPECT_TRUE(std::filesystem::exists(folder / "map.qml"));
    for (const std::string& name : folder.names()) EXPECT_FALSE(name.starts_with(".")) << name;
  }
}

TEST(RasterSink, FindsItsClassesWhateverTheUserKeepsGdalFrom) {
  const Folder folder;
  for (const auto& [name, value] :
       {std::pair("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"), {"GDAL_GEOREF_SOURCES", "INTERNAL"}}) {
    for (const char* format : {"GTiff", "COG"}) {
      CPLSetConfigOption(name, value);
      RasterSpec spec = map_spec(folder / (std::string(name) + format + ".tif"));
      spec.format = format;
      const auto sink = make_gdal_geo_io()->create_raster(spec);
      EXPECT_NO_THROW(sink->finish(write_map(*sink, spec))) << name << ' ' << format;
      CPLSetConfigOption(name, nullptr);
    }
  }
}

TEST(RasterSink, MakesOverviewsAsTheMapIsWhateverTheUserHasSetForOthers) {
  const Folder folder;
  const std::vector<std::pair<const char*, const char*>> wishes = {
      {"COMPRESS_OVERVIEW", "JPEG"}, {"PHOTOMETRIC_OVERVIEW", "YCBCR"}, {"TIFF_USE_OVR", "YES"}};
  for (const auto& [name, value] : wishes) CPLSetConfigOption(name, value);
  const RasterSpec spec = map_spec(folder / "map.tif");
  auto sink = make_gdal_geo_io()->create_raster(spec);
  sink->finish(write_map(*sink, spec));
  sink->commit();
  sink.reset();
  for (const auto& [name, value] : wishes) CPLSetConfigOption(name, nullptr);
  expect_map(spec.path, spec);
  const DatasetPtr map(GDALDataset::Open(spec.path.c_str()));
  GDALRasterBand& overview = *map->GetRasterBand(1)->GetOverview(0);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(overview.GetXSize()) * overview.GetYSize());
  ASSERT_EQ(overview.RasterIO(GF_Read, 0, 0, overview.GetXSize(), overview.GetYSize(), pixels.data(),
                              overview.GetXSize(), overview.GetYSize(), GDT_Byte, 0, 0, nullptr),
            CE_None);
  EXPECT_TRUE(std::ranges::all_of(pixels, [](int value) { return value == 0 || value == 1 || value == 3; }));
  const DatasetPtr second(GDALDataset::Open(("GTIFF_DIR:2:" + spec.path).c_str()));
  EXPECT_STREQ(second->GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE"), "DEFLATE");
}

TEST(RasterSink, RefusesAWorldFileThatWouldPlaceAMapWithoutAPlace) {
  const Folder folder;
  std::ofstream(folder / "map.tfw") << "1\n0\n0\n-1\n0\n0\n";
  RasterSpec spec = map_spec(folder / "map.tif");
  spec.georeference = {};
  EXPECT_THROW(make_gdal_geo_io()->create_raster(spec), Error);
}

TEST(RasterSink, LeavesTheStyleFileOutWhereAnotherFileNeedsItsName) {
  const Folder folder;
  RasterSpec spec = map_spec(folder / "map.tif");
  spec.style_file = false;
  auto sink = make_gdal_geo_io()->create_raster(spec);
  sink->finish(write_map(*sink, spec));
  sink->commit();
  sink.reset();
  expect_map(spec.path, spec);
  EXPECT_FALSE(std::filesystem::exists(folder / "map.qml"));
}

TEST(RasterSink, MakesACogWhoseHeaderSaysSo) {
  const Folder folder;
  RasterSpec spec = map_spec(folder / "map.tif");
  spec.format = "COG";
  {
    const auto sink = make_gdal_geo_io()->create_raster(spec);
    sink->finish(write_map(*sink, spec));
    sink->commit();
  }
  GDALDataset* dataset = GDALDataset::Open(spec.path.c_str());
  EXPECT_STREQ(dataset->GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE"), "COG");
  GDALClose(dataset);
}

TEST(RasterSink, LeavesNothingBehindWithoutCommit) {
  for (const char* format : {"GTiff", "COG"}) {
    const Folder folder;
    RasterSpec spec = map_spec(folder / "map.tif");
    spec.format = format;
    {
      const auto sink = make_gdal_geo_io()->create_raster(spec);
      sink->finish(write_map(*sink, spec));
    }
    EXPECT_TRUE(folder.names().empty()) << folder.names().front();
  }
}

TEST(RasterSink, KeepsWhatAnotherProgramMadeMeanwhile) {
  const Folder folder;
  const RasterSpec spec = map_spec(folder / "map.tif");
  const auto sink = make_gdal_geo_io()->create_raster(spec);
  sink->finish(write_map(*sink, spec));
  std::ofstream(folder / "map.tif") << "precious";
  EXPECT_THROW(sink->commit(), Error);
  EXPECT_EQ(std::filesystem::file_size(folder / "map.tif"), 8U);
  AtomicFile table(folder / "table.csv", false);
  table.write("areas");
  std::ofstream(folder / "table.csv") << "precious";
  EXPECT_THROW(table.commit(), Error);
  EXPECT_EQ(std::filesystem::file_size(folder / "table.csv"), 8U);
}

TEST(RasterSink, RefusesUnknownOptionsFormatsAndExistingFiles) {
  const Folder folder;
  const auto io = make_gdal_geo_io();
  const auto expect_refusal = [&](const RasterSpec& spec, ErrorKind kind, const std::string& part) {
    try {
      io->create_raster(spec);
      FAIL() << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  RasterSpec spec = map_spec(folder / "map.tif");
  spec.creation_options = {{"COMPRES", "LZW"}};
  expect_refusal(spec, ErrorKind::Usage, "did you mean 'COMPRESS'");
  spec.creation_options = {{"COMPRESS", "BEST"}};
  expect_refusal(spec, ErrorKind::Usage, "BEST");
  spec.creation_options = {{"TFW", "YES"}};
  expect_refusal(spec, ErrorKind::Usage, "--co TFW=YES: would write a further file beside the map (map.tfw)");
  spec.creation_options = {{"BLOCKXSIZE", "100"}};
  expect_refusal(spec, ErrorKind::Usage, "--co BLOCKXSIZE=100: ");
  spec.creation_options = {{"NBITS", "1"}};
  expect_refusal(spec, ErrorKind::Usage, "--co NBITS=1: would change the map's values");
  spec.creation_options = {{"DISCARD_LSB", "2"}};
  expect_refusal(spec, ErrorKind::Usage, "--co DISCARD_LSB=2: would change the map's values");
  spec.creation_options = {{"PIXELTYPE", "SignedByte"}};
  expect_refusal(spec, ErrorKind::Usage, "--co PIXELTYPE=SignedByte: would change the map's values");
  spec.format = "COG";
  spec.creation_options = {{"COMPRESS", "JPEG"}};
  expect_refusal(spec, ErrorKind::Usage, "--co COMPRESS=JPEG: JPEG ");
  spec.creation_options = {{"OVERVIEW_COMPRESS", "JPEG"}};
  expect_refusal(spec, ErrorKind::Usage, "--co OVERVIEW_COMPRESS=JPEG: ");
  spec.creation_options = {{"TILING_SCHEME", "GoogleMapsCompatible"}};
  expect_refusal(spec, ErrorKind::Usage, "would change the map's grid");
  constexpr double kEdge = 20037508.342789244;  // on the scheme's own grid it would add rows and columns
  constexpr double kPixel = kEdge / (1 << 28);
  spec.georeference.geotransform = {{-kEdge, kPixel, 0, kEdge, 0, -kPixel}};
  OGRSpatialReference web;
  web.importFromEPSG(3857);
  spec.georeference.crs_wkt = wkt_of(&web);
  expect_refusal(spec, ErrorKind::Usage, "would change the map's grid");
  for (const char* name : {"map.png", "map.kml", "map.JSON", "map.asc"})
    expect_refusal(map_spec(folder / name), ErrorKind::Usage, "name it .tif");
  expect_refusal(map_spec(folder / "maps"), ErrorKind::Usage, "end it with a slash where it is a folder");
  spec = map_spec(folder / "map.tif");
  spec.format = "PNG";
  expect_refusal(spec, ErrorKind::Usage, "GTiff or COG");
  std::ofstream(folder / "map.tif") << "precious";
  expect_refusal(map_spec(folder / "map.tif"), ErrorKind::Usage, "map.tif");
  expect_refusal(map_spec(folder / "no/such/map.tif"), ErrorKind::Resource, "no/such");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"map.tif"});
}

TEST(RasterSink, ReportsAFullDiskAndLeavesNothing) {
  const Folder folder;
  RasterSpec spec = map_spec(folder / "map.tif");
  spec.creation_options = {{"COMPRESS", "NONE"}};
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  ErrorKind kind = ErrorKind::Internal;
  try {
    const auto sink = make_gdal_geo_io()->create_raster(spec);
    sink->finish(write_map(*sink, spec));
    sink->commit();
  } catch (const Error& error) {
    kind = error.kind();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(kind, ErrorKind::Resource);
  EXPECT_TRUE(folder.names().empty()) << folder.names().front();
}

TEST(RasterSink, StopsWhileACogIsMadeAndLeavesNothing) {
  const Folder folder;
  RasterSpec spec = map_spec(folder / "map.tif");
  spec.format = "COG";
  spec.cols = spec.rows = 3000;
  spec.finishing_threads = 2;
  int asked = 0;
  int allowed = std::numeric_limits<int>::max();
  spec.is_cancelled = [&] { return ++asked > allowed; };
  const auto finish = [&] {
    const auto sink = make_gdal_geo_io()->create_raster(spec);
    sink->finish(write_map(*sink, spec));
  };
  finish();
  ASSERT_GT(asked, 10) << "a signal must not wait for long";
  const int all = asked;
  for (const int share : {0, 3}) {
    asked = 0;
    allowed = all * share / 4;
    try {
      finish();
      ADD_FAILURE() << "went on after " << allowed;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Cancelled) << error.what();
      EXPECT_LE(asked, allowed + 10);
    }
    EXPECT_TRUE(folder.names().empty()) << folder.names().front();
  }
}

}  // namespace
}  // namespace orthocover
