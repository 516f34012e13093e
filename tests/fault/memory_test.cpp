#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

constexpr int kResource = 5;

/// Runs `segment` in an address space of this size.
Outcome segment_within(const Workshop& shop, long kilobytes) {
  std::vector<std::string> all = {"-c", fmt::format("ulimit -v {}; exec \"$0\" \"$@\"", kilobytes),
                                  ORTHOCOVER_PROGRAM};
  all.insert(all.end(),
             {"segment", "--model", shop / "model", "--device", "cpu", "--threads", "1", "--progress", "none",
              "--patch-size", "1024", "--memory", "8GiB", shop / "scene.tif", shop / "map.tif"});
  return run_child("/bin/bash", all, {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}});
}

TEST(OutOfMemory, IsOneClearLineAndLeavesNothing) {
  const Workshop shop;
  Made made;
  made.cols = made.rows = 1024;
  make_raster(shop / "scene.tif", made);
  const std::vector<std::string> before = shop.names();
  // From what the libraries alone don't fit into to what is just too little for the patch.
  for (const long megabytes : {100, 300, 600, 900, 1200, 1500}) {
    const Outcome outcome = segment_within(shop, megabytes * 1024);
    if (outcome.exit_code == 0) break;
    EXPECT_EQ(outcome.exit_code, kResource) << megabytes << " MiB: " << outcome.errors;
    EXPECT_EQ(shop.names(), before) << megabytes << " MiB";
  }
}

}  // namespace
}  // namespace orthocover::test
