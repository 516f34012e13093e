#include "core/inference/scores/score_store.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "core/base/error.h"
#include "core/inference/onednn/parallel.h"

namespace orthocover {
namespace {

constexpr int kClasses = 3;
constexpr int kStride = 2;

std::vector<LevelPlan> one_level(std::int64_t cols, std::int64_t rows) {
  return plan_levels({cols, rows, {0, 0, cols, rows}, {1}, 1.0, 512, 0.25, 32}).used;
}

/// Adds random patches over the whole grid and reads it back in blocks.
std::vector<float> run_through(ScoreStore& store, const LevelPlan& level) {
  std::mt19937 random(11);
  const std::vector<float> col_weights(static_cast<std::size_t>(level.x.patch / kStride), 0.5F);
  const std::vector<float> row_weights(static_cast<std::size_t>(level.y.patch / kStride), 0.25F);
  std::vector<ScoreCells> blocks;
  for (std::int64_t row = 0; row + 100 <= level.y.extent / kStride; row += 100) {
    for (std::int64_t col = 0; col + 100 <= level.x.extent / kStride; col += 100)
      blocks.push_back({col, row, 100, 100});
  }
  for (const ScoreCells& block : blocks) store.expect_read(0, block);
  std::vector<float> scores;
  for (std::int64_t i = 0; i < level.patches(); ++i) {
    const Window patch = level.patch(i);
    const ScoreCells cells{patch.col / kStride, patch.row / kStride, patch.cols / kStride,
                           patch.rows / kStride};
    scores.resize(static_cast<std::size_t>(kClasses * cells.cols * cells.rows));
    for (float& score : scores) score = static_cast<float>(random() % 1000) / 8;
    store.add(0, cells, scores.data(), col_weights, row_weights);
  }
  std::vector<float> all;
  Buffer<float> part;
  for (const ScoreCells& block : blocks) {
    store.read(0, block, part);
    all.insert(all.end(), part.begin(), part.end());
    store.release(0, block);
  }
  return all;
}

TEST(ScoreStoreTest, GivesTheSameBitsWhetherItSpillsOrNot) {
  const auto levels = one_level(5000, 3000);
  ScoreStore roomy(levels, kStride, kClasses, 1ULL << 30, testing::TempDir());
  ScoreStore tight(levels, kStride, kClasses, 0, testing::TempDir());
  const std::vector<float> expected = run_through(roomy, levels[0]);
  EXPECT_EQ(run_through(tight, levels[0]), expected);
  EXPECT_EQ(roomy.spilled_bytes(), 0U);
  EXPECT_GT(tight.spilled_bytes(), 0U);
}

TEST(ScoreStoreTest, KeepsNothingOnceEverythingIsRead) {
  const auto levels = one_level(2000, 2000);
  ScoreStore store(levels, kStride, kClasses, 1ULL << 30, testing::TempDir());
  run_through(store, levels[0]);
  EXPECT_EQ(store.resident_tiles(), 0U);
}

TEST(ScoreStoreTest, AveragesByWeight) {
  const auto levels = one_level(64, 64);
  ScoreStore store(levels, 1, 1, 1 << 20, testing::TempDir());
  const ScoreCells cell{0, 0, 1, 1};
  store.expect_read(0, cell);
  const float ten = 10;
  const float forty = 40;
  const std::vector<float> one = {1.0F};
  const std::vector<float> half = {0.5F};
  store.add(0, cell, &ten, one, one);
  store.add(0, cell, &forty, one, half);
  Buffer<float> out;
  store.read(0, cell, out);
  EXPECT_FLOAT_EQ(out[0], (10 + 0.5F * 40) / 1.5F);
}

TEST(ScoreStoreTest, HasZerosWhereNothingWasAdded) {
  const auto levels = one_level(2000, 2000);
  ScoreStore store(levels, kStride, kClasses, 0, testing::TempDir());
  // Tiles that are used again have other values than zeros.
  const std::vector<float> before = run_through(store, levels[0]);
  EXPECT_GT(std::ranges::max(before), 100);
  const ScoreCells corner{0, 0, 300, 300};
  const ScoreCells beside{600, 0, 300, 300};
  store.expect_read(0, corner);
  store.expect_read(0, beside);
  const std::vector<float> scores(kClasses * 10000, 5.0F);
  const std::vector<float> ones(100, 1.0F);
  store.add(0, {0, 0, 100, 100}, scores.data(), ones, ones);
  Buffer<float> out;
  for (int times = 0; times < 2; ++times) {
    store.read(0, beside, out);
    EXPECT_EQ(std::ranges::count(out, 0.0F), kClasses * 90000);
    store.read(0, corner, out);
    EXPECT_EQ(std::ranges::count(out, 5.0F), kClasses * 10000);
    EXPECT_EQ(std::ranges::count(out, 0.0F), kClasses * 80000);
  }
}

TEST(ParallelFor, ThrowsTheFirstError) {
  const int threads = at::get_num_threads();
  set_threads_of_caller(2);
  const auto work = [](std::int64_t first, std::int64_t) {
    if (first > 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    throw data_error("range {}", first);
  };
  try {
    parallel_for(2, 1, work);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "range 0");
  }
  set_threads_of_caller(threads);
}

}  // namespace
}  // namespace orthocover
