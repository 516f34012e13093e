#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include "core/base/error.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;

/// A map of 64 x 48 px of 10 cm: left no data, a square of roof in grass.
void make_map(const std::string& path) {
  test::Made made;
  made.bands = 1;
  made.nodata = 0;
  made.value = [](int, int col, int row) {
    return col < 8 ? 0 : col >= 20 && col < 30 && row >= 10 && row < 20 ? 3 : 1;
  };
  test::make_raster(path, made);
}

VectorSpec spec_of(const std::string& path) {
  VectorSpec spec;
  spec.path = path;
  spec.classes = {{1, "grass", Color{0, 200, 0}}, {3, "roof", Color{200, 0, 0}}};
  return spec;
}

TEST(MapPolygons, CarryClassNameAndAreaInEveryFormat) {
  for (const char* name : {"v.gpkg", "v.shp", "v.fgb", "v.geojson"}) {
    const Folder folder;
    make_map(folder / "map.tif");
    RunContext context;
    make_gdal_geo_io()->polygonize(folder / "map.tif", spec_of(folder / name), context)->commit();
    GDALDataset* dataset = static_cast<GDALDataset*>(
        GDALOpenEx((folder / name).c_str(), GDAL_OF_VECTOR, nullptr, nullptr, nullptr));
    ASSERT_NE(dataset, nullptr) << name;
    OGRLayer& layer = *dataset->GetLayerByName("v");
    EXPECT_EQ(layer.GetFeatureCount(), 2) << name;
    double roof = 0;
    for (const auto& feature : layer) {
      if (feature->GetFieldAsInteger("class") != 3) continue;
      EXPECT_STREQ(feature->GetFieldAsString("name"), "roof");
      roof = feature->GetFieldAsDouble("area_m2");
    }
    EXPECT_NEAR(roof, 1.0, 0.002) << name;
    GDALClose(dataset);
    for (const std::string& left : folder.names()) EXPECT_FALSE(left.starts_with(".")) << left;
  }
}

TEST(MapPolygons, LeaveNothingWithoutCommitAndRefuseUnknownFormats) {
  const Folder folder;
  make_map(folder / "map.tif");
  RunContext context;
  make_gdal_geo_io()->polygonize(folder / "map.tif", spec_of(folder / "v.gpkg"), context);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"map.tif"});
  try {
    make_gdal_geo_io()->polygonize(folder / "map.tif", spec_of(folder / "v.dxf"), context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Usage);
    EXPECT_NE(std::string(error.what()).find(".gpkg"), std::string::npos);
  }
}

}  // namespace
}  // namespace orthocover
