#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "core/nn/torch.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;

std::vector<std::uint8_t> pixels_of(const std::string& path) {
  const GDALDatasetUniquePtr raster(GDALDataset::Open(path.c_str()));
  const int cols = raster->GetRasterXSize();
  const int rows = raster->GetRasterYSize();
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows));
  EXPECT_EQ(raster->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, cols, rows, pixels.data(), cols, rows, GDT_Byte,
                                               0, 0),
            CE_None);
  return pixels;
}

/// Pixels that differ by more than `least`.
int differences(const std::string& a, const std::string& b, int least) {
  const std::vector<std::uint8_t> first = pixels_of(a);
  const std::vector<std::uint8_t> second = pixels_of(b);
  EXPECT_EQ(first.size(), second.size());
  int count = 0;
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i)
    if (std::abs(first[i] - second[i]) > least) ++count;
  return count;
}

bool is_simulated() {
  return std::getenv("ORTHOCOVER_SIMULATED_CUDA") != nullptr;
}

class OnCuda : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(torch::cuda::is_available() || !is_simulated()) << "the simulated device is not there";
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
    make_training_scene(shop);
  }

  std::vector<std::string> training(const std::string& package) const {
    return training_words(shop, {"--steps", "4", "--device", "cuda", "--levels", "1,2", "--accumulate", "2"},
                          package);
  }

  Workshop shop;
};

TEST_F(OnCuda, MapsAsOnTheCpu_CUDA) {
  for (const std::string device : {"cpu", "cuda"}) {
    const Outcome run =
        shop.segment({"--device", device, "--levels", "1,2", "--patch-size", "64", "--confidence",
                      shop / (device + "_sure.tif"), shop / "scene.tif", shop / (device + ".tif")});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }
  EXPECT_LE(differences(shop / "cpu.tif", shop / "cuda.tif", 0), 100);
  EXPECT_LE(differences(shop / "cpu_sure.tif", shop / "cuda_sure.tif", 2), 100);
}

TEST_F(OnCuda, TrainsAndMapsManyScenes_CUDA) {
  const Outcome trained = shop.run(training(shop / "new"));
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output, HasSubstr("after 4 steps"));
  make_training_scene(shop, "other", "other");
  const Outcome mapped = shop.run({"segment", "--model", shop / "new", "--device", "cuda", "--jobs", "2",
                                   shop / "scene.tif", shop / "other.tif", shop / "maps/"});
  EXPECT_EQ(mapped.exit_code, 0) << mapped.errors;
}

TEST_F(OnCuda, SaysWhatTheMemoryHasNoRoomFor_CUDA) {
  if (!is_simulated()) GTEST_SKIP() << "the device is not a simulated one";
  setenv("SIMULATED_CUDA_MOST_BYTES", "1000", 1);
  shop.expect_refusal(
      {"segment", "--model", shop / "model", "--device", "cuda", shop / "scene.tif", shop / "map.tif"}, 5,
      {"model: its weights do not fit into the memory of cuda:0; use another --device"});
  const Outcome trained = shop.run(training(shop / "new"));
  EXPECT_EQ(trained.exit_code, 5);
  EXPECT_THAT(trained.errors, HasSubstr("do not fit into the memory of cuda:0"));
  setenv("SIMULATED_CUDA_MOST_BYTES", "8000000", 1);  // enough for steps, not for scores
  std::vector<std::string> large = training(shop / "new");
  large.insert(large.end() - 2, {"--map-patch-size", "1024", "--overwrite"});
  EXPECT_THAT(shop.run(large).errors, HasSubstr("--map-patch-size: patches of 1024 px do not fit"));
  unsetenv("SIMULATED_CUDA_MOST_BYTES");
}

}  // namespace
}  // namespace orthocover::test
