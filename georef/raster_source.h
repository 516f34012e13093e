#pragma once

#include <memory>
#include <string>
#include <vector>

#include "georef/handle_cache.h"
#include "georef/raster_info.h"

namespace orthocover {

/// Windowed reading of anything that GDAL opens. Every thread that reads at a time has a dataset handle of
/// its own; handles are kept and used again.
class GdalRasterSource final : public RasterSource {
 public:
  /// @param handles shared with other sources so that together they keep a bounded number of files open
  /// @throws Error, see GeoIo::open_raster
  GdalRasterSource(std::string path, const std::vector<int>& bands,
                   std::shared_ptr<HandleCache> handles = std::make_shared<HandleCache>());
  ~GdalRasterSource() override;

  const RasterInfo& info() const override { return m_opened.info; }
  std::vector<std::string> files() const override;
  void read(const Window& window, int overview, PixelBlock& out) const override;
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override;

 private:
  HandleCache::Lease lease() const;
  GDALRasterBand& band(GDALDataset& dataset, int number, int overview) const;
  void apply_masks(GDALDataset& dataset, const Window& window, int overview,
                   std::vector<std::uint8_t>& valid) const;
  void apply_nodata(PixelBlock& block) const;
  bool values_decide() const;

  std::string m_path;
  OpenedRaster m_opened;
  std::shared_ptr<HandleCache> m_handles;
};

}  // namespace orthocover
