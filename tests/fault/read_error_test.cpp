#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <nlohmann/json.hpp>

#include "core/geometry/window.h"
#include "tests/fault/cut_scene.h"
#include "tests/fault/range_server.h"

namespace orthocover::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

constexpr int kData = 3;
constexpr int kCols = 1100;
constexpr int kRows = 600;
/// Of a scene whose upper blocks are made long before its last tiles are read.
constexpr int kTallRows = 1344;
constexpr int kTilePx = 64;
/// Scene pixels from a hole to where no patch of level 2 that sees it ends, with what resampling adds.
constexpr int kReachPx = 2 * 64 + 32;
const Window kHole{5 * kTilePx, 4 * kTilePx, kTilePx, kTilePx};

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Where a tile lies in a GeoTIFF.
Range tile_bytes(const std::string& path, int col, int row) {
  GDALDataset* dataset = GDALDataset::Open(path.c_str());
  const auto number = [&](const char* what) {
    const std::string key = fmt::format("BLOCK_{}_{}_{}", what, col, row);
    return std::stoull(dataset->GetRasterBand(1)->GetMetadataItem(key.c_str(), "TIFF"));
  };
  const Range range{number("OFFSET"), number("OFFSET") + number("SIZE")};
  GDALClose(dataset);
  return range;
}

std::vector<std::uint8_t> pixels_of(const std::string& path) {
  GDALDataset* dataset = GDALDataset::Open(path.c_str());
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kCols) * kRows);
  EXPECT_EQ(dataset->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, kCols, kRows, pixels.data(), kCols, kRows,
                                                GDT_Byte, 0, 0, nullptr),
            CE_None);
  GDALClose(dataset);
  return pixels;
}

/// A scene with data everywhere, in tiles; `scene.tif` can be damaged, `whole.tif` is the map of the sound
/// one.
class ReadErrors : public testing::Test {
 protected:
  ReadErrors() { make_scene(kRows); }

  void make_scene(int rows) {
    Made made;
    made.cols = kCols;
    made.rows = rows;
    made.options = {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"};
    made.value = [](int band, int col, int row) {
      return 1 + (band * 50 + 7 * col + 3 * row + col * row / 50) % 200;
    };
    make_raster(shop / "scene.tif", made);
    content = bytes_of_file(shop / "scene.tif");
  }

  /// What a bad sector or a broken transfer leaves of a tile.
  void damage(int col, int row) const {
    const Range tile = tile_bytes(shop / "scene.tif", col, row);
    std::string bytes = content;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(tile.begin),
              bytes.begin() + static_cast<std::ptrdiff_t>(tile.end), '\xff');
    write_bytes(shop / "scene.tif", bytes);
  }

  Outcome run(const std::string& operation, const std::string& scene, const std::string& map,
              const Words& more = {}) const {
    Words all = {operation, "--model",  shop / "model", "--device",     "cpu", "--threads",
                 "1",       "--levels", "1,2",          "--confidence", "tif"};
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), {scene, shop / map});
    return shop.run(all);
  }
  Outcome segment(const std::string& map, const Words& more = {}) const {
    return run("segment", shop / "scene.tif", map, more);
  }
  void make_whole() const { ASSERT_EQ(segment("whole.tif").exit_code, 0); }

  json unreadable(const std::string& map) const {
    const json facts = json::parse(bytes_of_file(shop / (map + ".run.json"))).at("orthocover");
    return facts.value("unreadable", json());
  }

  /// A hole of exactly these scene pixels, and nothing else changed beyond the reach of a patch.
  void expect_hole(const std::string& map, const Window& hole) const {
    const std::vector<std::uint8_t> found = pixels_of(shop / map);
    const std::vector<std::uint8_t> whole = pixels_of(shop / "whole.tif");
    const Window reach = expand(hole, kReachPx);
    std::int64_t wrong = 0;
    std::int64_t changed_far_away = 0;
    for (std::int64_t row = 0; row < kRows; ++row) {
      for (std::int64_t col = 0; col < kCols; ++col) {
        const auto at = static_cast<std::size_t>(row * kCols + col);
        const Window pixel{col, row, 1, 1};
        wrong += (found[at] == 0) != hole.contains(pixel) ? 1 : 0;
        changed_far_away += !reach.contains(pixel) && found[at] != whole[at] ? 1 : 0;
      }
    }
    EXPECT_EQ(wrong, 0) << "pixels with data in the hole or without beside it";
    EXPECT_EQ(changed_far_away, 0);
  }

  Workshop shop;
  std::string content;
};

const Words kNodata = {"--on-read-error", "nodata"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(ReadErrors, EndTheRunWithOneLineThatNamesTheWindowAndLeaveNothing) {
  damage(5, 4);
  shop.expect_refusal({"segment", "--model", shop / "model", "--device", "cpu", "--levels", "1,2",
                       shop / "scene.tif", shop / "map.tif"},
                      kData,
                      {"scene.tif: reading pixels 320,256 64 x 64 failed 3 times", "damaged or incomplete",
                       "--on-read-error nodata maps the rest"});
}

TEST_F(ReadErrors, LeaveExactlyTheUnreadableWindowWithoutDataWhereThatIsWanted) {
  make_whole();
  damage(5, 4);
  const Outcome outcome = segment("map.tif", kNodata);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  expect_hole("map.tif", kHole);
  EXPECT_THAT(outcome.errors,
              HasSubstr("4096 px could not be read and are without data in the map: 320,256 64 x 64"));
  EXPECT_EQ(unreadable("map.tif"), json({{"pixels", 4096}, {"windows", {{320, 256, 64, 64}}}}));
  const std::vector<std::uint8_t> confidence = pixels_of(shop / "map.confidence.tif");
  EXPECT_EQ(std::ranges::count(confidence, std::uint8_t{255}), kHole.pixels());
}

TEST_F(ReadErrors, NameNoOptionThatJudgingAModelHasNot) {
  damage(5, 4);
  Made labels;
  labels.cols = kCols;
  labels.rows = kRows;
  labels.bands = 1;
  labels.value = [](int, int, int) { return 1; };
  make_raster(shop / "labels.tif", labels);
  const Outcome outcome = shop.run({"evaluate", "--model", shop / "model", "--labels", shop / "labels.tif",
                                    "--device", "cpu", shop / "scene.tif"});
  EXPECT_EQ(outcome.exit_code, kData);
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("reading pixels 320,256 64 x 64 failed 3 times"),
                                    testing::Not(HasSubstr("--on-read-error"))));
}

TEST_F(ReadErrors, SayNothingOfASceneThatCanBeRead) {
  make_whole();
  const Outcome outcome = segment("map.tif", kNodata);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(bytes_of_file(shop / "map.tif"), bytes_of_file(shop / "whole.tif"));
  EXPECT_TRUE(unreadable("map.tif").is_null());
  EXPECT_EQ(outcome.errors.find("could not be read"), std::string::npos) << outcome.errors;
}

TEST_F(ReadErrors, KeepTheJournalFromWhichARunWithTheOtherPolicyGoesOn) {
  make_scene(kTallRows);
  damage(16, 20);
  ASSERT_EQ(segment("direct.tif", kNodata).exit_code, 0);
  const Outcome failed = segment("map.tif", {"--journal", "0.001"});
  EXPECT_EQ(failed.exit_code, kData);
  EXPECT_THAT(failed.errors, HasSubstr("the same command with --resume goes on from "));
  EXPECT_THAT(shop.names(),
              testing::AllOf(testing::Contains("map.tif.part"), testing::Not(testing::Contains("map.tif"))));
  const Outcome resumed = segment("map.tif", with(kNodata, {"--resume", "--journal", "0.001"}));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("goes on from "));
  for (const char* end : {".tif", ".confidence.tif"})
    EXPECT_TRUE(bytes_of_file(shop / ("direct" + std::string(end))) ==
                bytes_of_file(shop / ("map" + std::string(end))));
  EXPECT_EQ(unreadable("map.tif"), unreadable("direct.tif"));
}

TEST_F(ReadErrors, OfShardsStandInTheReportOfTheMergedMap) {
  damage(5, 4);
  ASSERT_EQ(segment("direct.tif", kNodata).exit_code, 0);
  for (const char* shard : {"1/2", "2/2"}) {
    const Outcome outcome = segment("map.tif", with(kNodata, {"--shard", shard}));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors.find("4096 px could not be read") != std::string::npos, shard[0] == '1')
        << shard << outcome.errors;
  }
  const Outcome refused = run("merge", shop / "scene.tif", "map.tif");
  EXPECT_EQ(refused.exit_code, 2) << refused.errors;
  EXPECT_THAT(refused.errors, HasSubstr("--on-read-error was nodata and is fail"));
  const Outcome merged = run("merge", shop / "scene.tif", "map.tif", kNodata);
  ASSERT_EQ(merged.exit_code, 0) << merged.errors;
  EXPECT_THAT(merged.errors, HasSubstr("4096 px could not be read"));
  EXPECT_TRUE(bytes_of_file(shop / "direct.tif") == bytes_of_file(shop / "map.tif"));
  EXPECT_EQ(unreadable("map.tif"), unreadable("direct.tif"));
}

TEST_F(ReadErrors, ThatPassAreTriedAgainThroughANewlyOpenedFileAndChangeNothing) {
  make_whole();
  const Range tile = tile_bytes(shop / "scene.tif", 5, 4);
  RangeServer server(content);
  server.refuse(tile.begin, tile.end, INT_MAX, /*until_opened_anew=*/true);
  const Outcome outcome = run("segment", server.path(), "map.tif", {"--gdal", "GDAL_HTTP_MAX_RETRY=0"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(server.refusals_left(), 0);
  EXPECT_TRUE(bytes_of_file(shop / "map.tif") == bytes_of_file(shop / "whole.tif"));
}

TEST_F(ReadErrors, OfAServerThatComesBackLaterCostOnlyWhatWasNotMade) {
  make_scene(kTallRows);
  make_whole();
  // Not where pixels are sampled to tell the scene from others.
  const Range tile = tile_bytes(shop / "scene.tif", 8, 19);
  RangeServer server(content);
  server.refuse(tile.begin, tile.end, INT_MAX);
  const Words words = {"--gdal", "GDAL_HTTP_MAX_RETRY=0", "--journal", "0.001"};
  const Outcome failed = run("segment", server.path(), "map.tif", words);
  EXPECT_EQ(failed.exit_code, kData);
  EXPECT_THAT(failed.errors, AllOf(HasSubstr("reading pixels "), HasSubstr("--resume goes on from ")));
  server.refuse(0, 0, 0);
  const Outcome resumed = run("segment", server.path(), "map.tif", with(words, {"--resume"}));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("goes on from "));
  EXPECT_TRUE(bytes_of_file(shop / "map.tif") == bytes_of_file(shop / "whole.tif"));
}

TEST_F(ReadErrors, OfAServerThatIsGoneEndTheRunWhateverThePolicy) {
  RangeServer server(content, [](int request) { return RangeAnswer{request < 12 ? 206 : 0}; });
  const Outcome outcome =
      run("segment", server.path(), "map.tif", with(kNodata, {"--gdal", "GDAL_HTTP_MAX_RETRY=0"}));
  EXPECT_EQ(outcome.exit_code, kData) << outcome.errors;
  EXPECT_THAT(shop.names(), ElementsAre("model", "scene.tif"));
}

TEST_F(ReadErrors, OfOneSceneOfABatchDoNotStopTheOthers) {
  make_raster(shop / "sound.tif");
  damage(5, 4);
  const Outcome outcome =
      shop.segment({"--on-read-error", "fail", shop / "scene.tif", shop / "sound.tif", shop / "maps/"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("reading pixels 320,256 64 x 64 failed 3 times"));
  EXPECT_TRUE(std::filesystem::exists(shop / "maps/sound.tif"));
  EXPECT_FALSE(std::filesystem::exists(shop / "maps/scene.tif"));
}

}  // namespace
}  // namespace orthocover::test
