#pragma once

#include <ogrsf_frmts.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "georef/ground/map_box.h"
#include "georef/ground/pixel_polygons.h"

namespace orthocover {

/// A feature and its polygon in a scene's pixel coordinates.
struct ScenePolygon {
  OGRFeatureUniquePtr feature;  ///< without its geometry
  std::unique_ptr<OGRGeometry> geometry;
  Window bounds;
};

/// The layer that a path names; null where it names none.
/// @throws Error{Data} that lists the layers where there is no such
OGRLayer* named_layer(GDALDataset& dataset, const std::string& path);

/// The polygon layer of a vector file: the one that the path names, else the one called `preferred`, else the
/// first with polygons that is not the layer `windows`, which names regions.
/// @param warn gets told which others there are that might be meant
/// @throws Error{Data} when there is none
OGRLayer& polygon_layer(GDALDataset& dataset, const std::string& path, const std::string& preferred,
                        const std::function<void(const std::string&)>& warn = {});

/// A layer's CRS; null when it is unknown (a GeoPackage then has a made-up one).
const OGRSpatialReference* known_crs(OGRLayer& layer);

/// Reads the polygons of a layer that lie on a scene: curves become lines, any CRS becomes the scene's, what
/// can't be used is named and left out.
class PolygonReader {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// A layer without CRS is taken to have the scene's if its extent meets the scene.
  /// @throws Error{Data} when the layer can't be placed on the scene
  PolygonReader(OGRLayer& layer, const RasterInfo& scene, std::string path, Warn warn);

  /// Polygons in the order of their feature ids. Empty geometries and those without area are counted, invalid
  /// ones listed with the place of the fault in the layer's CRS (GEOS' rules), both through `warn`.
  /// @param may_be_none no polygon is an answer too
  /// @throws Error{Data} when all polygons are invalid, or none meets the scene
  std::vector<ScenePolygon> read(bool may_be_none = false);

  /// Hands over one polygon after the other, as the layer gives them, and keeps none; else as read(true).
  /// @param may_be_invalid that all are is an answer too, as where a filter leaves few
  void for_each(const std::function<void(ScenePolygon)>& visit, bool may_be_invalid = false);

  /// How many features of the layer have no polygon: of those without a geometry none is read on a scene.
  void tell_at_least(std::int64_t empty) { m_least_empty = empty; }

  /// Ids of the features that were left out for what they are, not for where they lie.
  const std::vector<GIntBig>& left_out() const { return m_left_out; }

  /// @throws Error{Data} why there is no polygon
  [[noreturn]] void refuse_nothing() const;

  /// Where the polygons and the scene lie, for messages.
  std::string extents() const;

 private:
  void settle_crs();
  void filter_by_scene();
  MapBox scene_box() const;
  MapBox layer_box() const;
  std::optional<ScenePolygon> take(OGRFeatureUniquePtr feature);
  void note_invalid(OGRFeature& feature, const OGRGeometry& geometry, const std::string& reason);
  void report() const;

  OGRLayer& m_layer;
  const RasterInfo& m_scene;
  std::string m_path;
  Warn m_warn;
  const OGRSpatialReference* m_crs = nullptr;  ///< of the layer; null: the scene's
  std::unique_ptr<ToPixels> m_to_pixels;
  std::vector<GIntBig> m_left_out;
  std::vector<std::string> m_invalid;  ///< the first few, as shown
  std::int64_t m_invalid_count = 0;
  std::int64_t m_empty_count = 0;
  std::int64_t m_least_empty = 0;   ///< to be told
  std::int64_t m_astray_count = 0;  ///< can't be brought to the scene's CRS
};

}  // namespace orthocover
