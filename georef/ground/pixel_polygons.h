#pragma once

#include <ogr_geometry.h>
#include <ogr_spatialref.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// A polygon in a scene's pixel coordinates (x = column, y = row, the upper left corner of the scene is 0,
/// 0).
struct PixelPolygon {
  std::unique_ptr<OGRGeometry> geometry;
  Window bounds;  ///< pixels that it may touch
  std::uint8_t value = 1;
};

/// Turns geometries of a layer into a scene's pixel coordinates.
class ToPixels {
 public:
  /// @throws Error{Data} when the scene has no geotransform that can be inverted, or the CRS can't be joined
  ToPixels(const RasterInfo& scene, const OGRSpatialReference* layer_crs, const std::string& path);

  /// @return nothing for an empty geometry or one that can't be transformed
  std::unique_ptr<OGRGeometry> operator()(const OGRGeometry& geometry) const;

 private:
  using Place = std::array<double, 2>;
  Place pixel_of(Place place) const;
  void measure_bend(const RasterInfo& scene, OGRCoordinateTransformation& to_layer);
  void bring_beside_scene(OGRGeometry& geometry) const;

  std::unique_ptr<OGRCoordinateTransformation> m_to_scene;  ///< null: same CRS
  double m_inverse[6];
  double m_straight = HUGE_VAL;              ///< longest edge of the layer that is straight on the scene, too
  std::optional<double> m_middle_longitude;  ///< of a scene in degrees
  double m_long = HUGE_VAL;                  ///< an edge of the layer over many degrees
};

/// Arcs become edges of so many degrees; the area is right to 1e-5 then.
inline constexpr double kArcStep = 0.5;

/// Pixels around a geometry in pixel coordinates; an edge that all but lies between two pixels does.
Window pixel_bounds(const OGRGeometry& geometry);
std::unique_ptr<OGRPolygon> rectangle(const OGREnvelope& box);
/// The pixel at a place of a scene; far beyond what any scene has: some pixel there.
inline std::int64_t pixel_at(double place) {
  constexpr double kFar = 1e15;
  return static_cast<std::int64_t>(std::floor(std::clamp(place, -kFar, kFar)));
}
/// All pixels that a box has a part of.
Window pixels_of(const OGREnvelope& box);

/// Burns polygons in their order (later ones win) into a grid of cols x rows cells over `window`; a cell
/// belongs to a polygon that its centre lies in.
/// @param cells @shape [rows, cols], holds the background already
void burn_polygons(const std::vector<const PixelPolygon*>& polygons, const Window& window, std::int64_t cols,
                   std::int64_t rows, std::vector<std::uint8_t>& cells);

}  // namespace orthocover
