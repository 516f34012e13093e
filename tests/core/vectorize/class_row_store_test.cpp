#include "core/vectorize/class_row_store.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/core/vectorize/small_map.h"

namespace orthocover {
namespace {

std::vector<std::uint16_t> rows_of(const ClassSource& source, std::int64_t row, std::int64_t rows) {
  std::vector<std::uint16_t> codes(static_cast<std::size_t>(rows * source.info().cols));
  source.read_rows(row, rows, codes.data());
  return codes;
}

TEST(ClassRowStore, GivesBackWhatWasWrittenInBlocksOfAnyOrder) {
  const test::SmallMap map = test::patches(70, 1100, 4, true, 3);
  vectorize::ClassRowStore store(memory_raster_info(70, 1100, 1, 1.0), {1, 1, true}, {}, ".");
  for (const std::int64_t top : {512, 0, 1024}) {
    for (const std::int64_t left : {30, 0}) {
      const Window window{left, top, left == 0 ? 30 : 40, std::min<std::int64_t>(512, 1100 - top)};
      std::vector<std::uint8_t> block;
      for (std::int64_t row = top; row < window.bottom(); ++row) {
        for (std::int64_t col = left; col < window.right(); ++col) block.push_back(map.at(col, row));
      }
      store.write(window, block);
    }
  }
  EXPECT_EQ(rows_of(store, 0, 1100), std::vector<std::uint16_t>(map.values.begin(), map.values.end()));
  EXPECT_EQ(rows_of(store, 500, 30),
            std::vector<std::uint16_t>(map.values.begin() + 500 * 70, map.values.begin() + 530 * 70));
}

TEST(ClassRowStore, PutsWhatIsTooLargeForMemoryIntoAScratchFile) {
  // Noise: 4 bytes a pixel, 44 MB in all.
  const test::SmallMap map = test::noise(6000, 1900, 5, false, 9);
  vectorize::ClassRowStore store(memory_raster_info(6000, 1900, 1, 1.0), {1, 1, true}, {},
                                 testing::TempDir());
  store.write({0, 0, 6000, 1900}, map.values);
  EXPECT_EQ(rows_of(store, 1600, 300),
            std::vector<std::uint16_t>(map.values.begin() + 1600 * 6000, map.values.end()));
}

TEST(ClassRowStore, RefusesRowsThatAreNotCompleteAndMapsThatAreTooLarge) {
  vectorize::ClassRowStore store(memory_raster_info(10, 10, 1, 1.0), {1, 1, true}, {}, ".");
  store.write({0, 0, 10, 5}, std::vector<std::uint8_t>(50, 1));
  EXPECT_THROW(rows_of(store, 0, 1), Error);
  constexpr std::int64_t kTooMany = 1 << 21;
  for (const auto& [cols, rows] : {std::pair(kTooMany, 1L), {1, kTooMany}})
    EXPECT_THROW(vectorize::ClassRowStore(memory_raster_info(cols, rows, 1, 1.0), {1, 1, true}, {}, "."),
                 Error);
}

}  // namespace
}  // namespace orthocover
