#include "core/resampling/scene_percentiles.h"

#include <algorithm>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr std::int64_t kWindows = 8;       ///< along an axis
constexpr std::int64_t kMostWindows = 64;  ///< where a scene is nearly empty
constexpr std::size_t kFewestPixels = 1000;
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

  SampleAxis(std::int64_t size_px, std::int64_t most) : size(size_px) {
    count = std::clamp<std::int64_t>(size / kSampleSide, 1, most);
    side = count < most ? size / count : kSampleSide;
  }
  bool is_whole() const { return count * side >= size; }
  std::int64_t start(std::int64_t i) const { return count == 1 ? 0 : (size - side) * i / (count - 1); }
};

/// Values of the valid pixels of some windows, by band.
std::vector<std::vector<float>> sample(const RasterSource& source, const SampleAxis& x, const SampleAxis& y) {
  std::vector<std::vector<float>> samples(source.info().bands.size());
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
  return samples;
}

}  // namespace

std::vector<std::pair<double, double>> scene_percentiles(const RasterSource& source, double low, double high,
                                                         std::string_view cure) {
  const RasterInfo& info = source.info();
  std::vector<std::vector<float>> samples;
  std::int64_t windows = 0;
  bool is_whole = false;
  for (std::int64_t most = kWindows; most <= kMostWindows; most *= 2) {
    const SampleAxis x(info.cols, most), y(info.rows, most);
    if (x.count * y.count == windows) break;
    windows = x.count * y.count;
    is_whole = x.is_whole() && y.is_whole();
    samples = sample(source, x, y);
    if (samples.empty() || samples.front().size() >= kFewestPixels) break;
  }
  if (samples.empty() || samples.front().empty()) {
    if (is_whole) throw EmptyScene(info.path, "");
    throw data_error("{}: no valid pixel was found in {} sample windows; {}", info.path, windows, cure);
  }
  std::vector<std::pair<double, double>> bounds;
  for (auto& band : samples) {
    const double lower = percentile(band, low);
    bounds.emplace_back(lower, percentile(band, high));
  }
  return bounds;
}

}  // namespace orthocover
