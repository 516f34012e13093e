#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/ports/memory_classes.h"
#include "core/ports/memory_raster.h"

namespace orthocover {
namespace {

TEST(MemoryClasses, GivesTheSameCodeForTheSameValueInWhateverOrderRowsAreRead) {
  const MemoryClassSource source(
      memory_raster_info(4, 3, 1, 0.5), [](std::int64_t, std::int64_t row) { return -7 + 1000 * row; },
      [](std::int64_t col, std::int64_t) { return col > 0; });
  std::vector<std::uint16_t> last(4);
  std::vector<std::uint16_t> all(12);
  source.read_rows(2, 1, last.data());
  source.read_rows(0, 3, all.data());
  EXPECT_EQ(all[0], ClassSource::kNoCode);
  EXPECT_EQ(all[9], last[1]);
  EXPECT_EQ(source.value_of(all[1]), -7);
  EXPECT_EQ(source.value_of(last[3]), 1993);
  EXPECT_DOUBLE_EQ(source.pixel_size().width_m, 0.5);
  EXPECT_TRUE(source.pixel_size().is_metric);
}

TEST(MemoryClasses, RefusesRowsThatAreNotThereAndMoreValuesThanCodes) {
  const MemoryClassSource source(memory_raster_info(65536, 1, 1, 1),
                                 [](std::int64_t col, std::int64_t) { return col; });
  std::vector<std::uint16_t> codes(2 * 65536);
  EXPECT_THROW(source.read_rows(0, 2, codes.data()), Error);
  EXPECT_THROW(source.read_rows(0, 1, codes.data()), Error);
}

TEST(MemoryRaster, ReadsTheFormulaInAnyWindow) {
  const MemoryRasterSource source(
      memory_raster_info(20, 10, 2, 0.1),
      [](int band, std::int64_t col, std::int64_t row) {
        return static_cast<float>(1000 * band + 10 * row + col);
      },
      [](std::int64_t col, std::int64_t) { return col != 4; });
  PixelBlock block;
  source.read({3, 2, 3, 2}, -1, block);
  EXPECT_EQ(block.values, (Buffer<float>{23, 24, 25, 33, 34, 35, 1023, 1024, 1025, 1033, 1034, 1035}));
  EXPECT_EQ(block.valid, (std::vector<std::uint8_t>{1, 0, 1, 1, 0, 1}));
  EXPECT_THROW(source.read({18, 0, 3, 1}, -1, block), Error);
}

TEST(MemoryRaster, SinkCountsWrites) {
  RasterSpec spec;
  spec.cols = 4;
  spec.rows = 2;
  spec.band_descriptions = {"map"};
  MemoryRasterSink sink(spec);
  sink.write({1, 0, 2, 2}, 0, std::vector<std::uint8_t>{1, 2, 3, 4});
  EXPECT_EQ(sink.pixels(), (std::vector<std::uint8_t>{0, 1, 2, 0, 0, 3, 4, 0}));
  EXPECT_EQ(sink.writes(), (std::vector<std::uint8_t>{0, 1, 1, 0, 0, 1, 1, 0}));
  EXPECT_THROW(sink.write({3, 0, 2, 1}, 0, std::vector<std::uint8_t>{1, 2}), Error);
  EXPECT_FALSE(sink.committed());
}

}  // namespace
}  // namespace orthocover
