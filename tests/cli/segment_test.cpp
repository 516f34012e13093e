#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A raster's first band with what matters about its file.
struct Read {
  GDALDatasetUniquePtr dataset;
  std::vector<std::uint8_t> values;

  explicit Read(const std::string& path) : dataset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER)) {
    if (!dataset) throw std::runtime_error("can't open " + path);
    values.resize(static_cast<std::size_t>(cols()) * static_cast<std::size_t>(rows()));
    if (band().RasterIO(GF_Read, 0, 0, cols(), rows(), values.data(), cols(), rows(), GDT_Byte, 0, 0,
                        nullptr) != CE_None)
      throw std::runtime_error("can't read " + path);
  }
  GDALRasterBand& band() const { return *dataset->GetRasterBand(1); }
  int cols() const { return dataset->GetRasterXSize(); }
  int rows() const { return dataset->GetRasterYSize(); }
};

void expect_success(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
}

/// Without a place.
Made frame() {
  Made made;
  made.crs.clear();
  made.geotransform.reset();
  return made;
}

TEST(Segment, MapsASceneAgainThatGotAPlace) {
  const Workshop shop;
  make_raster(shop / "scene.tif", frame());
  const std::vector<std::string> words = {shop / "scene.tif", shop / "map.tif", "--resume"};
  expect_success(shop.segment(words));
  write_bytes(shop / "scene.tif.aux.xml",
              "<PAMDataset><GeoTransform>5,1,0,5,0,-1</GeoTransform></PAMDataset>");
  expect_success(shop.segment(words));
  std::array<double, 6> transform{};
  EXPECT_EQ(Read(shop / "map.tif").dataset->GetGeoTransform(transform.data()), CE_None);
}

TEST(Segment, WritesAStyledMapOnTheScenesGridWithNodataWhereTheSceneHasNone) {
  const Workshop shop;
  Made made;
  made.cols = 200;
  made.rows = 150;
  made.mask = [](int col, int row) { return col >= 20 && row < 140; };
  make_raster(shop / "scene.tif", made);
  expect_success(shop.segment({shop / "scene.tif", shop / "map.tif", "--levels", "1,2"}));
  EXPECT_THAT(shop.names(),
              ElementsAre("map.qml", "map.tif", "map.tif.aux.xml", "map.tif.run.json", "model", "scene.tif"));

  const Read map(shop / "map.tif");
  const Read scene(shop / "scene.tif");
  ASSERT_EQ(map.cols(), 200);
  ASSERT_EQ(map.rows(), 150);
  std::array<double, 6> a{};
  std::array<double, 6> b{};
  map.dataset->GetGeoTransform(a.data());
  scene.dataset->GetGeoTransform(b.data());
  EXPECT_EQ(a, b);
  EXPECT_TRUE(map.dataset->GetSpatialRef()->IsSame(scene.dataset->GetSpatialRef()));
  EXPECT_EQ(map.band().GetNoDataValue(), 0);
  EXPECT_EQ(map.band().GetColorInterpretation(), GCI_PaletteIndex);
  EXPECT_EQ(map.band().GetColorTable()->GetColorEntry(3)->c1, 200);
  EXPECT_STREQ(map.band().GetCategoryNames()[3], "roof");
  for (int row = 0; row < 150; ++row) {
    for (int col = 0; col < 200; ++col) {
      const int value = map.values[static_cast<std::size_t>(row * 200 + col)];
      if (made.mask(col, row)) {
        ASSERT_TRUE(value == 1 || value == 3) << col << ", " << row;
      } else {
        ASSERT_EQ(value, 0) << col << ", " << row;
      }
    }
  }
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "map.tif.run.json"));
  EXPECT_EQ(record.at("orthocover").at("pixels_per_class").at("grass").get<int>() +
                record.at("orthocover").at("pixels_per_class").at("roof").get<int>(),
            180 * 140);
}

TEST(Segment, TakesTheGroundOfAPixelFromTheUserWhereTheFileDoesNotTell) {
  const Workshop shop;
  make_raster(shop / "frame.tif", frame());
  const auto dry_run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {shop / "frame.tif", shop / "map.tif", "--dry-run"};
    words.insert(words.end(), more.begin(), more.end());
    return shop.segment(words);
  };
  EXPECT_THAT(dry_run({}).errors, HasSubstr("has no known ground size"));
  shop.expect_refusal(
      {"segment", "--model", shop / "model", "--ground-size", "0.1", shop / "frame.tif", shop / "map.tif"}, 3,
      {"--ground-size", "--pixel-size"});
  const Outcome outcome = dry_run({"--pixel-size", "0.05", "--ground-size", "0.1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("64 x 48 px, ground size 0.05 m"));
  EXPECT_THAT(outcome.output, HasSubstr("at 0.1 m"));
  // Where the file tells, it is right.
  make_raster(shop / "scene.tif");
  const Outcome told =
      shop.segment({shop / "scene.tif", shop / "map.tif", "--dry-run", "--pixel-size", "0.05"});
  EXPECT_THAT(told.output, testing::Not(HasSubstr("ground size 0.05 m")));
  EXPECT_THAT(told.errors, HasSubstr("--pixel-size: 0.05 m does not count for"));
}

TEST(Segment, WritesAMapThatInfoKnows) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  expect_success(shop.segment({shop / "scene.tif", shop / "map.tif"}));
  const Outcome outcome = shop.run({"info", shop / "map.tif"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("a land-cover map of 64 x 48 px"));
  EXPECT_THAT(outcome.output, HasSubstr(" roof\n"));
  const auto facts = nlohmann::json::parse(shop.run({"info", "--json", shop / "map.tif"}).output);
  EXPECT_EQ(facts.at("classes").size(), 2U);
  shop.expect_refusal({"segment", "--model", shop / "model", shop / "map.tif", shop / "again.tif"}, 3,
                      {"map.tif: is a map with named classes already"});
}

TEST(Segment, WritesEverythingThatIsAskedFor) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  expect_success(shop.segment({shop / "scene.tif", shop / "map.tif", "--confidence", shop / "sure.tif",
                               "--probabilities", shop / "shares.tif", "--vector", shop / "map.gpkg",
                               "--picture", shop / "map.png", "--format", "COG"}));
  const Read map(shop / "map.tif");
  EXPECT_STREQ(map.dataset->GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE"), "COG");
  const Read sure(shop / "sure.tif");
  const Read shares(shop / "shares.tif");
  ASSERT_EQ(shares.dataset->GetRasterCount(), 2);
  for (const int share : sure.values) ASSERT_TRUE(share >= 50 && share <= 100) << share;

  const GDALDatasetUniquePtr polygons(GDALDataset::Open((shop / "map.gpkg").c_str(), GDAL_OF_VECTOR));
  double area = 0;
  for (const auto& feature : *polygons->GetLayer(0)) {
    area += feature->GetGeometryRef()->toPolygon() != nullptr
                ? feature->GetGeometryRef()->toPolygon()->get_Area()
                : feature->GetGeometryRef()->toMultiPolygon()->get_Area();
  }
  // Simplified by a pixel, but without gaps.
  EXPECT_NEAR(area, 64 * 48 * 0.01, 1e-6);
  EXPECT_EQ(Read(shop / "map.png").dataset->GetRasterCount(), 3);
}

TEST(Segment, CanBeRepeatedFromItsRecord) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  expect_success(shop.segment({shop / "scene.tif", shop / "map.tif", "--levels", "1"}));
  const std::vector<std::uint8_t> first = Read(shop / "map.tif").values;
  std::filesystem::copy_file(shop / "map.tif.run.json", shop / "again.json");
  expect_success(shop.run({"segment", "--config", shop / "again.json", "--overwrite"}));
  EXPECT_EQ(Read(shop / "map.tif").values, first);
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "map.tif.run.json"));
  EXPECT_EQ(record.at("levels"), nlohmann::json({1}));
}

TEST(Segment, MapsPlainFramesSinglePixelsNumbersOfOtherTypesAndHolesOfNan) {
  const Workshop shop;
  Made frame;
  frame.crs = "";
  frame.geotransform.reset();
  make_raster(shop / "frame.tif", frame);
  expect_success(shop.segment({shop / "frame.tif", shop / "frame_map.tif"}));
  EXPECT_EQ(Read(shop / "frame_map.tif").dataset->GetSpatialRef(), nullptr);

  Made pixel;
  pixel.cols = pixel.rows = 1;
  make_raster(shop / "pixel.tif", pixel);
  expect_success(shop.segment({shop / "pixel.tif", shop / "pixel_map.tif"}));
  EXPECT_NE(Read(shop / "pixel_map.tif").values.at(0), 0);

  Made deep;
  deep.type = "UInt16";
  deep.bands = 5;
  deep.value = [](int band, int col, int row) { return 1000 + 300 * band + 20 * col + 10 * row; };
  make_raster(shop / "deep.tif", deep);
  expect_success(shop.segment({shop / "deep.tif", shop / "deep_map.tif", "--bands", "3,2,1"}));
  EXPECT_EQ(Read(shop / "deep_map.tif").cols(), 64);

  Made holes;
  holes.type = "Float32";
  holes.value = [](int, int col, int row) {
    return col < 10 ? std::numeric_limits<double>::quiet_NaN() : 0.3 + 0.001 * row;
  };
  make_raster(shop / "holes.tif", holes);
  expect_success(shop.segment({shop / "holes.tif", shop / "holes_map.tif"}));
  const Read map(shop / "holes_map.tif");
  EXPECT_EQ(map.values[5], 0);
  EXPECT_NE(map.values[15], 0);
}

TEST(Segment, CutsToABoxAndToPolygons) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  expect_success(shop.segment(
      {shop / "scene.tif", shop / "box.tif", "--projwin", "500001", "4999999", "500003", "4999998"}));
  EXPECT_EQ(Read(shop / "box.tif").cols(), 20);
  EXPECT_EQ(Read(shop / "box.tif").rows(), 10);

  make_polygons(shop / "area.gpkg", "EPSG:32633", {{1, {500001, 4999998, 500002, 4999999}}});
  expect_success(shop.segment({shop / "scene.tif", shop / "area.tif", "--area", shop / "area.gpkg"}));
  EXPECT_EQ(Read(shop / "area.tif").cols(), 10);
}

TEST(Segment, SaysInADryRunWhatItWouldDo) {
  const Workshop shop;
  make_raster(shop / "scene.tif");
  const Outcome outcome = shop.segment({shop / "scene.tif", shop / "map.tif", "--dry-run"});
  expect_success(outcome);
  for (const char* word : {"1 patch", "memory", "ground size", "cpu"})
    EXPECT_THAT(outcome.output, HasSubstr(word));
  EXPECT_FALSE(std::filesystem::exists(shop / "map.tif"));
  const Outcome refused = shop.segment({shop / "scene.tif", shop / "map.tif", "--dry-run", "--co", "FOO=1"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("has no creation option FOO"));
}

/// A folder to work in, as long as the object lives.
class WorkIn {
 public:
  explicit WorkIn(const std::string& folder) : m_before(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~WorkIn() { std::filesystem::current_path(m_before); }
  WorkIn(const WorkIn&) = delete;
  WorkIn& operator=(const WorkIn&) = delete;

 private:
  std::filesystem::path m_before;
};

/// Both would have the QML of one name, however their own names are written.
TEST(Segment, LeavesTheStyleToAShapefileOfTheMapsName) {
  const Workshop shop;
  make_raster(shop / "s.tif");
  const WorkIn folder(shop / "");
  const auto style = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"s.tif", "out.tif"});
    expect_success(shop.segment(words));
    return bytes_of_file(shop / "out.qml");
  };
  EXPECT_THAT(style({"--vector", "./out.shp"}), HasSubstr("<renderer-v2"));
  EXPECT_THAT(style({"--overwrite", "--vector", "out.shp"}), HasSubstr("<renderer-v2"));
  EXPECT_THAT(style({"--resume", "--vector", "shp", "--min-area", "0.1"}), HasSubstr("<renderer-v2"));
}

TEST(Segment, ResumedReplacesItsOwnOutputsOnly) {
  const Workshop shop;
  make_raster(shop / "s.tif");
  expect_success(shop.segment({shop / "s.tif", shop / "out.tif"}));
  write_bytes(shop / "out.dbf", "somebody's table");
  const Outcome refused = shop.segment({"--resume", "--vector", "shp", shop / "s.tif", shop / "out.tif"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("out.dbf"));
  EXPECT_EQ(bytes_of_file(shop / "out.dbf"), "somebody's table");
}

TEST(Segment, TakesNamesThatAreLongOrNoUtf8) {
  const Workshop shop;
  make_raster(shop / "s.tif");
  for (const std::string& name : {std::string(236, 'm') + ".tif", std::string("f\xfc.tif")}) {
    expect_success(shop.segment({shop / "s.tif", shop / name}));
    const Outcome again = shop.segment({"--resume", shop / "s.tif", shop / name});
    expect_success(again);
    EXPECT_THAT(again.errors, HasSubstr("skipped"));
  }
  shop.expect_refusal(
      {"segment", "--model", shop / "model", shop / "s.tif", shop / (std::string(240, 'm') + ".tif")}, 2,
      {"has a name of 244 bytes; at most 240"});
}

}  // namespace
}  // namespace orthocover::test
