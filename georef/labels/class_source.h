#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/class_source.h"
#include "georef/gdal/handle_cache.h"
#include "georef/labels/class_codes.h"
#include "georef/raster/raster_info.h"

namespace orthocover {

/// Whether values of a type are whole.
bool is_whole_number(GDALDataType type);

/// Sides of a pixel on the ground; in map units where the CRS is unknown.
PixelSize pixel_size_of(const RasterInfo& info);

/// A band of whole numbers of anything that GDAL opens. Every thread that reads at a time has a dataset
/// handle of its own; handles are kept and used again.
class GdalClassSource final : public ClassSource {
 public:
  /// @param handles shared with other sources so that together they keep a bounded number of files open
  /// @throws Error{Data} when the file can't be opened, the band holds other than whole numbers, or the
  /// geotransform is degenerate; Error{Usage} for a band that is not there
  explicit GdalClassSource(const ClassRequest& request,
                           std::shared_ptr<HandleCache> handles = std::make_shared<HandleCache>());
  ~GdalClassSource() override;

  const RasterInfo& info() const override { return m_info; }
  PixelSize pixel_size() const override { return m_pixel_size; }
  const std::vector<ClassEntry>& classes() const override { return m_classes; }
  void read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const override;
  std::int64_t value_of(std::uint16_t code) const override;

 private:
  void describe(GDALDataset& dataset, GDALRasterBand& band);
  void leave_out(GDALRasterBand& band, const std::vector<std::int64_t>& exclude);
  std::unique_ptr<std::uint8_t[]> read_validity(GDALDataset& dataset, const Window& window) const;
  void read_bytes(GDALRasterBand& band, const Window& window, const std::uint8_t* valid,
                  std::uint16_t* codes) const;
  template <class Value>
  void read_values(GDALRasterBand& band, const Window& window, const std::uint8_t* valid,
                   std::uint16_t* codes) const;
  void read_codes(GDALRasterBand& band, const Window& window, const std::uint8_t* valid,
                  std::uint16_t* codes) const;

  std::string m_path;
  int m_band;
  GDALDataType m_type = GDT_Unknown;
  bool m_is_byte = false;         ///< 256 values: codes from a table
  bool m_is_signed_byte = false;  ///< of -128 to 127
  ValidityRules m_rules;
  RasterInfo m_info;
  PixelSize m_pixel_size;
  std::vector<ClassEntry> m_classes;
  std::array<std::uint16_t, 256> m_byte_codes{};
  std::unique_ptr<ClassCodes> m_codes;          ///< of wider types
  std::optional<std::uint64_t> m_large_nodata;  ///< of 64 bits without a sign
  std::shared_ptr<HandleCache> m_handles;
};

}  // namespace orthocover
