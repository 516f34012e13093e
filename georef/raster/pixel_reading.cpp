#include "georef/raster/pixel_reading.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/ports/unreadable_pixels.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {

void read_pixels(GDALRasterBand& band, const Window& window, GDALDataType type, void* pixels,
                 const std::string& path) {
  const GdalErrors errors;
  const CPLErr status =
      band.RasterIO(GF_Read, static_cast<int>(window.col), static_cast<int>(window.row),
                    static_cast<int>(window.cols), static_cast<int>(window.rows), pixels,
                    static_cast<int>(window.cols), static_cast<int>(window.rows), type, 0, 0, nullptr);
  if (status != CE_None || errors.failed()) {
    throw UnreadablePixels(path, window, -1, 1, errors.message());
  }
}

std::optional<BandValues> sample_values(GDALRasterBand& band, const std::string& path) {
  constexpr int kWindows = 16;  // along an axis
  constexpr int kSide = 64;
  const Window extent{0, 0, band.GetXSize(), band.GetYSize()};
  int has_nodata = 0;
  const auto nodata = static_cast<float>(band.GetNoDataValue(&has_nodata));
  std::vector<float> read;
  std::vector<float> values;
  for (int i = 0; i < kWindows * kWindows; ++i) {
    const Window window =
        intersect({extent.cols * (i % kWindows) / kWindows, extent.rows * (i / kWindows) / kWindows,
                   std::min<std::int64_t>(kSide, extent.cols / kWindows + 1),
                   std::min<std::int64_t>(kSide, extent.rows / kWindows + 1)},
                  extent);
    read.resize(static_cast<std::size_t>(window.pixels()));
    try {
      read_pixels(band, window, GDT_Float32, read.data(), path);
    } catch (const UnreadablePixels&) {
      continue;
    }
    std::ranges::copy_if(read, std::back_inserter(values), [&](float value) {
      return std::isfinite(value) && (!has_nodata || value != nodata);
    });
  }
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  const auto [lowest, highest] = std::ranges::minmax(values);
  return BandValues{lowest, *middle, highest};
}

}  // namespace orthocover
