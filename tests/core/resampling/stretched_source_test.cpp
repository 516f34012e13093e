#include "core/resampling/stretched_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/ports/memory_raster.h"
#include "core/resampling/patch_reader.h"
#include "core/resampling/scene_percentiles.h"

namespace orthocover {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

std::unique_ptr<RasterSource> ramp(const std::string& type, float first, float step) {
  RasterInfo info = memory_raster_info(4, 1, 2, 0.1);
  for (BandInfo& band : info.bands) band.data_type = type;
  return std::make_unique<MemoryRasterSource>(info, [=](int band, std::int64_t col, std::int64_t) {
    return first + step * static_cast<float>(col) + static_cast<float>(band);
  });
}

std::vector<float> values_of(const RasterSource& source, int band) {
  PixelBlock block;
  read_patch(source, 1, source.info().window(), block);
  return {block.band(band), block.band(band) + block.cols};
}

TEST(StretchedSource, StretchesEveryBandByItsOwnBoundsAndCutsOff) {
  const StretchedSource source(ramp("Byte", 50, 50), {{50, 150}, {51, 306}});
  EXPECT_THAT(values_of(source, 0), ElementsAre(FloatEq(0), FloatEq(127.5), FloatEq(255), FloatEq(255)));
  EXPECT_THAT(values_of(source, 1), ElementsAre(FloatEq(0), FloatEq(50), FloatEq(100), FloatEq(150)));
}

TEST(StretchedSource, CutsOffAfterResamplingAsMapsDo) {
  const StretchedSource source(ramp("Byte", 0, 100), {{0, 50}, {0, 51}});
  PixelBlock half;
  read_patch(source, 2, {0, 0, 2, 1}, half);
  EXPECT_THAT(half.values[0], FloatEq(255));  // of the mean 50, where the ends' mean were 127.5
}

TEST(StretchedSource, StretchesToTheRangeOfTheDataType) {
  EXPECT_EQ(values_of(StretchedSource(ramp("UInt16", 1000, 10), {{1000, 1010}, {0, 1}}), 0)[1], 65535);
  EXPECT_EQ(values_of(StretchedSource(ramp("Float32", 0, 2), {{0, 4}, {0, 1}}), 0)[1], 0.5);
  RasterInfo mixed = memory_raster_info(4, 1, 2, 0.1);
  mixed.bands[1].data_type = "Float32";
  auto ones =
      std::make_unique<MemoryRasterSource>(mixed, [](int, std::int64_t, std::int64_t) { return 1.0F; });
  EXPECT_EQ(values_of(StretchedSource(std::move(ones), {{0, 1}, {0, 1}}), 0)[1], 1) << "that of floats";
}

TEST(StretchedSource, MakesScenesOfOtherLightAlike) {
  const auto seen = [](float first, float step) {
    std::unique_ptr<RasterSource> source = ramp("Byte", first, step);
    const auto bounds = scene_percentiles(*source, 0, 100, "");
    return values_of(StretchedSource(std::move(source), bounds), 1);
  };
  EXPECT_THAT(seen(20, 10), testing::Pointwise(testing::FloatNear(1e-3F), seen(100, 30)));
}

TEST(StretchedSource, TurnsABandOfOneValueIntoAnEnd) {
  for (const float value : values_of(StretchedSource(ramp("Byte", 7, 0), {{7, 7}, {8, 8}}), 0))
    EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace orthocover
