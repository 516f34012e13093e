#include "core/inference/scene_percentiles.h"

#include <algorithm>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr std::int64_t kWindowsPerAxis = 8;
constexpr std::int64_t kSampleSide = 128;

double percentile(std::vector<float>& values, double percent) {
  const auto rank = static_cast<std::ptrdiff_t>(percent / 100 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace

std::vector<std::pair<double, double>> scene_percentiles(const RasterSource& source, double low,
                                                         double high) {
  const RasterInfo& info = source.info();
  std::vector<std::vector<float>> samples(info.bands.size());
  const std::int64_t cols = std::min(kSampleSide, info.cols);
  const std::int64_t rows = std::min(kSampleSide, info.rows);
  PixelBlock block;
  for (std::int64_t i = 0; i < kWindowsPerAxis * kWindowsPerAxis; ++i) {
    const std::int64_t col = (info.cols - cols) * (i % kWindowsPerAxis) / (kWindowsPerAxis - 1);
    const std::int64_t row = (info.rows - rows) * (i / kWindowsPerAxis) / (kWindowsPerAxis - 1);
    source.read({col, row, cols, rows}, -1, block);
    for (std::size_t band = 0; band < samples.size(); ++band) {
      const float* pixel = block.band(static_cast<int>(band));
      for (std::size_t p = 0; p < block.valid.size(); ++p) {
        if (block.valid[p]) samples[band].push_back(pixel[p]);
      }
    }
  }
  if (samples.empty() || samples.front().empty()) {
    throw data_error("{}: no valid pixel was found in {} sample windows; give --scaling LOW,HIGH", info.path,
                     kWindowsPerAxis * kWindowsPerAxis);
  }
  std::vector<std::pair<double, double>> bounds;
  for (auto& band : samples) {
    const double lower = percentile(band, low);
    bounds.emplace_back(lower, percentile(band, high));
  }
  return bounds;
}

}  // namespace orthocover
