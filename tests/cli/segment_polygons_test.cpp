#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <cmath>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;

/// A feature as it is compared: class, mean confidence if there is one, and its outline.
using Feature = std::tuple<int, double, std::string>;

std::vector<Feature> features_of(const std::string& path) {
  const GDALDatasetUniquePtr file(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR));
  if (!file) throw std::runtime_error("can't open " + path);
  std::vector<Feature> features;
  for (const auto& feature : *file->GetLayer(0)) {
    const int confidence = feature->GetFieldIndex("confidence");
    features.emplace_back(feature->GetFieldAsInteger("class"),
                          confidence < 0 ? -1 : feature->GetFieldAsDouble(confidence),
                          feature->GetGeometryRef()->exportToWkt());
  }
  return features;
}

double area_of(const std::vector<Feature>& features) {
  double area = 0;
  for (const auto& [value, confidence, wkt] : features) {
    OGRGeometry* geometry = nullptr;
    OGRGeometryFactory::createFromWkt(wkt.c_str(), nullptr, &geometry);
    area += OGR_G_Area(OGRGeometry::ToHandle(geometry));
    OGRGeometryFactory::destroyGeometry(geometry);
  }
  return area;
}

void expect_success(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
}

/// A scene wider and higher than a block of the map.
void make_scene(const std::string& path, double left = 500000, int cols = 700) {
  Made made;
  made.cols = cols;
  made.rows = 600;
  made.geotransform = std::array<double, 6>{left, 0.1, 0, 5000000, 0, -0.1};
  const double first = (left - 500000) / 0.1;
  made.value = [first](int band, int col, int row) {
    return std::round(120 + 60 * std::sin((col + first) / 17.0) * std::cos(row / 23.0 + band));
  };
  made.mask = [](int col, int row) { return col + row > 40; };
  make_raster(path, made);
}

TEST(SegmentPolygons, AreThoseThatVectorizeMakesOfTheFinishedMap) {
  const Workshop shop;
  make_scene(shop / "scene.tif");
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, {"--simplify", "0.3", "--min-area", "1", "--smooth"}, {"--dissolve"}}) {
    std::vector<std::string> words = {
        shop / "scene.tif", shop / "map.tif", "--levels",       "1", "--overwrite", "--vector",
        shop / "with.gpkg", "--confidence",   shop / "sure.tif"};
    words.insert(words.end(), options.begin(), options.end());
    expect_success(shop.segment(words));
    words = {"vectorize",       "--overwrite",    "--confidence",
             shop / "sure.tif", shop / "map.tif", shop / "after.gpkg"};
    words.insert(words.end(), options.begin(), options.end());
    expect_success(shop.run(words));
    const std::vector<Feature> features = features_of(shop / "with.gpkg");
    EXPECT_FALSE(features.empty());
    EXPECT_EQ(features, features_of(shop / "after.gpkg"));
    for (const Feature& feature : features)
      EXPECT_TRUE(std::get<1>(feature) >= 50 && std::get<1>(feature) <= 100);
  }
}

TEST(SegmentPolygons, GoOnAcrossSheetsWhenMerged) {
  const Workshop shop;
  make_scene(shop / "left.tif", 500000, 300);
  make_scene(shop / "right.tif", 500030, 400);
  const Outcome outcome =
      run_child(ORTHOCOVER_PROGRAM, {"segment", "-m", shop / "model", "--levels", "1", "--vector", "gpkg",
                                     "--merge-across", shop / "all.gpkg", "--simplify", "0", "--progress",
                                     "json", shop / "left.tif", shop / "right.tif", shop / "maps"});
  expect_success(outcome);
  EXPECT_THAT(outcome.errors, HasSubstr(R"("fraction":1.0,"stage":"polygons")")) << "not before the layer";
  const auto all = features_of(shop / "all.gpkg");
  const auto left = features_of(shop / "maps/left.gpkg");
  const auto right = features_of(shop / "maps/right.gpkg");
  EXPECT_LT(all.size(), left.size() + right.size());
  EXPECT_NEAR(area_of(all), area_of(left) + area_of(right), 1e-6);
}

TEST(SegmentPolygons, OfPlainFramesCountInMetresWhereTheirPixelsAreKnown) {
  const Workshop shop;
  Made frame;
  frame.cols = frame.rows = 200;
  frame.crs.clear();
  frame.geotransform.reset();
  make_raster(shop / "frame.tif", frame);
  const auto polygons = [&](const std::string& m2) {
    expect_success(shop.segment({shop / "frame.tif", shop / "map.tif", "--vector", shop / "v.gpkg",
                                 "--overwrite", "--pixel-size", "0.1", "--min-area", m2}));
    return features_of(shop / "v.gpkg").size();
  };
  EXPECT_GT(polygons("1"), 1U);
  EXPECT_EQ(polygons("399"), 1U);
  // Whose style is inside it, so that the map has the one beside both.
  expect_success(shop.segment(
      {shop / "frame.tif", shop / "other.tif", "--vector", shop / "other.GPKG", "--pixel-size", "0.1"}));
  EXPECT_TRUE(std::filesystem::exists(shop / "other.qml"));
}

TEST(SegmentPolygons, OfAllSheetsReplaceTheirOwnFileOnly) {
  const Workshop shop;
  make_scene(shop / "left.tif", 500000, 300);
  make_scene(shop / "right.tif", 500030, 400);
  const auto batch = [&](const std::string& layer, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {shop / "left.tif", shop / "right.tif", shop / "maps", "--levels", "1",
                                      "--resume",        "--merge-across",   layer};
    words.insert(words.end(), more.begin(), more.end());
    return shop.segment(words);
  };
  const Outcome first = batch(shop / "all.gpkg");
  EXPECT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("gdalbuildvrt"));
  const std::string bytes = bytes_of_file(shop / "all.gpkg");
  EXPECT_THAT(batch(shop / "all.gpkg").errors, HasSubstr("all.gpkg: is done and unchanged"));
  EXPECT_EQ(bytes_of_file(shop / "all.gpkg"), bytes);

  write_bytes(shop / "other.gpkg", "of somebody else");
  const Outcome refused = batch(shop / "other.gpkg");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("other.gpkg: exists already"));
  EXPECT_EQ(batch(shop / "all.tab").exit_code, 2);
  EXPECT_EQ(batch(shop / "new.gpkg", {"--crs", "none"}).exit_code, 2) << "before there are maps";
  EXPECT_EQ(batch(shop / "new.gpkg", {"--right-angles", "none"}).exit_code, 2);
  const std::string own = shop / "maps/left.gpkg";
  EXPECT_THAT(batch(own, {"--vector", "gpkg"}).errors, HasSubstr("left.gpkg is an output of"));

  write_bytes(shop / "right.tif", "damaged");
  const Outcome failed = batch(shop / "all.gpkg", {"--min-area", "2", "--child"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("all.gpkg: stays as it was"));
  EXPECT_THAT(failed.output, HasSubstr("all.gpkg: was not made, since scenes failed"));
  EXPECT_EQ(bytes_of_file(shop / "all.gpkg"), bytes);
}

TEST(SegmentPolygons, RefuseOptionsThatNothingWantsOrThatContradict) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  const std::vector<std::string> files = {shop / "scene.tif", shop / "map.tif"};
  const auto refused = [&](std::vector<std::string> words, const std::vector<std::string>& parts) {
    words.insert(words.begin(), {"segment", "--model", shop / "model"});
    words.insert(words.end(), files.begin(), files.end());
    shop.expect_refusal(words, 2, parts);
  };
  refused({"--min-area", "3"}, {"--min-area: ", "--vector"});
  refused({"--vector", shop / "v.gpkg", "--majority", "4"}, {"--majority", "4", "even", "5"});
  refused({"--vector", shop / "v.gpkg", "--right-angles", "roof", "--simplify", "0"},
          {"--right-angles", "--simplify 0"});
  refused({"--vector", shop / "v.gpkg", "--right-angles", "moat"}, {"--right-angles", "moat", "grass, roof"});
  refused({"--vector", shop / "v.gpkg", "--right-angles", "roof", "--smooth"},
          {"--right-angles", "--smooth"});
}

}  // namespace
}  // namespace orthocover::test
