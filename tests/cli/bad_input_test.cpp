#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

constexpr int kUsage = 2;
constexpr int kData = 3;
constexpr int kModel = 4;
constexpr int kResource = 5;

class BadInput : public testing::Test {
 protected:
  /// `segment` with the small model, from `name` to map.tif.
  void expect_scene_refused(const std::string& name, int exit_code, const std::vector<std::string>& parts,
                            const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"segment",   "--model", shop / "model", "--device", "cpu",
                                      "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {shop / name, shop / "map.tif"});
    shop.expect_refusal(words, exit_code, parts);
  }

  /// A changed manifest of the small model is refused.
  void expect_manifest_refused(const nlohmann::json& change, const std::vector<std::string>& parts) {
    make_raster(shop / "scene.tif");
    nlohmann::json manifest = nlohmann::json::parse(bytes_of_file(shop / "model/model.json"));
    manifest.merge_patch(change);
    write_bytes(shop / "model/model.json", manifest.dump());
    expect_scene_refused("scene.tif", kModel, parts);
  }

  Workshop shop;
};

TEST_F(BadInput, MissingFile) {
  expect_scene_refused("nowhere.tif", kData, {"nowhere.tif"});
}

TEST_F(BadInput, NotARaster) {
  write_bytes(shop / "notes.tif", "These are notes, no raster.\n");
  expect_scene_refused("notes.tif", kData, {"notes.tif"});
}

TEST_F(BadInput, NoBands) {
  write_bytes(shop / "empty.vrt", "<VRTDataset rasterXSize=\"10\" rasterYSize=\"10\"></VRTDataset>");
  expect_scene_refused("empty.vrt", kData, {"empty.vrt", "band"});
}

TEST_F(BadInput, TruncatedTiff) {
  Made made;
  made.cols = made.rows = 300;
  make_raster(shop / "whole.tif", made);
  const std::string bytes = bytes_of_file(shop / "whole.tif");
  write_bytes(shop / "half.tif", bytes.substr(0, bytes.size() / 2));
  expect_scene_refused("half.tif", kData, {"half.tif"});
}

TEST_F(BadInput, CorruptBlockInTheMiddle) {
  Made made;
  made.cols = made.rows = 300;
  made.options = {"COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"};
  make_raster(shop / "corrupt.tif", made);
  std::string bytes = bytes_of_file(shop / "corrupt.tif");
  for (std::size_t i = 0; i < 400; ++i) bytes[bytes.size() / 2 + i] = '\x55';
  write_bytes(shop / "corrupt.tif", bytes);
  expect_scene_refused("corrupt.tif", kData, {"corrupt.tif"});
}

TEST_F(BadInput, ComplexNumbers) {
  Made made;
  made.type = "CFloat32";
  make_raster(shop / "radar.tif", made);
  expect_scene_refused("radar.tif", kData, {"radar.tif", "CFloat32"});
}

TEST_F(BadInput, PaletteImage) {
  Made made;
  made.bands = 1;
  made.palette = true;
  make_raster(shop / "palette.tif", made);
  expect_scene_refused("palette.tif", kData, {"palette.tif", "palette"});
}

TEST_F(BadInput, WrongNumberOfBands) {
  Made made;
  made.bands = 2;
  make_raster(shop / "two.tif", made);
  expect_scene_refused("two.tif", kData, {"two.tif", "2", "3"});
  made.bands = 5;
  make_raster(shop / "five.tif", made);
  expect_scene_refused("five.tif", kData, {"five.tif", "5", "3", "--bands"});
  expect_scene_refused("five.tif", kUsage, {"--bands", "6"}, {"--bands", "1,2,6"});
}

TEST_F(BadInput, NothingValid) {
  Made made;
  made.nodata = 0;
  made.value = [](int, int, int) { return 0.0; };
  make_raster(shop / "empty.tif", made);
  expect_scene_refused("empty.tif", kData, {"empty.tif", "no valid pixel"});
}

TEST_F(BadInput, FolderThatCanNotBeWritten) {
  make_raster(shop / "scene.tif");
  const std::vector<std::string> head = {"segment", "--model", shop / "model", shop / "scene.tif"};
  for (const std::string folder : {"/proc", "/nowhere/at/all"}) {
    std::vector<std::string> words = head;
    words.push_back(folder + "/map.tif");
    shop.expect_refusal(words, kResource, {folder});
  }
}

TEST_F(BadInput, DiskFull) {
  Made made;
  made.cols = made.rows = 300;
  make_raster(shop / "scene.tif", made);
  const std::vector<std::string> before = shop.names();
  // A limit on the size of files gives the same errors as a full disk, without the need to fill one.
  const std::string command =
      "trap '' XFSZ; ulimit -f 24; exec \"$0\" segment --progress none --threads 1 --patch-size 256 --model "
      "\"$1/model\" --co COMPRESS=NONE \"$1/scene.tif\" \"$1/map.tif\"";
  std::string folder = shop / "";
  folder.pop_back();
  const Outcome outcome = run_child("/bin/bash", {"-c", command, ORTHOCOVER_PROGRAM, folder});
  EXPECT_EQ(outcome.exit_code, kResource) << outcome.errors;
  EXPECT_NE(outcome.errors.find("map.tif"), std::string::npos) << outcome.errors;
  EXPECT_EQ(shop.names(), before);
}

TEST_F(BadInput, OutputEqualsInput) {
  make_raster(shop / "scene.tif");
  const std::string bytes = bytes_of_file(shop / "scene.tif");
  const std::string same = shop / "model/../scene.tif";
  shop.expect_refusal({"segment", "--model", shop / "model", "--overwrite", shop / "scene.tif", same}, kUsage,
                      {"the output is the input"});
  EXPECT_EQ(bytes_of_file(shop / "scene.tif"), bytes);
}

TEST_F(BadInput, OutputsThatBelongToAnInput) {
  std::filesystem::create_directory(shop / "in");
  make_raster(shop / "in/scene.tif");
  make_raster(shop / "other.tif");
  const auto vrt = [](const std::string& source) {
    return fmt::format(
        "<VRTDataset rasterXSize='300' rasterYSize='200'><VRTRasterBand dataType='Byte' "
        "band='1'><SimpleSource>"
        "<SourceFilename relativeToVRT='1'>{}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        "</VRTRasterBand></VRTDataset>",
        source);
  };
  write_bytes(shop / "scene.vrt", vrt("in/scene.tif"));
  write_bytes(shop / "in/scene.vrt", vrt("../scene.vrt"));
  write_bytes(shop / "in/scene.tif.msk", "a mask of a kind");
  const std::string bytes = bytes_of_file(shop / "in/scene.tif");
  const auto expect_kept = [&](std::vector<std::string> words, const std::string& message) {
    words.emplace_back("--overwrite");
    shop.expect_refusal(words, kUsage, {message});
    EXPECT_EQ(bytes_of_file(shop / "in/scene.tif"), bytes);
  };
  const std::string belongs = "the output belongs to the input";
  for (const char* vrt_file : {"scene.vrt", "in/scene.vrt"}) {
    expect_kept({"segment", "--model", shop / "model", shop / vrt_file, shop / "in/scene.tif"}, belongs);
    expect_kept({"segment", "--model", shop / "model", shop / "other.tif", shop / vrt_file, shop / "in/"},
                belongs);
    expect_kept({"seams", "--model", shop / "model", "--output", shop / "in/scene.tif", shop / vrt_file},
                belongs);
  }
  expect_kept({"segment", "--model", shop / "model", "--area", shop / "in/scene.tif", shop / "other.tif",
               shop / "in/scene.tif"},
              "the output is the input");
  expect_kept({"segment", "--model", shop / "model", "--summary", shop / "in/scene.tif", shop / "other.tif",
               shop / "maps/"},
              "--summary");
  expect_kept({"segment", "--model", shop / "model", "--picture", shop / "in/scene.tif", shop / "other.tif",
               shop / "map.tif"},
              "--picture");
  expect_kept(
      {"evaluate", "--labels", shop / "in/scene.tif", "--output", shop / "in/scene.tif", shop / "other.tif"},
      "the output is the input");
}

TEST_F(BadInput, AreaOfABatchThatIsNoneIsToldOnce) {
  make_raster(shop / "scene.tif");
  make_raster(shop / "other.tif");
  write_bytes(shop / "a.json", R"({"type": "FeatureCollection", "features": []})");
  for (const auto& [area, fault] : {std::pair("none.gpkg", "no such file"),
                                    {"scene.tif", "is a raster file (GTiff), a vector file is wanted"},
                                    {"a.json", "layer a is empty"},
                                    {"a.json|layername=b", "has no layer 'b'"}})
    shop.expect_refusal({"segment", "--model", shop / "model", "--area", shop / area, shop / "scene.tif",
                         shop / "other.tif", shop / "maps/"},
                        kData, {fault});
  shop.expect_refusal({"segment", "--model", shop / "model", shop / "a.json", shop / "map.tif"}, kData,
                      {"is a vector file (GeoJSON), a raster file is wanted"});
}

TEST_F(BadInput, OutputThatIsThere) {
  make_raster(shop / "scene.tif");
  write_bytes(shop / "map.tif", "precious");
  expect_scene_refused("scene.tif", kUsage, {"map.tif", "--overwrite"});
  EXPECT_EQ(bytes_of_file(shop / "map.tif"), "precious");
}

TEST_F(BadInput, OutputsThatAreOneFile) {
  make_raster(shop / "scene.tif");
  expect_scene_refused("scene.tif", kUsage, {"map.tif"}, {"--confidence", shop / "map.tif"});
}

TEST_F(BadInput, NamesOfModelsAreOfferedWhereNoneFits) {
  make_raster(shop / "scene.tif");
  shop.expect_refusal({"segment", "--model", "orthonet-smal", shop / "scene.tif", shop / "map.tif"}, kModel,
                      {"orthonet-smal"});
}

TEST_F(BadInput, BrokenWeights) {
  make_raster(shop / "scene.tif");
  std::string bytes = bytes_of_file(shop / "model/weights.safetensors");
  bytes[bytes.size() - 1] = static_cast<char>(bytes.back() + 1);
  write_bytes(shop / "model/weights.safetensors", bytes);
  expect_scene_refused("scene.tif", kModel, {"weights.safetensors"});
  write_bytes(shop / "model/weights.safetensors", bytes.substr(0, 1000));
  expect_scene_refused("scene.tif", kModel, {"weights.safetensors"});
}

TEST_F(BadInput, ForeignWeights) {
  expect_manifest_refused({{"mlm:architecture", "unet-resnet34"}}, {"weights.safetensors", "tensor"});
}

TEST_F(BadInput, WeightsOutsideThePackage) {
  make_raster(shop / "scene.tif");
  write_bytes(shop / "stolen.safetensors", bytes_of_file(shop / "model/weights.safetensors"));
  expect_manifest_refused({{"assets", {{"weights", {{"href", "../stolen.safetensors"}}}}}},
                          {"../stolen.safetensors"});
}

TEST_F(BadInput, StandardInputAndOutputAreNoFiles) {
  shop.expect_refusal({"segment", shop / "scene.tif", "-"}, kUsage, {"OUTPUT", "'-'", "name a file"});
}

TEST_F(BadInput, OtherNumberOfClassesThanTheWeightsScore) {
  nlohmann::json classes = nlohmann::json::parse(bytes_of_file(shop / "model/model.json"))
                               .at("mlm:output")[0]
                               .at("classification:classes");
  nlohmann::json more = nlohmann::json::parse(bytes_of_file(shop / "model/model.json")).at("mlm:output");
  classes.push_back({{"value", 7}, {"name", "third"}, {"color_hint", "0000ff"}});
  more[0]["classification:classes"] = classes;
  expect_manifest_refused({{"mlm:output", more}}, {"2", "3"});
}

TEST_F(BadInput, LabelsOfAComparisonBeforeItsModelsAreTrained) {
  make_training_scene(shop);
  const nlohmann::json job = {{"operation", "train"},
                              {"scene", {shop / "scene.tif"}},
                              {"labels", {shop / "labels.gpkg"}},
                              {"legend", shop / "legend.json"}};
  write_bytes(shop / "job.json", job.dump());
  Made far;
  far.bands = 1;
  far.crs = "EPSG:32640";
  make_raster(shop / "far.tif", far);
  for (const auto& [labels, option] : {std::pair{"labels.gpkg", "--class-field=kind"},
                                       {"labels.gpkg", "--where=kind=1"},
                                       {"far.tif", "--where="}})
    shop.expect_refusal({"compare", "--train", shop / "job.json", "--train-folder", shop / "made", "-l",
                         shop / labels, option, shop / "scene.tif"},
                        kData, {labels});
}

TEST_F(BadInput, WeightsOfAnotherKindAreNotImported) {
  write_bytes(shop / "noise.pth", std::string(5000, 'x'));
  shop.expect_refusal({"import-weights", shop / "noise.pth", shop / "new", "--architecture", "unet-resnet34",
                       "--classes", "8"},
                      kModel, {"noise.pth"});
  shop.expect_refusal({"import-weights", shop / "model/weights.safetensors", shop / "new", "--architecture",
                       "orthonet-small", "--classes", "8"},
                      kModel, {"2 classes", "8"});
}

}  // namespace
}  // namespace orthocover::test
