#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/geometry/box_index.h"
#include "core/ports/area_mask.h"
#include "georef/ground/pixel_polygons.h"

namespace orthocover {

/// The polygons of a vector file as the wanted part of a scene.
class AreaPolygons final : public AreaMask {
 public:
  /// @param run warned of polygons that can't be used and are left out
  /// @throws Error{Data} when there are no polygons or they miss the scene
  AreaPolygons(const std::string& path, const RasterInfo& scene, RunContext& run);

  Window bounds() const override { return m_bounds; }
  bool may_meet(const Window& window) const override;
  void read(const Window& window, std::vector<std::uint8_t>& inside) const override;

 private:
  struct Part : PixelPolygon {
    mutable OGRPreparedGeometryUniquePtr prepared;  ///< once it was asked about; guarded by m_asking
  };

  std::vector<Part> m_polygons;
  BoxIndex m_index;  ///< of the polygons' bounds
  Window m_bounds;
  mutable std::mutex m_asking;  ///< GEOS indexes a prepared polygon when it is asked, from any thread
};

/// Of an area's polygons as they follow each other, and of their CRS.
/// @throws Error{Data} when a file has no layer of polygons, or nothing in it
std::string area_digest(const std::string& path);

}  // namespace orthocover
