#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "core/base/error.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using test::map_info;

/// What a process says of `action` when no file may grow beyond `limit_bytes`, as on a full disk.
std::string refusal_with_limit(rlim_t limit_bytes, const std::function<void()>& action) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{limit_bytes, limit_bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::string text = "nothing was refused";
    try {
      action();
    } catch (const Error& error) {
      text = std::string(to_string(error.kind())) + ": " + error.what();
    }
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "the process died";
}

std::vector<RasterPolygon> many_squares() {
  std::vector<RasterPolygon> polygons;
  for (int i = 0; i < 20000; ++i) polygons.push_back(test::square(1, (i % 100) * 10, (i / 100) * 5, 4));
  return polygons;
}

class FullDisk : public testing::TestWithParam<const char*> {};

TEST_P(FullDisk, IsOneClearLineAndLeavesNothing) {
  for (const rlim_t limit_bytes : {4096, 200 << 10, 700 << 10}) {
    const Folder folder;
    const std::string path = folder / GetParam();
    const std::string text = refusal_with_limit(limit_bytes, [&] {
      VectorSpec spec;
      spec.path = path;
      if (path.ends_with(".gml")) spec.format = "GML";
      test::write_layer(spec, map_info("EPSG:32633"), many_squares());
    });
    EXPECT_TRUE(text.starts_with("Resource: " + path + ": writing failed")) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_LT(text.size(), 300U);
    EXPECT_TRUE(folder.names().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Vector, FullDisk,
                         testing::Values("v.gpkg", "v.shp", "v.geojson", "v.ndjson", "v.fgb", "v.kml",
                                         "v.gml"));

TEST(AppendingToAFullDisk, KeepsTheGeoPackageThatWasToBeAppendedTo) {
  const Folder folder;
  VectorSpec spec;
  spec.path = folder / "v.gpkg";
  test::write_layer(spec, map_info("EPSG:32633"), {test::square(1, 0, 0, 4)});
  const std::string before = read_small_file(spec.path, 1 << 22);
  spec.append = true;
  const auto write = [&] { test::write_layer(spec, map_info("EPSG:32633"), many_squares()); };
  for (const rlim_t limit_bytes : {4 * 1024, 300 * 1024}) {
    const std::string text = refusal_with_limit(limit_bytes, write);
    EXPECT_TRUE(text.starts_with("Resource: " + spec.path + ": writing failed")) << text;
    EXPECT_EQ(read_small_file(spec.path, 1 << 22), before);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"v.gpkg"});
  }
  spec.path = folder / "w.gpkg";
  spec.creation_options = {{"FID", "id"}};
  EXPECT_EQ(refusal_with_limit(4096, write).find("Resource"), 0U);
}

TEST(UnusableFolder, IsNamedBeforeWritingWhereTheFolderIsMissingOrReadOnly) {
  const Folder folder;
  VectorSpec spec;
  spec.path = folder / "none/v.gpkg";
  EXPECT_EQ(test::refusal([&] { make_gdal_geo_io()->create_features(spec, map_info("EPSG:32633")); }),
            spec.path + ": the folder " + folder / "none" + " does not exist; create it first");
  spec.path = "/proc/v.gpkg";
  EXPECT_TRUE(test::refusal([&] {
                make_gdal_geo_io()->create_features(spec, map_info("EPSG:32633"));
              }).starts_with("/proc/v.gpkg: "));
}

}  // namespace
}  // namespace orthocover
