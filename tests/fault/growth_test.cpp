#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

/// Resident memory of a process in KiB; 0 when it has ended.
long resident_kib(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

/// Follows the memory of a run until it ends.
std::vector<long> samples_of(pid_t process) {
  std::vector<long> samples;
  for (long kib = resident_kib(process); kib > 0; kib = resident_kib(process)) {
    samples.push_back(kib);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return samples;
}

TEST(Growth, OfMemoryEndsAfterTheFirstOfMoreThanAThousandPatches) {
  const Workshop shop;
  Made made;
  made.cols = made.rows = 1600;  // 33 x 33 patches of 64 px, 48 px apart
  made.options = {"TILED=YES", "COMPRESS=DEFLATE"};
  make_raster(shop / "scene.tif", made);
  ChildProgram run(ORTHOCOVER_PROGRAM, {"segment", "--model", shop / "model", "--device", "cpu", "--threads",
                                        "1", "--progress", "none", "--gdal", "GDAL_CACHEMAX=8", "--memory",
                                        "400MiB", shop / "scene.tif", shop / "map.tif"});
  const std::vector<long> samples = samples_of(run.process());
  const Outcome outcome = run.finish();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  ASSERT_GT(samples.size(), 40U);
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() * 4 / 10);
  const auto late = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() * 6 / 10);
  const long early_kib = *std::max_element(samples.begin(), middle);
  const long late_kib = *std::max_element(late, samples.end());
  RecordProperty("early_kib", std::to_string(early_kib));
  RecordProperty("late_kib", std::to_string(late_kib));
  // A leak of one patch's input (48 KiB) or scores per patch would be more than 25 MiB.
  EXPECT_LT(late_kib, early_kib + 12 * 1024) << "of " << samples.size() << " samples";
}

}  // namespace
}  // namespace orthocover::test
