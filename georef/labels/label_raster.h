#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/label_request.h"
#include "core/ports/label_source.h"
#include "georef/gdal/handle_cache.h"

namespace orthocover {

/// Labels from a raster of values, or of colours (three bands, or a palette). On the scene's own grid it is
/// read as it is, else through a nearest-neighbour warp to that grid. 0, 255, nodata, transparent pixels and
/// what lies beyond count as unlabelled unless the coding's map names the value. Reading takes no lock: every
/// thread has a handle of its own.
class LabelRaster final : public LabelSource {
 public:
  /// Reads all labels once, block by block, for the pieces.
  /// @throws Error{Data} for an unknown value or colour, another size without georeference, a raster beside
  /// the scene, or no label at all; Error{Cancelled}
  LabelRaster(const LabelRequest& request, const RasterInfo& scene,
              std::shared_ptr<HandleCache> handles = std::make_shared<HandleCache>());
  ~LabelRaster() override { m_handles->drop(this); }

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  struct UnknownPixels;

  void choose_bands(GDALDataset& dataset);
  void code_values(GDALDataset& dataset);
  bool means_colors(GDALDataset& dataset, const GDALColorTable& palette) const;
  std::optional<std::uint8_t> label_of_entry(const GDALColorTable& palette, int value) const;
  bool is_empty(int value, const GDALColorTable* palette) const;
  DatasetHandle open() const;
  DatasetPtr warped(GDALDataset& file) const;
  void check_placed(GDALDataset& file) const;
  /// @param unknown counts what the coding does not know; null: it is ignored
  void read_labels(const Window& window, std::vector<std::uint8_t>& labels, UnknownPixels* unknown) const;
  void read_values(GDALRasterBand& band, const Window& window, std::vector<std::uint8_t>& values) const;
  void label_colors(GDALDataset& dataset, const Window& window, std::vector<std::uint8_t>& labels,
                    UnknownPixels* unknown) const;
  void find_pieces();
  void add_pieces(const std::vector<std::uint8_t>& labels, const Window& block, const Window& cell);
  std::string extents() const;

  LabelRequest m_request;
  RasterInfo m_scene;
  bool m_colors = false;  ///< three bands of colours, else one of values
  int m_alpha_band = 0;   ///< 0: none
  bool m_has_mask = false;
  std::optional<double> m_nodata;
  bool m_is_warped = false;
  std::array<std::uint8_t, 256> m_label_of_value{};
  std::array<bool, 256> m_is_known{};
  std::array<bool, 256> m_is_emptied{};  ///< would be a class
  std::vector<LabelledPiece> m_pieces;
  std::vector<LabelledRegion> m_regions;
  std::shared_ptr<HandleCache> m_handles;
};

}  // namespace orthocover
