#include "core/resampling/stretched_source.h"

#include <algorithm>
#include <limits>

#include "core/base/text.h"

namespace orthocover {

double full_range(const std::string& data_type) {
  const std::string type = to_lower(data_type);
  if (type == "byte" || type == "uint8") return 255;
  return type == "uint16" ? 65535 : 1;
}

StretchedSource::StretchedSource(std::unique_ptr<RasterSource> source,
                                 const std::vector<std::pair<double, double>>& bounds)
    : m_source(std::move(source)), m_range(static_cast<float>(full_range(info().bands[0].data_type))) {
  for (const auto& [low, high] : bounds) {
    const double gain =
        m_range / std::max(high - low, static_cast<double>(std::numeric_limits<float>::min()));
    m_lines.push_back({static_cast<float>(gain), static_cast<float>(-low * gain)});
  }
}

void StretchedSource::read(const Window& window, int overview, PixelBlock& out) const {
  m_source->read(window, overview, out);
  for (int band = 0; band < out.bands; ++band) {
    const auto [gain, offset] = m_lines[static_cast<std::size_t>(band)];
    float* pixel = out.band(band);
    for (std::int64_t i = 0; i < out.cols * out.rows; ++i)
      pixel[i] = std::clamp(pixel[i] * gain + offset, 0.0F, m_range);
  }
}

}  // namespace orthocover
