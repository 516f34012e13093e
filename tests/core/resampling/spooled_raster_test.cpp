#include "core/resampling/spooled_raster.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/ports/unreadable_pixels.h"
#include "tests/core/resampling/counted_raster.h"

namespace orthocover {
namespace {

RasterInfo in_rows(const std::string& type) {
  RasterInfo info = info_of(type);
  info.driver = "PNG";
  info.overviews = {{350, 266}};
  return info;
}

class InOrder final : public RasterSource {
 public:
  explicit InOrder(const RasterSource& source, std::int64_t rows = 1 << 30)
      : m_source(source), m_rows(rows) {}
  const RasterInfo& info() const override { return m_source.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    note(window, overview);
    m_source.read(window, overview, out);
  }
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override {
    note(window, overview);
    m_source.read_bytes(window, overview, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    m_source.read_validity(window, valid);
  }
  mutable std::int64_t m_jumps = 0;

 private:
  void note(const Window& window, int overview) const {
    if (window.bottom() > m_rows) throw UnreadablePixels("a.png", window, overview, 1, "cut off");
    std::int64_t& next = m_next[overview];
    if (window.row != next || window.cols != info().window_of_copy(overview).cols) ++m_jumps;
    next = window.bottom();
  }

  const RasterSource& m_source;
  std::int64_t m_rows;
  mutable std::map<int, std::int64_t> m_next;
};

TEST(SpooledRaster, DecodesEachRowOnce) {
  for (const char* type : {"Byte", "UInt16", "Float32"}) {
    for (const bool holes : {false, true}) {
      const CountedRaster file(in_rows(type), holes);
      auto rows = std::make_unique<InOrder>(file);
      const InOrder& counted = *rows;
      RunContext run;
      const SpooledRaster spooled(std::move(rows), testing::TempDir(), run);
      const auto expect_as_in_file = [&](const Window& window, int overview) {
        PixelBlock expected, got;
        file.read(window, overview, expected);
        spooled.read(window, overview, got);
        expect_same(got, expected);
        if (!file.has_bytes()) return;
        ByteBlock bytes;
        spooled.read_bytes(window, overview, bytes);
        EXPECT_TRUE(std::ranges::equal(bytes.values, expected.values));
      };
      {
        std::vector<std::jthread> threads;
        for (const Window& window :
             {Window{300, 17, 301, 400}, {0, 0, 700, 100}, {255, 255, 2, 2}, {699, 530, 1, 1}})
          threads.emplace_back([&, window] { expect_as_in_file(window, -1); });
        threads.emplace_back([&] { expect_as_in_file({10, 20, 330, 240}, 0); });
      }
      expect_as_in_file({0, 0, 700, 531}, -1);
      std::vector<std::uint8_t> expected, valid;
      file.read_validity({1, 3, 20, 9}, expected);
      spooled.read_validity({1, 3, 20, 9}, valid);
      EXPECT_EQ(valid, expected);
      EXPECT_EQ(counted.m_jumps, 0);
    }
  }
}

TEST(SpooledRaster, ReadsUpToABreak) {
  const CountedRaster file(in_rows("Byte"), false);
  RunContext run;
  const SpooledRaster spooled(std::make_unique<InOrder>(file, 200), testing::TempDir(), run);
  PixelBlock expected, got;
  EXPECT_THROW(spooled.read({0, 150, 700, 100}, -1, got), UnreadablePixels);
  file.read({3, 0, 600, 200}, -1, expected);
  spooled.read({3, 0, 600, 200}, -1, got);
  expect_same(got, expected);
}

TEST(SpooledRaster, NeedsNoRoom) {
  const CountedRaster file(in_rows("Byte"), false);
  RunContext run;
  const SpooledRaster spooled(std::make_unique<InOrder>(file), "/no/such/folder", run);
  PixelBlock expected, got;
  file.read({3, 9, 60, 20}, -1, expected);
  spooled.read({3, 9, 60, 20}, -1, got);
  expect_same(got, expected);
}

TEST(SpooledRaster, SuitsLargePictures) {
  RasterInfo info = in_rows("Byte");
  EXPECT_FALSE(SpooledRaster::suits(info));
  info.cols = info.rows = 9000;
  EXPECT_TRUE(SpooledRaster::suits(info));
}

}  // namespace
}  // namespace orthocover
