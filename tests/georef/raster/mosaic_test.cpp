#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "georef/gdal_geo_io.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using test::Made;
using test::make_raster;

TEST(Mosaic, NamesTheFilesInsideAMosaicAndBesideAScene) {
  const Folder folder;
  Made made;
  made.mask = [](int col, int) { return col > 5; };
  make_raster(folder / "scene.tif", made);
  std::ofstream(folder / "scene.vrt")
      << R"(<VRTDataset rasterXSize="64" rasterYSize="48"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>)"
      << R"(<SourceFilename relativeToVRT="1">scene.tif</SourceFilename><SourceBand>1</SourceBand>)"
      << "</SimpleSource></VRTRasterBand></VRTDataset>";
  const std::vector<std::string> mosaic = make_gdal_geo_io()->open_raster(folder / "scene.vrt", {})->files();
  EXPECT_EQ(std::ranges::count(mosaic, folder / "scene.vrt"), 1);
  EXPECT_EQ(std::ranges::count(mosaic, folder / "scene.tif"), 1);
  std::ofstream(folder / "plain.tfw") << "0.1\n0\n0\n-0.1\n500000\n5000000\n";
  Made plain;
  plain.crs = "";
  plain.geotransform.reset();
  make_raster(folder / "plain.tif", plain);
  const std::vector<std::string> scene = make_gdal_geo_io()->open_raster(folder / "plain.tif", {})->files();
  EXPECT_EQ(scene.front(), folder / "plain.tif");
  EXPECT_EQ(std::ranges::count(scene, folder / "plain.tfw"), 1) << "it places the scene";
}

TEST(Mosaic, TakesNoThumbnailForAReducedCopy) {
  const Folder folder;
  Made made;
  made.cols = 400;
  made.rows = 200;
  make_raster(folder / "a.tif", made);
  const auto copies = [&] {
    return make_gdal_geo_io()->open_raster(folder / "a.vrt", {})->info().overviews.size();
  };
  const auto write = [&](const char* size) {
    std::ofstream bands(folder / "a.vrt");
    bands << R"(<VRTDataset rasterXSize="400" rasterYSize="200">)";
    for (int band = 1; band <= 3; ++band)
      bands << fmt::format(
          R"(<VRTRasterBand dataType="Byte" band="{0}"><SimpleSource><SourceFilename relativeToVRT="1">a.tif)"
          R"(</SourceFilename><SourceBand>{0}</SourceBand></SimpleSource><Overview><SourceFilename )"
          R"(relativeToVRT="1">{1}</SourceFilename><SourceBand>{0}</SourceBand></Overview></VRTRasterBand>)",
          band, size);
    bands << "</VRTDataset>";
  };
  made.cols = 101;
  made.rows = 50;
  make_raster(folder / "quarter.tif", made);
  write("quarter.tif");
  EXPECT_EQ(copies(), 1U) << "rounded up";
  made.cols = 80;
  made.rows = 60;
  make_raster(folder / "thumbnail.tif", made);
  write("thumbnail.tif");
  EXPECT_EQ(copies(), 0U) << "of another shape";
}

TEST(Mosaic, TellsHowMuchOfAMosaicIsCoveredByNothing) {
  const Folder folder;
  make_raster(folder / "part.tif");
  const auto uncovered = [&](const char* more) {
    std::ofstream(folder / "all.vrt")
        << R"(<VRTDataset rasterXSize="128" rasterYSize="48"><VRTRasterBand dataType="Byte" band="1">)"
        << more << R"(<SimpleSource><SourceFilename relativeToVRT="1">part.tif</SourceFilename>)"
        << R"(<SourceBand>1</SourceBand><DstRect xOff="0" yOff="0" xSize="64" ySize="48"/></SimpleSource>)"
        << "</VRTRasterBand></VRTDataset>";
    return make_gdal_geo_io()->open_raster(folder / "all.vrt", {})->info().uncovered;
  };
  EXPECT_NEAR(uncovered(""), 0.5, 1e-6);
  EXPECT_EQ(uncovered("<NoDataValue>0</NoDataValue>"), 0);
  EXPECT_EQ(make_gdal_geo_io()->open_raster(folder / "part.tif", {})->info().uncovered, 0);
  std::string parts;
  for (int i = 0; i < 64 * 48; ++i)
    parts += fmt::format(R"(<SimpleSource><SourceFilename relativeToVRT="1">part.tif</SourceFilename>)"
                         R"(<SourceBand>1</SourceBand><DstRect xOff="{}" yOff="{}" xSize="2" ySize="1"/>)"
                         "</SimpleSource>",
                         i % 64 * 2, i / 64);
  EXPECT_EQ(uncovered(parts.c_str()), 0) << "of many parts GDAL tells -1 %";
  parts.replace(parts.rfind("xSize=\"2"), 8, "xSize=\"1.7");
  EXPECT_NEAR(uncovered(parts.c_str()), 0.3 / 128 / 48, 1e-9);
}

}  // namespace
}  // namespace orthocover
