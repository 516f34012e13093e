#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/ports/raster_sink.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/raster/tile_pyramid.h"

namespace orthocover {

/// Writes tiled GeoTIFF and COG. A COG is made of a plain GeoTIFF beside it when it is finished.
class GdalRasterSink final : public RasterSink {
 public:
  /// @throws Error{Usage} for an unknown format or creation option or an existing file, Error{Resource}
  explicit GdalRasterSink(RasterSpec spec);
  ~GdalRasterSink() override;

  void write(const Window& window, int band, std::span<const std::uint8_t> pixels) override;
  void finish(const ValueCounts& counts) override;
  void add_to(CommitSteps& steps) override;
  std::string finished_path() const override { return m_temporary.string(); }

 private:
  void try_creation_options();
  void create();
  void discard() noexcept;
  void describe();
  void set_palette(GDALRasterBand& band) const;
  void set_attribute_table(GDALRasterBand& band, const ValueCounts& counts) const;
  void close();
  /// @param compression of the raster
  void add_overviews(const std::string& compression);
  void write_tile(int level, int band, std::int64_t col, std::int64_t row,
                  std::span<const std::uint8_t> pixels);
  void convert_to_cog();
  void check_classes() const;
  void check_finished(bool succeeded, const char* what, const GdalErrors& errors) const;
  bool has_style_file() const { return m_spec.legend && m_spec.style_file; }

  RasterSpec m_spec;
  std::filesystem::path m_target;
  std::filesystem::path m_temporary;  ///< the complete file, until commit()
  std::filesystem::path m_working;    ///< what is written to; for COG another file than m_temporary
  DatasetPtr m_dataset;
  std::optional<TilePyramid> m_pyramid;
};

}  // namespace orthocover
