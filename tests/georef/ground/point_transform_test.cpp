#include "georef/ground/point_transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/operations/results/map_summary.h"
#include "georef/gdal/crs.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_layers.h"

namespace orthocover {
namespace {

std::string wkt(const char* text) {
  OGRSpatialReference crs;
  crs.SetFromUserInput(text);
  return wkt_of(&crs);
}

TEST(PointTransform, HasEastingAndLongitudeFirst) {
  const PointTransform to_degrees(wkt("EPSG:32633"), wkt("EPSG:4326"), 500000, 5000000);
  double x = 500000;
  double y = 5000000;
  to_degrees(&x, &y, sizeof(double), 1);
  EXPECT_NEAR(x, 15, 1e-9);
  EXPECT_NEAR(y, 45.1534772, 1e-7);
}

TEST(PointTransform, GivesAPointTheSamePlaceWhicheverPointsComeWithIt) {
  // From the British grid PROJ has several ways, each for a part of the land.
  const PointTransform transform(wkt("EPSG:27700"), wkt("EPSG:3857"), 450000, 200000);
  std::vector<double> many;
  for (int i = 0; i < 200; ++i) {
    many.push_back(100000 + i * 2500);
    many.push_back(50000 + i * 5000);
  }
  std::vector<double> together = many;
  transform(&together[0], &together[1], 2 * sizeof(double), many.size() / 2);
  for (std::size_t i = 0; i < many.size(); i += 2) {
    double x = many[i];
    double y = many[i + 1];
    transform(&x, &y, sizeof(double), 1);
    EXPECT_EQ(x, together[i]);
    EXPECT_EQ(y, together[i + 1]);
  }
}

TEST(PointTransform, MakesWhatHasNoPlaceInfinite) {
  const PointTransform transform(wkt("EPSG:4326"), wkt("EPSG:3857"), 10, 50);
  double x = 10;
  double y = 95;
  transform(&x, &y, sizeof(double), 1);
  EXPECT_FALSE(std::isfinite(x) && std::isfinite(y));
}

TEST(PointTransform, SaysWhenThereIsNoWay) {
  const std::string site =
      "LOCAL_CS[\"site\",LOCAL_DATUM[\"site\",0],UNIT[\"metre\",1],AXIS[\"x\",EAST],AXIS[\"y\",NORTH]]";
  EXPECT_TRUE(test::refusal([&] {
                PointTransform(site, wkt("EPSG:4326"), 0, 0);
              }).starts_with("there is no way from the CRS of the raster to that of the layer: "));
}

TEST(Area, IsWholeBeyond180DegreesInPartsAndAfterAShiftOfDatum) {
  const test::Folder folder;
  RunContext quiet;
  test::Made made;
  made.crs = "EPSG:4720";  // of Fiji
  made.geotransform = {179.9998, 1e-5, 0, -17, 0, -1e-5};
  test::make_raster(folder / "scene.tif", made);
  const RasterInfo scene = make_gdal_geo_io()->open_raster(folder / "scene.tif", {})->info();
  const auto inside = [&](const std::string& wkt) {
    const std::string file = folder / (std::to_string(wkt.size()) + ".gpkg");
    test::make_layer(file, "area", "EPSG:4326", {"class"}, {{wkt, {"1"}}});
    std::vector<std::uint8_t> pixels;
    make_gdal_geo_io()->open_area(file, scene, quiet)->read(scene.window(), pixels);
    return static_cast<double>(std::ranges::count(pixels, 1));
  };
  // Its longitudes are 0.00015 less.
  EXPECT_NEAR(inside(test::box_wkt(180, -17.0002, 180.0003, -17.0001)), 300, 10);
  EXPECT_NEAR(inside("MULTIPOLYGON(((179.99996 -17.0002,180 -17.0002,180 -17.0001,179.99996 "
                     "-17.0001,179.99996 -17.0002)),"
                     "((-180 -17.0002,-179.9997 -17.0002,-179.9997 -17.0001,-180 -17.0001,-180 -17.0002)))"),
              340, 10);
}

TEST(PolygonMap, GoesOnBeyond180Degrees) {
  const test::Folder folder;
  const auto box = [](double west, double east) { return test::box_wkt(west, -17, east, -16.9); };
  const std::string map = folder / "map.gpkg", zones = folder / "zones.gpkg";
  test::make_layer(map, "map", "EPSG:4326", {"class"},
                   {{box(179.9, 180), {"1"}}, {box(-180, -179.8), {"2"}}});
  test::make_layer(zones, "zones", "EPSG:4326", {"name"}, {{box(179.9, 180.1), {"both"}}});
  RunContext quiet;
  const auto zone =
      operations::summarise_map({map, zones, "", "", {}, {}}, *make_gdal_geo_io(), quiet).blocks[0];
  EXPECT_NEAR(zone.mapped_share(), 1, 1e-9);
  EXPECT_NEAR(zone.rows[0].area.ground / zone.rows[1].area.ground, 1, 1e-9);
}

}  // namespace
}  // namespace orthocover
