#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/vectorize_workshop.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Every map of a batch as a layer of its own.
class VectorizeFolder : public Vectorize {
 protected:
  VectorizeFolder() {
    make_map(shop / "north.tif", 40, 40, yard_at);
    make_map(shop / "south.tif", 50, 40, yard_at);
  }

  Outcome into_folder(const std::vector<std::string>& maps, const std::vector<std::string>& options) const {
    std::vector<std::string> words = {"vectorize"};
    words.insert(words.end(), options.begin(), options.end());
    for (const std::string& map : maps) words.push_back(shop / map);
    words.push_back(shop / "layers/");
    return shop.run(words);
  }

  double area_m2_of(const std::string& layer) const {
    double area = 0;
    for (const auto& [value, m2] : PolygonFile(shop / layer).area_per_class()) area += m2;
    return area;
  }
};

TEST_F(VectorizeFolder, LayersAreCalledLikeTheirMaps) {
  const Outcome outcome = into_folder({"north.tif", "south.tif"}, {"--format", "shp"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NEAR(area_m2_of("layers/north.shp"), (40 * 40 - 4 * 14) * 0.01, 1e-9);
  EXPECT_NEAR(area_m2_of("layers/south.shp"), (50 * 40 - 14 * 14) * 0.01, 1e-9);
  EXPECT_EQ(into_folder({"north.tif"}, {}).exit_code, 0);
  EXPECT_NEAR(area_m2_of("layers/north.gpkg"), (40 * 40 - 4 * 14) * 0.01, 1e-9);
}

TEST_F(VectorizeFolder, AFailingMapDoesNotStopOthers) {
  write_bytes(shop / "broken.tif", "not a raster");
  const Outcome outcome = into_folder({"broken.tif", "south.tif"}, {});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("broken.tif: is not a raster"));
  EXPECT_THAT(outcome.errors, HasSubstr("1 of 2 maps failed"));
  EXPECT_TRUE(std::filesystem::exists(shop / "layers/south.gpkg"));
  EXPECT_FALSE(std::filesystem::exists(shop / "layers/broken.gpkg"));
  EXPECT_EQ(into_folder({"broken.tif"}, {}).exit_code, 3) << "alone";
}

TEST_F(VectorizeFolder, ResumingSkipsWhatIsDone) {
  const std::vector<std::string> both = {"north.tif", "south.tif"};
  ASSERT_EQ(into_folder({"north.tif"}, {}).exit_code, 0);
  const Outcome refused = into_folder(both, {});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("north.gpkg: exists already; add --resume"));
  EXPECT_FALSE(std::filesystem::exists(shop / "layers/south.gpkg"));

  const Outcome resumed = into_folder(both, {"--resume"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, Not(HasSubstr("north.gpkg: ")));
  EXPECT_THAT(resumed.errors, HasSubstr("1 of 2 maps are done and unchanged"));
  make_map(shop / "north.tif", 30, 20, yard_at);
  EXPECT_EQ(into_folder(both, {"--resume"}).exit_code, 0);
  EXPECT_NEAR(area_m2_of("layers/north.gpkg"), 30 * 20 * 0.01, 1e-9);
  for (const char* more : {"--gdal=A=1", "--dissolve"})
    EXPECT_THAT(into_folder(both, {"--resume", more}).errors, Not(HasSubstr("skipped")));
  // What somebody else has put there stays.
  write_bytes(shop / "layers/map.gpkg", "of others");
  make_map(shop / "map.tif", 20, 20, yard_at);
  EXPECT_EQ(into_folder({"map.tif"}, {"--resume"}).exit_code, 2);
  EXPECT_EQ(bytes_of_file(shop / "layers/map.gpkg"), "of others");
}

TEST_F(VectorizeFolder, OptionsOfOneFile) {
  const auto refused = [&](const std::vector<std::string>& options, const std::string& part) {
    const Outcome outcome = into_folder({"north.tif", "south.tif"}, options);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr(part));
  };
  refused({"--append"}, "--append: ");
  refused({"--layer", "land"}, "--layer: ");
  refused({"--confidence", shop / "north.tif"}, "--confidence: ");
  refused({"--format", "GPKG2"}, "--format: 'GPKG2'");
  refused({"--crs", "none"}, "--crs: 'none'");
  EXPECT_FALSE(std::filesystem::exists(shop / "layers"));
  shop.expect_refusal({"vectorize", "--resume", shop / "north.tif", shop / "out.gpkg"}, 2, {"--resume: "});
}

}  // namespace
}  // namespace orthocover::test
