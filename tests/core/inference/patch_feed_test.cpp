#include "core/inference/patch_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "core/ports/memory_raster.h"
#include "core/ports/raster_sink.h"
#include "core/resampling/patch_reader.h"
#include "tests/core/resampling/counted_raster.h"

namespace orthocover {
namespace {

float ramp(int band, std::int64_t col, std::int64_t row) {
  return static_cast<float>((band * 50 + col * 7 + row * 3) % 256);
}

std::vector<LevelPlan> plans(std::int64_t cols, std::int64_t rows, std::vector<int> levels) {
  return plan_levels({cols, rows, {0, 0, cols, rows}, std::move(levels), 1, 256, 0.25, 32}).used;
}

TEST(ReadingJobs, TakeEveryStepOnceAndInOrder) {
  const auto levels = plans(3000, 2000, {1, 2, 4});
  const Schedule schedule = make_schedule(levels, 2, {0, 0, 3000, 2000}, RasterSink::kBlockPx);
  const auto jobs = reading_jobs(levels, schedule.steps, 1 << 20);
  std::size_t next = 0;
  for (const ReadingJob& job : jobs) {
    EXPECT_EQ(job.begin, next);
    EXPECT_LT(job.begin, job.end);
    for (std::size_t i = job.begin; i < job.end; ++i)
      EXPECT_EQ(schedule.steps[i].level, schedule.steps[job.begin].level);
    next = job.end;
  }
  EXPECT_EQ(next, schedule.steps.size());
  EXPECT_LT(jobs.size(), schedule.steps.size() / 2) << "neighbours should be read together";
}

TEST(ReadingJobs, AreSinglePatchesWhereTheLimitIsSmaller) {
  const auto levels = plans(3000, 2000, {1});
  const Schedule schedule = make_schedule(levels, 2, {0, 0, 3000, 2000}, RasterSink::kBlockPx);
  EXPECT_EQ(reading_jobs(levels, schedule.steps, 1).size(), schedule.steps.size());
}

TEST(ReadPatches, AreTheSameAsReadOneByOne) {
  const auto valid = [](std::int64_t col, std::int64_t row) { return (col / 90 + row / 70) % 3 != 1; };
  const MemoryRasterSource source(memory_raster_info(900, 700, 3, 0.1), ramp, valid);
  BlockPool pool;  // hands out what earlier rounds have left in its blocks
  BytePool byte_pool;
  for (const double scale : {1.0, 2.0, 2.7, 0.7}) {
    const std::vector<Window> windows = {
        {-32, -32, 128, 96}, {64, -32, 128, 96}, {-32, 32, 128, 96}, {64, 32, 128, 96}};
    const auto together = read_patches(source, scale, windows, pool);
    ASSERT_EQ(together.size(), windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
      PixelBlock alone;
      ASSERT_TRUE(read_patch(source, scale, windows[i], alone));
      EXPECT_EQ(together[i]->values, alone.values) << scale;
      EXPECT_EQ(together[i]->valid, alone.valid) << scale;
    }
    if (scale != 1) continue;
    const auto bytes = read_patches(source, windows, byte_pool);
    ASSERT_EQ(bytes.size(), windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
      EXPECT_TRUE(std::ranges::equal(bytes[i]->values, together[i]->values));
      EXPECT_EQ(bytes[i]->valid, together[i]->valid);
    }
  }
}

TEST(BlockPool, GivesABlockAgainForWhatIsAboutAsLarge) {
  BlockPool pool;
  const PixelBlock* first = pool.take(1000).get();
  EXPECT_EQ(pool.take(900).get(), first);
  const auto small = pool.take(100), large = pool.take(1100);
  EXPECT_NE(small.get(), first);
  EXPECT_LT(small->values.capacity(), 1000U);
  EXPECT_NE(large.get(), first);
  EXPECT_EQ(pool.take(1000).get(), first);
}

TEST(ReadPatches, GiveNoBlockWhereNoPixelIsValid) {
  const MemoryRasterSource source(memory_raster_info(900, 700, 3, 0.1), ramp,
                                  [](std::int64_t col, std::int64_t) { return col >= 200; });
  BlockPool pool;
  const auto blocks = read_patches(source, 1, std::vector<Window>{{0, 0, 128, 128}, {96, 0, 128, 128}}, pool);
  EXPECT_EQ(blocks[0], nullptr);
  ASSERT_NE(blocks[1], nullptr);
  EXPECT_EQ(blocks[1]->cols, 128);
}

TEST(PatchFeed, HandsOutPatchesInOrderFromManyThreads) {
  const MemoryRasterSource scene(memory_raster_info(3000, 2000, 3, 0.1), ramp,
                                 [](std::int64_t col, std::int64_t) { return col < 2000; });
  const auto levels = plans(3000, 2000, {1, 2});
  const Schedule schedule = make_schedule(levels, 4, {0, 0, 3000, 2000}, RasterSink::kBlockPx);
  const auto network = nn::make_network("orthonet-small", {3, 4});
  const Predictor predictor(network, torch::kCPU, std::vector<BandScaling>(3));
  const auto sums = [&](int threads, std::int64_t job_px, std::uint64_t budget_bytes) {
    TileCache source(scene, budget_bytes);
    const Window region{0, 0, 3000, 2000};
    PatchFeed feed(
        {source, nullptr, predictor, levels, region, schedule.steps, threads, 3, job_px, threads > 1});
    std::vector<double> all;
    while (const auto patch = feed.next()) {
      const ScheduleStep& expected = schedule.steps[all.size()];
      EXPECT_TRUE(patch->step.level == expected.level && patch->step.patch == expected.patch);
      all.push_back(patch->input.defined() ? patch->input.sum().item<double>() : -1);
    }
    return all;
  };
  const auto alone = sums(1, 1, 64 << 20);
  EXPECT_EQ(alone.size(), schedule.steps.size());
  EXPECT_EQ(sums(5, 1 << 19, 64 << 20), alone);
  EXPECT_EQ(sums(5, 1 << 19, 2 << 20), alone);
  EXPECT_NE(std::ranges::count(alone, -1), 0);
}

TEST(PatchFeed, ThreadsThatReadAPatchTogetherChangeNoBit) {
  const MemoryRasterSource scene(
      memory_raster_info(1500, 1100, 3, 0.1), ramp,
      [](std::int64_t col, std::int64_t row) { return (col / 190 + row / 170) % 5 != 1; });
  const Predictor predictor(nn::make_network("orthonet-small", {3, 4}), torch::kCPU,
                            std::vector<BandScaling>(3));
  for (const double base : {1.0, 1.7, 0.7}) {
    const auto levels =
        plan_levels({1500, 1100, {0, 0, 1500, 1100}, {1, 2, 4}, PixelScale(base, base), 256, 0.25, 32}).used;
    // The first patch is a fine one, of bytes, as on a device, or a coarse one of numbers.
    const auto order = base == 1 ? LevelOrder::BeforeLastRow : LevelOrder::CoarseFirst;
    const Schedule schedule = make_schedule(levels, 4, {0, 0, 1500, 1100}, RasterSink::kBlockPx, order);
    const auto inputs = [&](int threads, bool share) {
      TileCache source(scene, 4 << 20);
      PatchFeed feed(
          {source, nullptr, predictor, levels, {0, 0, 1500, 1100}, schedule.steps, threads, 3, 1, share});
      std::vector<torch::Tensor> all;
      while (const auto patch = feed.next())
        all.push_back(patch->input.defined() ? patch->input.clone() : torch::Tensor());
      return all;
    };
    const auto alone = inputs(1, false);
    const auto together = inputs(7, true);
    ASSERT_EQ(alone.size(), schedule.steps.size());
    ASSERT_EQ(together.size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      ASSERT_EQ(alone[i].defined(), together[i].defined());
      if (!alone[i].defined()) continue;
      EXPECT_TRUE(torch::equal(alone[i], together[i])) << base << ' ' << i;
    }
  }
}

/// A scene that is given to the first who asks when a second one asks too.
class SharedScene final : public RasterSource {
 public:
  explicit SharedScene(const RasterSource& scene) : m_scene(scene) {}
  const RasterInfo& info() const override { return m_scene.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    {
      std::unique_lock lock(m_mutex);
      m_are_two = m_are_two || ++m_inside == 2;
      m_changed.notify_all();
      m_changed.wait_for(lock, std::chrono::seconds(20), [&] { return m_are_two; });
      --m_inside;
    }
    m_scene.read(window, overview, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    m_scene.read_validity(window, valid);
  }
  bool was_shared() const { return m_are_two; }

 private:
  const RasterSource& m_scene;
  mutable std::mutex m_mutex;
  mutable std::condition_variable m_changed;
  mutable int m_inside = 0;
  mutable bool m_are_two = false;
};

TEST(PatchFeed, ThreadsShareTheTilesOfOnePatch) {
  RasterInfo info = memory_raster_info(512, 512, 3, 0.1);
  info.block_cols = info.block_rows = 64;
  const MemoryRasterSource scene(info, ramp);
  const SharedScene shared(scene);
  TileCache source(shared, 64 << 20);
  const auto levels = plans(512, 512, {2});  // one patch, four tiles
  const Schedule schedule = make_schedule(levels, 4, {0, 0, 512, 512}, RasterSink::kBlockPx);
  const Predictor predictor(nn::make_network("orthonet-small", {3, 4}), torch::kCPU,
                            std::vector<BandScaling>(3));
  PatchFeed feed({source, nullptr, predictor, levels, {0, 0, 512, 512}, schedule.steps, 2, 1, 1, true});
  EXPECT_TRUE(feed.next());
  EXPECT_TRUE(shared.was_shared());
}

TEST(PatchFeed, KeepsWhatLaterPatchesWant) {
  const CountedRaster scene(memory_raster_info(3000, 2000, 3, 0.1));
  const auto levels = plans(3000, 2000, {1, 2, 4});
  const Schedule schedule = make_schedule(levels, 4, {0, 0, 3000, 2000}, RasterSink::kBlockPx);
  const Predictor predictor(nn::make_network("orthonet-small", {3, 4}), torch::kCPU,
                            std::vector<BandScaling>(3));
  TileCache source(scene, 16 * TileCache::tile_bytes(scene.info()));
  PatchFeed feed({source, nullptr, predictor, levels, {0, 0, 3000, 2000}, schedule.steps});
  while (feed.next()) {
  }
  EXPECT_LT(scene.reads, 200) << "of 96 tiles";
}

/// Two corners of a scene of 3000 x 2000 px.
class Corners final : public AreaMask {
 public:
  Window bounds() const override { return {0, 0, 3000, 2000}; }
  bool may_meet(const Window& window) const override {
    return !intersect(window, {0, 0, 100, 100}).empty() || !intersect(window, {2900, 1900, 100, 100}).empty();
  }
  void read(const Window&, std::vector<std::uint8_t>&) const override {}
};

TEST(PatchFeed, ReadsTheWantedStepsOnly) {
  const MemoryRasterSource scene(memory_raster_info(3000, 2000, 3, 0.1), ramp);
  const auto levels = plans(3000, 2000, {1, 2});
  const Window region{0, 0, 3000, 2000};
  const Schedule schedule = make_schedule(levels, 4, region, RasterSink::kBlockPx);
  const Predictor predictor(nn::make_network("orthonet-small", {3, 4}), torch::kCPU,
                            std::vector<BandScaling>(3));
  const Corners area;
  const auto wanted = wanted_steps(schedule.steps, levels, region, &area);
  EXPECT_EQ(wanted.size(), 4U) << "a patch of each level in each corner";
  EXPECT_EQ(wanted_steps(schedule.steps, levels, region, nullptr).size(), schedule.steps.size());
  TileCache source(scene, 64 << 20);
  PatchFeed feed({source, &area, predictor, levels, region, schedule.steps});
  std::size_t next = 0;
  while (const auto patch = feed.next()) {
    const bool is_next = next < wanted.size() && wanted[next].level == patch->step.level &&
                         wanted[next].patch == patch->step.patch;
    EXPECT_EQ(patch->input.defined(), is_next);
    next += is_next ? 1 : 0;
  }
  EXPECT_EQ(next, wanted.size());
}

TEST(PatchFeed, StopsWhenNobodyTakesItsPatches) {
  const MemoryRasterSource scene(memory_raster_info(3000, 2000, 3, 0.1), ramp);
  TileCache source(scene, 64 << 20);
  const auto levels = plans(3000, 2000, {1});
  const Schedule schedule = make_schedule(levels, 4, {0, 0, 3000, 2000}, RasterSink::kBlockPx);
  const Predictor predictor(nn::make_network("orthonet-small", {3, 4}), torch::kCPU,
                            std::vector<BandScaling>(3));
  PatchFeed feed({source, nullptr, predictor, levels, {0, 0, 3000, 2000}, schedule.steps, 4, 1, 1});
  EXPECT_TRUE(feed.next());
}

}  // namespace
}  // namespace orthocover
