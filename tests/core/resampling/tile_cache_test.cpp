#include "core/resampling/tile_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/ports/unreadable_pixels.h"
#include "tests/core/resampling/counted_raster.h"

namespace orthocover {
namespace {

constexpr std::uint64_t kPlenty = 1ULL << 30;
constexpr int kTiles = 9;  // of 256 x 256 px in 700 x 531 px

RasterInfo tiled(const std::string& type) {
  RasterInfo info = info_of(type);
  info.block_cols = 128;
  info.block_rows = 64;
  info.overviews = {{350, 266}};
  return info;
}

void read_in_threads(const RasterSource& source, const PixelBlock& expected) {
  std::vector<PixelBlock> got(8);
  {
    std::vector<std::jthread> threads;
    for (PixelBlock& block : got)
      threads.emplace_back([&] { source.read(source.info().window(), -1, block); });
  }
  for (const PixelBlock& block : got) expect_same(block, expected);
}

TEST(TileCache, GivesEveryWindowAsTheFileHasIt) {
  for (const char* type : {"Byte", "UInt16", "Float32"}) {
    for (const bool holes : {false, true}) {
      const CountedRaster file(tiled(type), holes);
      for (const std::uint64_t budget : {std::uint64_t{0}, kPlenty}) {
        const TileCache cache(file, budget);
        for (const Window& window :
             {Window{0, 0, 700, 531}, {255, 255, 2, 2}, {300, 17, 301, 400}, {699, 530, 1, 1}}) {
          PixelBlock expected, got;
          file.read(window, -1, expected);
          cache.read(window, -1, got);
          expect_same(got, expected);
          if (type != std::string("Byte")) continue;
          ByteBlock bytes;
          cache.read_bytes(window, -1, bytes);
          EXPECT_TRUE(std::ranges::equal(bytes.values, expected.values));
          EXPECT_EQ(bytes.valid, expected.valid);
        }
        PixelBlock expected, got;
        file.read({10, 20, 330, 240}, 0, expected);
        cache.read({10, 20, 330, 240}, 0, got);
        expect_same(got, expected);
      }
    }
  }
}

TEST(TileCache, ReadsEachTileOnceForAllThreads) {
  const CountedRaster file(tiled("Byte"));
  PixelBlock expected;
  file.read(file.info().window(), -1, expected);
  file.reads = 0;
  const TileCache cache(file, kPlenty);
  read_in_threads(cache, expected);
  read_in_threads(cache, expected);
  EXPECT_EQ(file.reads, kTiles);
}

TEST(TileCache, TellsTheValidityOfTilesThatItHolds) {
  const CountedRaster file(tiled("Byte"), true);
  const TileCache cache(file, kPlenty);
  ByteBlock bytes;
  cache.read_bytes({256, 0, 444, 531}, -1, bytes);
  for (const Window& window : {Window{250, 3, 20, 30}, {256, 0, 444, 531}, {400, 200, 150, 290}}) {
    std::vector<std::uint8_t> expected, got;
    file.read_validity(window, expected);
    file.reads = 0;
    cache.read_validity(window, got);
    EXPECT_EQ(got, expected);
    EXPECT_EQ(file.reads, window.col < 256 ? 1 : 0) << "what isn't held is in the file";
  }
}

TEST(TileCache, RemembersWhichTilesWereValidThroughout) {
  const CountedRaster whole(tiled("Byte"));
  const CountedRaster with_holes(tiled("Byte"), true);
  for (const CountedRaster* file : {&whole, &with_holes}) {
    const TileCache cache(*file, 1);
    ByteBlock bytes;
    cache.read_bytes(file->info().window(), -1, bytes);
    file->reads = 0;
    std::vector<std::uint8_t> got;
    cache.read_validity({200, 100, 300, 400}, got);
    EXPECT_EQ(file->reads, file == &whole ? 0 : 1);
    std::vector<std::uint8_t> expected;
    file->read_validity({200, 100, 300, 400}, expected);
    EXPECT_EQ(got, expected);
  }
}

TEST(TileCache, GivesThreadsTheRightPixelsWithoutRoomForThem) {
  const CountedRaster file(tiled("Byte"), true);
  PixelBlock expected;
  file.read(file.info().window(), -1, expected);
  read_in_threads(TileCache(file, 1), expected);
}

TEST(TileCache, LetsTheTileGoThatIsLongestUnused) {
  const CountedRaster file(tiled("Byte"));
  const TileCache cache(file, 2 * 256 * 256 * 3 + 1000);
  const auto reads_of = [&](std::int64_t tile) {
    file.reads = 0;
    PixelBlock block;
    cache.read({256 * (tile % 2), 256 * (tile / 2), 200, 200}, -1, block);
    return file.reads.load();
  };
  EXPECT_EQ(reads_of(0), 1);
  EXPECT_EQ(reads_of(1), 1);
  EXPECT_EQ(reads_of(0), 0);
  EXPECT_EQ(reads_of(2), 1);
  EXPECT_EQ(reads_of(0), 0);
  EXPECT_EQ(reads_of(1), 1);
}

TEST(TileCache, KeepsTheTilesThatAreWantedSoonest) {
  const CountedRaster file(tiled("Byte"));
  TileCache cache(file, 2 * 256 * 256 * 3 + 1000);
  const std::vector<std::int64_t> order = {0, 1, 2, 0, 1, 3, 3, 1};
  const auto window_of = [](std::int64_t tile) {
    return Window{256 * (tile % 2), 256 * (tile / 2), 200, 200};
  };
  cache.expect(order.size(), [&](std::size_t read) {
    return std::vector<TileCache::Place>{{-1, window_of(order[read])}};
  });
  std::vector<int> decoded;
  for (std::size_t read = 0; read < order.size(); ++read) {
    cache.proceed(read);
    file.reads = 0;
    PixelBlock block, expected;
    cache.read(window_of(order[read]), -1, block);
    decoded.push_back(file.reads.load());
    file.read(window_of(order[read]), -1, expected);
    expect_same(block, expected);
  }
  // There is room for two: while 2 is read, 0 is wanted sooner than 1, which was used later.
  EXPECT_EQ(decoded, (std::vector<int>{1, 1, 1, 0, 1, 1, 0, 0}));
}

/// Has a pixel that can't be read.
class HoledRaster final : public RasterSource {
 public:
  const RasterInfo& info() const override { return m_made.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    if (!intersect(window, kHole).empty()) throw UnreadablePixels("scene", kHole, overview, 1, "corrupt");
    m_made.read(window, overview, out);
  }
  void read_validity(const Window&, std::vector<std::uint8_t>&) const override {}

 private:
  static constexpr Window kHole{250, 250, 1, 1};
  CountedRaster m_made{tiled("Byte")};
};

TEST(TileCache, FailsForPixelsThatAreWantedOnly) {
  const HoledRaster file;
  const TileCache cache(file, kPlenty);
  PixelBlock expected, got;
  file.read({0, 0, 250, 250}, -1, expected);
  cache.read({0, 0, 250, 250}, -1, got);
  expect_same(got, expected);
  EXPECT_THROW(cache.read({0, 0, 251, 251}, -1, got), UnreadablePixels);
}

/// Fails at first, and notes how many threads are in it at once.
class FragileRaster final : public RasterSource {
 public:
  FragileRaster(RasterInfo info, int failures) : m_made(std::move(info)), m_failures(failures) {}
  const RasterInfo& info() const override { return m_made.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    most_inside = std::max(most_inside.load(), ++m_inside);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    m_made.read(window, overview, out);
    --m_inside;
    if (--m_failures >= 0) throw data_error("block is corrupt");
  }
  void read_validity(const Window&, std::vector<std::uint8_t>&) const override {}
  mutable std::atomic<int> most_inside = 0;

 private:
  CountedRaster m_made;
  mutable std::atomic<int> m_inside = 0;
  mutable std::atomic<int> m_failures;
};

TEST(TileCache, PassesFailuresOnAndTriesAgain) {
  const FragileRaster file(tiled("Byte"), 1);
  const TileCache cache(file, kPlenty);
  PixelBlock block;
  EXPECT_THROW(cache.read({0, 0, 700, 531}, -1, block), Error);
  EXPECT_NO_THROW(cache.read({0, 0, 700, 531}, -1, block));
  // Of threads that wait for each other's tiles those fail that made one, and the others make it.
  const FragileRaster other(tiled("Byte"), 3);
  const TileCache shared(other, kPlenty);
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        PixelBlock own;
        try {
          shared.read({0, 0, 100, 100}, -1, own);
        } catch (const Error&) {
          ++failed;
        }
      });
    }
  }
  EXPECT_EQ(failed, 3);
}

TEST(TileCache, DecodesAPictureFromItsBeginningOnInOneThread) {
  RasterInfo info = tiled("Byte");
  info.block_cols = info.cols;
  info.block_rows = 1;
  info.overviews.clear();
  for (const char* driver : {"JPEG", "GTiff"}) {
    info.driver = driver;
    const FragileRaster file(info, 0);
    PixelBlock expected;
    file.read(info.window(), -1, expected);
    file.most_inside = 0;
    read_in_threads(TileCache(file, kPlenty), expected);
    if (info.driver == "JPEG")
      EXPECT_EQ(file.most_inside, 1);
    else
      EXPECT_GT(file.most_inside, 1);
  }
}

TEST(TileCache, ReadsNoMoreOnceTheRunIsCancelled) {
  class Cancelled final : public RunContext {
   public:
    bool cancelled() const override { return true; }
  };
  const CountedRaster file(tiled("Byte"), false);
  const Cancelled run;
  PixelBlock out;
  EXPECT_THROW(TileCache(file, kPlenty, &run).read(file.info().window(), -1, out), Error);
}

}  // namespace
}  // namespace orthocover
