// Speed of the steps around the network, one at a time.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "core/geometry/area_resampler.h"
#include "core/geometry/blend_weights.h"
#include "core/inference/scores/fusion.h"
#include "core/inference/scores/score_store.h"
#include "core/resampling/fill_invalid.h"

namespace orthocover {
namespace {

constexpr int kClasses = 6;

Buffer<float> noise(std::size_t count) {
  std::mt19937 random(1);
  Buffer<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 256);
  return values;
}

void resample_by_area(benchmark::State& state) {
  const double scale = static_cast<double>(state.range(0)) / 10;
  const std::int64_t side = 1024;
  const AxisKernel axis(scale, 0, static_cast<std::int64_t>(static_cast<double>(side) / scale), side);
  const Buffer<float> image = noise(3 * side * side);
  const std::vector<std::uint8_t> valid(side * side, 1);
  std::vector<float> out(static_cast<std::size_t>(3 * axis.count() * axis.count()));
  std::vector<std::uint8_t> out_valid(static_cast<std::size_t>(axis.count() * axis.count()));
  for (auto _ : state) {
    AreaResampler resampler(axis, axis, 3, out.data(), out_valid.data());
    resampler.add_rows(image.data(), valid.data(), axis.source_end());
    resampler.finish();
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["Mpx/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 1.048576, benchmark::Counter::kIsRate);
}
BENCHMARK(resample_by_area)->Arg(20)->Arg(35)->Arg(140)->Unit(benchmark::kMillisecond);

void fill_nodata(benchmark::State& state) {
  PixelBlock block;
  block.resize(3, 1024, 1024);
  std::ranges::fill(block.valid, std::uint8_t{1});
  const auto invalid = static_cast<std::ptrdiff_t>(1024 * 341 + state.range(0));
  std::fill_n(block.valid.begin(), invalid, std::uint8_t{0});
  for (auto _ : state) {
    fill_invalid(block);
    benchmark::DoNotOptimize(block.values.data());
  }
}
BENCHMARK(fill_nodata)->Arg(0)->Arg(300)->Unit(benchmark::kMillisecond);

void blend_a_patch(benchmark::State& state) {
  const auto levels = plan_levels({8192, 8192, {0, 0, 8192, 8192}, {1}, 1.0, 1024, 0.25, 32}).used;
  ScoreStore store(levels, 2, kClasses, 256 << 20, ".");
  const ScoreCells cells{0, 0, 512, 512};
  store.expect_read(0, cells);
  const Buffer<float> scores = noise(kClasses * 512 * 512);
  const std::vector<float> weights = blend_weights(512);
  for (auto _ : state) store.add(0, cells, scores.data(), weights, weights);
}
BENCHMARK(blend_a_patch)->Unit(benchmark::kMillisecond);

void classify_a_block(benchmark::State& state) {
  const auto level = [](double cell_px) {
    const auto side = static_cast<std::int64_t>(512 / cell_px) + 2;
    return LevelScores{{0, 0, side, side}, cell_px, noise(static_cast<std::size_t>(kClasses * side * side))};
  };
  const std::vector<LevelScores> levels = {level(2), level(4), level(8)};
  const std::vector<LevelWeight> weights = {{0.5, 1}, {0.3, 1}, {0.2, 1}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        classify({0, 0, 512, 512}, levels, weights, FusionMethod::LogLinear, kClasses, {}));
  }
}
BENCHMARK(classify_a_block)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orthocover
