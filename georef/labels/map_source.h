#pragma once

#include <mutex>
#include <string>

#include "core/ports/map_source.h"
#include "georef/gdal/dataset.h"

namespace orthocover {

/// A land-cover map that GDAL reads: one band of whole numbers up to 255. Classes come from the band's
/// category names and colours.
class GdalMapSource final : public MapSource {
 public:
  /// @throws Error{Data} when the file is no such raster
  explicit GdalMapSource(const std::string& path);

  const RasterInfo& info() const override { return m_info; }
  const std::optional<Legend>& legend() const override { return m_legend; }
  void read(const Window& window, std::vector<std::uint8_t>& values) const override;

 private:
  void read_legend();

  RasterInfo m_info;
  std::optional<Legend> m_legend;
  DatasetPtr m_file;
  mutable std::mutex m_mutex;
};

}  // namespace orthocover
