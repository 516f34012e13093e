#include "core/resampling/scene_percentiles.h"

#include <algorithm>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr std::int64_t kMostWindows = 8;
constexpr std::int64_t kSampleSide = 128;

double percentile(std::vector<float>& values, double percent) {
  const auto rank = static_cast<std::ptrdiff_t>(percent / 100 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

/// Sample windows along one axis: all of a small scene, evenly spread parts of a large one, never
/// overlapping.
struct SampleAxis {
  std::int64_t count = 1;
  std::int64_t side = 1;
  std::int64_t size = 1;

  explicit SampleAxis(std::int64_t size_px) : size(size_px) {
    count = std::clamp<std::int64_t>(size / kSampleSide, 1, kMostWindows);
    side = count < kMostWindows ? size / count : kSampleSide;
  }
  std::int64_t start(std::int64_t i) const { return count == 1 ? 0 : (size - side) * i / (count - 1); }
};

}  // namespace

std::vector<std::pair<double, double>> scene_percentiles(const RasterSource& source, double low, double high,
                                                         std::string_view cure) {
  const RasterInfo& info = source.info();
  std::vector<std::vector<float>> samples(info.bands.size());
  const SampleAxis x(info.cols);
  const SampleAxis y(info.rows);
  PixelBlock block;
  for (std::int64_t i = 0; i < x.count * y.count; ++i) {
    source.read({x.start(i % x.count), y.start(i / x.count), x.side, y.side}, -1, block);
    for (std::size_t band = 0; band < samples.size(); ++band) {
      const float* pixel = block.band(static_cast<int>(band));
      for (std::size_t p = 0; p < block.valid.size(); ++p) {
        if (block.valid[p]) samples[band].push_back(pixel[p]);
      }
    }
  }
  if (samples.empty() || samples.front().empty()) {
    throw data_error("{}: no valid pixel was found in {} sample windows; {}", info.path, x.count * y.count,
                     cure);
  }
  std::vector<std::pair<double, double>> bounds;
  for (auto& band : samples) {
    const double lower = percentile(band, low);
    bounds.emplace_back(lower, percentile(band, high));
  }
  return bounds;
}

}  // namespace orthocover
