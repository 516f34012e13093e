#include "georef/pixel_reading.h"

#include "core/ports/unreadable_pixels.h"
#include "georef/gdal_error.h"

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

}  // namespace orthocover
