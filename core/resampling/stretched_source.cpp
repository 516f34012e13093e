#include "core/resampling/stretched_source.h"

#include <algorithm>
#include <cmath>

#include "core/base/text.h"

namespace orthocover {

double full_range(const std::string& data_type) {
  const std::string type = to_lower(data_type);
  if (type == "byte" || type == "uint8") return 255;
  return type == "uint16" ? 65535 : 1;
}

double stretch_gain(double low, double high, double range) {
  constexpr double kLeastWidth = 1e-6;
  return range / std::max(high - low, kLeastWidth * std::max(1.0, std::abs(high)));
}

StretchedSource::StretchedSource(std::shared_ptr<const RasterSource> source,
                                 const std::vector<std::pair<double, double>>& bounds)
    : m_source(std::move(source)), m_range(static_cast<float>(full_range(info().data_type()))) {
  for (const auto& [low, high] : bounds)
    m_lines.push_back({static_cast<float>(low), static_cast<float>(stretch_gain(low, high, m_range))});
}

void StretchedSource::adjust(PixelBlock& patch) const {
  for (int band = 0; band < patch.bands; ++band) {
    const auto [low, gain] = m_lines[static_cast<std::size_t>(band)];
    float* pixel = patch.band(band);
    for (std::int64_t i = 0; i < patch.cols * patch.rows; ++i)
      pixel[i] = std::clamp((pixel[i] - low) * gain, 0.0F, m_range);
  }
}

}  // namespace orthocover
