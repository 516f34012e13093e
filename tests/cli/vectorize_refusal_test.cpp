#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <ogrsf_frmts.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/vectorize_workshop.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;

constexpr int kUsage = 2;
constexpr int kData = 3;
constexpr int kResource = 5;
constexpr int kCancelled = 130;

/// Every pixel a polygon of its own, nearly: takes seconds.
double noise_at(int /*band*/, int col, int row) {
  const unsigned mixed = static_cast<unsigned>(col) * 2654435761U ^ static_cast<unsigned>(row) * 2246822519U;
  return 1 + (mixed >> 13 ^ mixed >> 7) % 200;
}

class VectorizeRefusal : public Vectorize {
 protected:
  void expect_refused(const std::string& output, int exit_code, const std::vector<std::string>& parts,
                      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"vectorize"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {shop / "map.tif", output});
    shop.expect_refusal(words, exit_code, parts);
  }

  /// The program at work on a map of two million polygons, once it has begun to write.
  std::unique_ptr<ChildProgram> at_work() const {
    make_map(shop / "map.tif", 1500, 1500, noise_at);
    auto program = std::make_unique<ChildProgram>(
        ORTHOCOVER_PROGRAM,
        std::vector<std::string>{"vectorize", "--progress", "none", shop / "map.tif", shop / "out.gpkg"});
    for (int i = 0; i < 6000 && !has_temporary(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(has_temporary());
    return program;
  }

  bool has_temporary() const {
    return std::ranges::any_of(shop.names(), [](const std::string& name) { return name.starts_with("."); });
  }
};

TEST_F(VectorizeRefusal, FractionalNumbers) {
  make_map(shop / "map.tif", 20, 20, yard_at, [](Made& map) {
    map.type = "Float32";
    map.palette = false;
  });
  expect_refused(shop / "out.gpkg", kData,
                 {"map.tif: band 1 holds fractional numbers (Float32)", "-ot Int32"});
}

TEST_F(VectorizeRefusal, MoreValuesThanClassesCanHave) {
  const auto change = [](Made& map) {
    map.type = "UInt16";
    map.palette = false;
    map.nodata.reset();
  };
  make_map(
      shop / "map.tif", 256, 256, [](int, int col, int row) { return row * 256 + col; }, change);
  expect_refused(shop / "out.gpkg", kData, {"map.tif: has more than 65535 different values", "gdal_calc.py"});
}

TEST_F(VectorizeRefusal, BandsThatAreNotThere) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  expect_refused(shop / "out.gpkg", kUsage, {"--band: ", "has no band 2; it has 1..1"}, {"--band", "2"});
}

TEST_F(VectorizeRefusal, PixelsWithoutArea) {
  make_map(shop / "map.tif", 20, 20, yard_at,
           [](Made& map) { map.geotransform = {500000, 0.1, 0, 5000000, 0, 0}; });
  expect_refused(shop / "out.gpkg", kData, {"map.tif: its geotransform is degenerate", "gdal_edit.py"});
}

TEST_F(VectorizeRefusal, NamesWithoutFormat) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  expect_refused(shop / "out.doc", kUsage, {"out.doc: '.doc' is the extension", ".gpkg, .shp", "--format"});
  expect_refused(shop / "out", kUsage, {"out: has no extension", ".gpkg, .shp", "--format"});
  expect_refused(shop / "out.gpkg", kUsage, {"--format: 'GPKGG' is no OGR driver", "'GPKG'"},
                 {"--format", "GPKGG"});
}

TEST_F(VectorizeRefusal, OutputsThatAreInputs) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  write_bytes(shop / "legend.json", two_classes().to_json().dump());
  const std::string bytes = bytes_of_file(shop / "map.tif");
  expect_refused(shop / "model/../map.tif", kUsage, {"the output is the input"}, {"--overwrite"});
  expect_refused(shop / "legend.json", kUsage, {"legend.json: the output is the input"},
                 {"--overwrite", "--legend", shop / "legend.json"});
  EXPECT_EQ(bytes_of_file(shop / "map.tif"), bytes);
}

TEST_F(VectorizeRefusal, LegendsOfOtherValues) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  write_bytes(shop / "legend.json", R"({"classes": [{"value": 70, "name": "sea", "color": "#0000ff"}]})");
  expect_refused(shop / "out.gpkg", kUsage, {"--legend: ", "has none of the values of ", "map.tif"},
                 {"--legend", shop / "legend.json"});
  expect_refused(shop / "out.gpkg", kUsage, {"--drop-islands: ", "--min-area"}, {"--drop-islands"});
}

TEST_F(VectorizeRefusal, FilesBesideAShapefileThatBelongToOthers) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  write_bytes(shop / "out.prj", "the CRS of out.asc");
  expect_refused(shop / "out.shp", kUsage, {"out.shp: the Shapefile would replace out.prj", "--overwrite"});
  EXPECT_EQ(bytes_of_file(shop / "out.prj"), "the CRS of out.asc");
}

TEST_F(VectorizeRefusal, FoldersThatCanNotBeWritten) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  write_bytes(shop / "file", "no folder");
  expect_refused(shop / "none/out.gpkg", kResource, {"none/out.gpkg: the folder", "does not exist"});
  expect_refused(shop / "file/out.gpkg", kResource, {"file/out.gpkg"});
  expect_refused("/proc/out.gpkg", kResource, {"/proc/out.gpkg"});
}

TEST_F(VectorizeRefusal, FoldersOfOthers) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  make_map(shop / "map.tif", 20, 20, yard_at);
  const std::filesystem::path folder = shop / "closed";
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_read);
  expect_refused(folder / "out.gpkg", kResource, {"closed"});
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

TEST_F(VectorizeRefusal, OptionsThatDoNotFit) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  expect_refused(shop / "out.gpkg", kUsage, {"--majority: 4 is even", "such as 5"}, {"--majority", "4"});
  expect_refused(shop / "out.gpkg", kUsage, {"--simplify: -1 is outside"}, {"--simplify", "-1"});
  expect_refused(shop / "out.gpkg", kUsage, {"--crs: '25832' is no CRS", "write e.g. EPSG:25832"},
                 {"--crs", "25832"});
  expect_refused(shop / "out.geojson", kUsage, {"--crs: GeoJSON is always WGS 84", "GeoPackage"},
                 {"--crs", "EPSG:25832"});
  expect_refused(shop / "out.shp", kUsage, {"only a GeoPackage (.gpkg) can be appended to"}, {"--append"});
}

TEST_F(VectorizeRefusal, RastersThatDoNotFitTogether) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  make_map(shop / "coarse.tif", 20, 20, yard_at,
           [](Made& map) { map.geotransform = {500002, 0.2, 0, 5000000, 0, -0.2}; });
  make_map(shop / "between.tif", 20, 20, yard_at,
           [](Made& map) { map.geotransform = {500002.03, 0.1, 0, 5000000, 0, -0.1}; });
  make_map(shop / "small.tif", 10, 20, yard_at, [](Made& map) { map.palette = false; });
  make_map(shop / "other.tif", 20, 20, yard_at, [](Made& map) { map.crs = "EPSG:32634"; });
  expect_refused(shop / "out.gpkg", kData,
                 {"map.tif: its pixels have another size", "coarse.tif", "gdalwarp"}, {shop / "coarse.tif"});
  expect_refused(shop / "out.gpkg", kData, {"map.tif: its pixels lie between those of", "between.tif"},
                 {shop / "between.tif"});
  expect_refused(shop / "out.gpkg", kData, {"map.tif: has the CRS", "32634", "gdalwarp"},
                 {shop / "other.tif"});
  make_map(shop / "moved.tif", 20, 20, yard_at, [](Made& map) {
    map.palette = false;
    map.geotransform = {500001, 0.1, 0, 5000000, 0, -0.1};
  });
  expect_refused(shop / "out.gpkg", kData, {"moved.tif: begins at 500001.0", "the map at 500000.0"},
                 {"--confidence", shop / "moved.tif"});
  expect_refused(shop / "out.gpkg", kData, {"small.tif: has 10 x 20 pixels, the map has 20 x 20"},
                 {"--confidence", shop / "small.tif"});
}

TEST_F(VectorizeRefusal, DamagedMaps) {
  make_map(shop / "whole.tif", 300, 300);
  const std::string bytes = bytes_of_file(shop / "whole.tif");
  write_bytes(shop / "map.tif", bytes.substr(0, bytes.size() / 2));
  expect_refused(shop / "out.gpkg", kData, {"map.tif"});
}

TEST_F(VectorizeRefusal, FullDisks) {
  make_map(shop / "map.tif", 300, 300, noise_at);
  const std::vector<std::string> before = shop.names();
  std::string folder = shop / "";
  folder.pop_back();
  for (const std::string extension : {"gpkg", "shp", "geojson", "geojsonl", "fgb", "kml"}) {
    // A limit on the size of files gives the same errors as a full disk, without the need to fill one.
    const std::string command =
        "trap '' XFSZ; ulimit -f 400; exec \"$0\" vectorize --progress none --simplify 0 \"$1/map.tif\" "
        "\"$1/out." +
        extension + "\"";
    const Outcome outcome = run_child("/bin/bash", {"-c", command, ORTHOCOVER_PROGRAM, folder});
    EXPECT_EQ(outcome.exit_code, kResource) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("out." + extension + ": writing failed"));
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
    EXPECT_EQ(shop.names(), before) << extension;
  }
}

TEST_F(VectorizeRefusal, GeoPackagesThatAnotherProgramIsChanging) {
  make_map(shop / "map.tif", 20, 20, yard_at);
  vectorize({shop / "map.tif", shop / "out.gpkg"});
  const GDALDatasetUniquePtr other(
      GDALDataset::Open((shop / "out.gpkg").c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE));
  ASSERT_TRUE(other);
  ASSERT_EQ(other->StartTransaction(), OGRERR_NONE);
  OGRLayer& layer = *other->GetLayer(0);
  ASSERT_EQ(layer.DeleteFeature(layer.GetNextFeature()->GetFID()), OGRERR_NONE);
  const std::string before = bytes_of_file(shop / "out.gpkg");
  for (const char* way : {"--append", "--overwrite"})
    expect_refused(shop / "out.gpkg", kResource, {"out.gpkg: another program has the GeoPackage open"},
                   {way});
  EXPECT_EQ(bytes_of_file(shop / "out.gpkg"), before);
  other->RollbackTransaction();
}

TEST_F(VectorizeRefusal, LeavesNoLayerThatLooksCompleteWhenKilled) {
  const auto program = at_work();
  program->send(SIGKILL);
  EXPECT_EQ(program->finish().exit_code, 128 + SIGKILL);
  for (const std::string& name : shop.names())
    EXPECT_TRUE(name.starts_with(".") || !name.starts_with("out")) << name;
  make_map(shop / "map.tif", 20, 20, yard_at);
  vectorize({shop / "map.tif", shop / "out.gpkg"});
  EXPECT_EQ(PolygonFile(shop / "out.gpkg").polygons().size(), 2U);
  for (const std::string& name : shop.names()) EXPECT_FALSE(name.starts_with(".")) << name;
}

TEST_F(VectorizeRefusal, LeavesNothingWhenTheUserStopsIt) {
  std::signal(SIGINT, SIG_DFL);  // a child would inherit that it is ignored, as in a background job
  const auto program = at_work();
  const std::vector<std::string> before = {"map.tif", "map.tif.aux.xml", "model"};
  program->send(SIGINT);
  const Outcome outcome = program->finish();
  EXPECT_EQ(outcome.exit_code, kCancelled) << outcome.errors;
  EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
  EXPECT_EQ(shop.names(), before);
}

}  // namespace
}  // namespace orthocover::test
