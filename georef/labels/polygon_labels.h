#pragma once

#include <gdal_priv.h>

#include <mutex>
#include <string>
#include <vector>

#include "core/geometry/box_index.h"
#include "core/ports/label_request.h"
#include "core/ports/label_source.h"
#include "georef/ground/pixel_polygons.h"

namespace orthocover {

/// Labels drawn as polygons. Layer `landcover` is read, else the first polygon layer; a layer `windows` names
/// the annotated regions. Polygons with a higher feature id lie above others.
class PolygonLabels final : public LabelSource {
 public:
  /// @throws Error{Data} for a missing field, an unknown class or no polygon on the scene
  PolygonLabels(const LabelRequest& request, const RasterInfo& scene);

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  /// Made when they are asked for first, which takes a while for long and large polygons. What later polygons
  /// hide or no pixel's centre lies in does not count.
  const std::vector<LabelledPiece>& pieces() const override;
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  void read_regions(GDALDataset& dataset, const RasterInfo& scene, const LabelRequest& request);
  void read_dense_windows(GDALDataset& dataset, const RasterInfo& scene, const LabelRequest& request);
  void read_polygons(GDALDataset& dataset, const RasterInfo& scene, const LabelRequest& request);
  bool cut(const OGRGeometry& geometry, const Window& window, std::int64_t least_side,
           LabelledPiece piece) const;
  void cut(std::size_t part, std::int64_t least_side) const;
  void keep_shown(std::size_t first, std::size_t polygon) const;
  void add_pieces(int label, const OGRGeometry& geometry, const RasterInfo& scene, const std::string& region);
  void add_background_pieces(std::size_t windows, const Window& scene);
  void name_regions() const;

  struct Part {
    const OGRPolygon* shape;
    std::size_t polygon;  ///< of m_polygons
  };

  std::vector<PixelPolygon> m_polygons;  ///< value: label; dense windows first
  std::vector<LabelledPiece> m_pieces;   ///< before they are cut
  std::vector<Part> m_parts;             ///< of the first of m_pieces
  mutable std::once_flag m_is_cut;
  mutable std::vector<LabelledPiece> m_cut;
  std::vector<LabelledRegion> m_regions;
  BoxIndex m_index;  ///< of m_polygons
};

}  // namespace orthocover
