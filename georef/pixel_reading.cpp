#include "georef/pixel_reading.h"

#include "core/base/error.h"
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
    throw data_error("{}: reading pixels {} failed, the file is damaged or incomplete: {}", path,
                     to_string(window), errors.message());
  }
}

}  // namespace orthocover
