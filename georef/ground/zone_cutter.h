#pragma once

#include <ogr_geometry.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/geometry/box_index.h"
#include "core/ports/feature_sink.h"
#include "core/ports/zone.h"

namespace orthocover {

/// The polygons of a geometry without curves, as the engine's own; points and lines in it are left out.
RasterPolygon polygon_of(const OGRGeometry& geometry);

/// The same for GDAL.
std::unique_ptr<OGRMultiPolygon> geometry_of(const RasterPolygon& polygon);

/// Cuts polygons by zones. Large polygons on many zones are halved first, again and again, so that their
/// vertices are not looked at once for each zone.
class ZoneCutter {
 public:
  using Visit = std::function<void(std::size_t zone, const RasterPolygon& part)>;

  /// @param zones stay where they are while the cutter lives; those without vertices are passed over
  explicit ZoneCutter(std::span<const Zone> zones);

  bool empty() const { return m_blades.empty(); }

  /// Calls visit(zone, part) for what of a polygon lies in each zone, in one piece or several.
  /// @param polygon in the coordinates of the zones
  /// @param what names the polygon in messages
  /// @throws Error{Data} when GEOS can't cut it
  void cut(const OGRGeometry& polygon, const std::string& what, const Visit& visit) const;

 private:
  /// A zone, ready to cut.
  struct Blade {
    std::size_t number;
    const Zone* zone;
    OGREnvelope box;
    std::unique_ptr<OGRMultiPolygon> geometry;
    OGRPreparedGeometryUniquePtr prepared;
  };
  /// A polygon or a piece of one, with the zones that may meet it.
  struct Piece {
    const OGRGeometry& geometry;
    std::vector<const Blade*> near;
    int halvings = 0;
    const std::string& what;
  };

  static void cut(const Piece& piece, const Visit& visit);
  static void cut_small(const Piece& piece, const Blade& blade, const Visit& visit);
  static void halve(const Piece& piece, const Visit& visit);
  static RasterPolygon common_part(const Piece& piece, const OGRGeometry& other, const Blade& blade);

  std::vector<Blade> m_blades;
  BoxIndex m_index;
};

}  // namespace orthocover
