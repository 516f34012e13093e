#pragma once

#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/ports/label_source.h"
#include "georef/pixel_polygons.h"

namespace orthocover {

/// Labels drawn as polygons. Layer `landcover` is read, else the first polygon layer; a layer `windows` names
/// the annotated regions. Later polygons lie above earlier ones.
class PolygonLabels final : public LabelSource {
 public:
  /// @throws Error{Data} for a missing field, an unknown class or no polygon on the scene
  PolygonLabels(const std::string& path, const RasterInfo& scene, const Legend& legend,
                const std::string& class_field, const std::string& where);

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  void read_regions(GDALDataset& dataset, const RasterInfo& scene, const std::string& path);
  std::string region_of(const Window& bounds) const;

  std::vector<PixelPolygon> m_polygons;  ///< value: class index
  std::vector<LabelledPiece> m_pieces;
  std::vector<LabelledRegion> m_regions;
};

}  // namespace orthocover
