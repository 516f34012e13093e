#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/workshop.h"
#include "tests/fault/range_server.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;

constexpr int kData = 3;

/// A scene of several tiles, too large for the first 16 KiB that GDAL asks for.
class OverHttp : public testing::Test {
 protected:
  OverHttp() {
    Made made;
    made.cols = made.rows = 256;
    made.options = {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"};
    make_raster(shop / "scene.tif", made);
    content = bytes_of_file(shop / "scene.tif");
  }

  Outcome segment(const std::string& scene, const std::string& map) const {
    return shop.segment({scene, shop / map, "--patch-size", "128", "--gdal", "GDAL_HTTP_RETRY_DELAY=0.1"});
  }

  void expect_same_map(const RangeServer& server) const {
    const Outcome far = segment(server.path(), "far.tif");
    ASSERT_EQ(far.exit_code, 0) << far.errors;
    const Outcome near = segment(shop / "scene.tif", "near.tif");
    ASSERT_EQ(near.exit_code, 0) << near.errors;
    EXPECT_EQ(bytes_of_file(shop / "far.tif"), bytes_of_file(shop / "near.tif"));
    EXPECT_GT(server.requests(), 2);
  }

  void expect_clean_refusal(const RangeServer& server) const {
    const std::vector<std::string> before = shop.names();
    const Outcome outcome = segment(server.path(), "map.tif");
    EXPECT_EQ(outcome.exit_code, kData) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("scene.tif"));
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
    EXPECT_EQ(shop.names(), before);
  }

  Workshop shop;
  std::string content;
};

TEST_F(OverHttp, ASceneGivesTheSameMapAsFromTheDisk) {
  const RangeServer server(content);
  expect_same_map(server);
}

TEST_F(OverHttp, ASlowServerGivesTheSameMap) {
  const RangeServer server(content, [](int) { return RangeAnswer{206, 1, 20, 8192}; });
  expect_same_map(server);
}

TEST_F(OverHttp, AServerThatFailsNowAndThenIsAskedAgain) {
  const RangeServer server(content, [](int request) { return RangeAnswer{request % 3 == 2 ? 503 : 206}; });
  expect_same_map(server);
}

TEST_F(OverHttp, AServerThatBreaksDownIsOneClearLineAndLeavesNothing) {
  for (const RangeAnswer fault : {RangeAnswer{0}, {403}, {500}, {206, 0.5}}) {
    const RangeServer server(content, [=](int request) { return request < 4 ? RangeAnswer{206} : fault; });
    expect_clean_refusal(server);
  }
}

TEST_F(OverHttp, AServerThatFallsSilentIsGivenUp) {
  const RangeServer server(content, [](int request) { return RangeAnswer{206, 1, request < 4 ? 0 : 4000}; });
  const Outcome outcome = shop.segment({server.path(), shop / "map.tif", "--patch-size", "128", "--gdal",
                                        "GDAL_HTTP_MAX_RETRY=0", "--gdal", "GDAL_HTTP_LOW_SPEED_TIME=1"});
  EXPECT_EQ(outcome.exit_code, kData) << outcome.errors;
  EXPECT_THAT(shop.names(), testing::ElementsAre("model", "scene.tif"));
}

TEST_F(OverHttp, ARunThatWaitsForAServerStopsInTime) {
  // From the first word on, and in the middle of the scene.
  for (const int silent_from : {0, 4}) {
    const RangeServer server(content, [silent_from](int request) {
      return RangeAnswer{206, 1, request < silent_from ? 0 : 60000, 1024};
    });
    ChildProgram program(ORTHOCOVER_PROGRAM, {"segment", "--model", shop / "model", server.path(),
                                              shop / "map.tif", "--patch-size", "128"});
    while (server.requests() <= silent_from) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto asked = std::chrono::steady_clock::now();
    program.send(SIGTERM);
    const Outcome outcome = program.finish();
    EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(5));
    EXPECT_EQ(outcome.exit_code, 143) << outcome.errors;
    EXPECT_THAT(outcome.errors, testing::StartsWith("orthocover segment: cancelled"));
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
    EXPECT_THAT(shop.names(), testing::ElementsAre("model", "scene.tif"));
  }
}

}  // namespace
}  // namespace orthocover::test
