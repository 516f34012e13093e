#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/ports/label_source.h"
#include "georef/dataset.h"

namespace orthocover {

/// Labels from a raster of legend values. On the scene's own grid it is read as it is, else through a
/// nearest-neighbour warp to that grid. 0, 255, nodata and what lies beyond count as unlabelled.
class LabelRaster final : public LabelSource {
 public:
  /// @throws Error{Data} for an unknown value, another size without georeference, or no label at all
  LabelRaster(const std::string& path, const RasterInfo& scene, const Legend& legend);

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  void warp_to(const RasterInfo& scene);
  void read_values(const Window& window, std::vector<std::uint8_t>& values) const;
  void find_pieces(const RasterInfo& scene, const Legend& legend);

  std::string m_path;
  Window m_extent;
  std::vector<std::uint8_t> m_index_of_value;  ///< [256], kIgnoreLabel: none
  std::vector<LabelledPiece> m_pieces;
  std::vector<LabelledRegion> m_regions;
  DatasetPtr m_file;
  DatasetPtr m_warped;  ///< view of m_file on the scene's grid; null when m_file has it already
  mutable std::mutex m_mutex;
};

}  // namespace orthocover
