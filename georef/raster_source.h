#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "georef/raster_info.h"

namespace orthocover {

/// Windowed reading of anything that GDAL opens. Every thread that reads at a time has a dataset handle of
/// its own; handles are kept and used again, so there are never more than threads reading at once.
class GdalRasterSource final : public RasterSource {
 public:
  /// @throws Error, see GeoIo::open_raster
  GdalRasterSource(std::string path, const std::vector<int>& bands);

  const RasterInfo& info() const override { return m_opened.info; }
  void read(const Window& window, int overview, PixelBlock& out) const override;
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override;

 private:
  class Lease;

  GDALRasterBand& band(GDALDataset& dataset, int number, int overview) const;
  void read_band(GDALRasterBand& band, const Window& window, GDALDataType type, void* pixels) const;
  void apply_masks(GDALDataset& dataset, const Window& window, int overview,
                   std::vector<std::uint8_t>& valid) const;
  void apply_nodata(PixelBlock& block) const;
  bool values_decide() const;

  std::string m_path;
  OpenedRaster m_opened;
  mutable std::mutex m_mutex;
  mutable std::vector<DatasetPtr> m_idle;
};

}  // namespace orthocover
