#include "core/metrics/stratified_points.h"

#include <algorithm>
#include <set>

#include "core/base/random.h"

namespace orthocover {
namespace {

/// `wanted` different numbers below `count`, ascending.
/// @source Floyd's algorithm, Bentley and Floyd 1987
std::vector<std::uint64_t> draw_ranks(std::uint64_t count, std::int64_t wanted, Random& random) {
  std::set<std::uint64_t> ranks;
  const std::uint64_t taken = std::min(count, static_cast<std::uint64_t>(wanted));
  for (std::uint64_t top = count - taken; top < count; ++top) {
    const std::uint64_t drawn = random.whole() % (top + 1);
    if (!ranks.insert(drawn).second) ranks.insert(top);
  }
  return {ranks.begin(), ranks.end()};
}

}  // namespace

std::vector<SamplePoint> draw_points(const MapSource& map, const std::vector<std::uint64_t>& counts,
                                     const std::vector<std::int64_t>& wanted, std::uint64_t seed,
                                     RunContext& context) {
  std::vector<std::vector<std::uint64_t>> ranks(counts.size());
  std::vector<std::size_t> next(counts.size());
  std::vector<std::uint64_t> passed(counts.size());
  for (std::size_t value = 0; value < counts.size(); ++value) {
    Random random(seed, value);
    ranks[value] = draw_ranks(counts[value], wanted[value], random);
  }
  std::vector<SamplePoint> points;
  std::vector<std::uint8_t> line;
  const RasterInfo& info = map.info();
  for (std::int64_t row = 0; row < info.rows; ++row) {
    context.check_cancelled();
    map.read({0, row, info.cols, 1}, line);
    for (std::int64_t col = 0; col < info.cols; ++col) {
      const std::uint8_t value = line[static_cast<std::size_t>(col)];
      const std::uint64_t rank = passed[value]++;
      if (next[value] == ranks[value].size() || ranks[value][next[value]] != rank) continue;
      ++next[value];
      points.push_back({col, row, value});
    }
    context.progress(static_cast<double>(row + 1) / static_cast<double>(info.rows), "drawing points");
  }
  Random random(seed);
  for (std::size_t i = points.size(); i > 1; --i) std::swap(points[i - 1], points[random.index(i)]);
  return points;
}

}  // namespace orthocover
