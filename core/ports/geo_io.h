#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/run_context.h"
#include "core/geometry/area_scale.h"
#include "core/ports/area_mask.h"
#include "core/ports/class_source.h"
#include "core/ports/feature_sink.h"
#include "core/ports/label_request.h"
#include "core/ports/label_source.h"
#include "core/ports/map_source.h"
#include "core/ports/polygon_map.h"
#include "core/ports/raster_sink.h"
#include "core/ports/raster_source.h"
#include "core/ports/zone.h"

namespace orthocover {

/// Where points of a map are written.
struct PointSpec {
  std::string path;  ///< .gpkg
  Legend legend;
  bool overwrite = false;
};

/// Everything that operations need of geospatial files; implemented in georef, faked in tests.
class GeoIo {
 public:
  GeoIo() = default;
  GeoIo(const GeoIo&) = delete;
  GeoIo& operator=(const GeoIo&) = delete;
  virtual ~GeoIo() = default;

  /// @param bands band numbers counted from 1 as gdalinfo shows them; empty: all but alpha
  /// @param ground_size_m of a pixel, where the file doesn't tell
  /// @throws Error{Data} when it can't be opened, has no bands, is complex or a palette image; Error{Usage}
  /// for a band that does not exist
  virtual std::unique_ptr<RasterSource> open_raster(const std::string& path, const std::vector<int>& bands,
                                                    std::optional<double> ground_size_m = {}) = 0;

  /// @throws Error{Usage} for an unknown creation option or an existing file, Error{Resource} for a folder
  /// that is not writable
  virtual std::unique_ptr<RasterSink> create_raster(const RasterSpec& spec) = 0;

  /// Labels on the scene's ground, from vector polygons, or from a raster of values or colours.
  /// @throws Error{Data, Cancelled}
  virtual std::unique_ptr<LabelSource> open_labels(const LabelRequest& request, const RasterInfo& scene) = 0;

  /// Labels of the legend's own values and names.
  /// @param class_field, where as in LabelRequest
  /// @param run warned of what is left out
  /// @throws Error{Data, Cancelled}
  std::unique_ptr<LabelSource> open_labels(const std::string& path, const RasterInfo& scene,
                                           const Legend& legend, const std::string& class_field,
                                           const std::string& where, RunContext& run) {
    LabelRequest request;
    request.path = path;
    request.coding = LabelCoding(legend);
    request.class_field = class_field;
    request.where = where;
    request.warn = [&run](const std::string& message) { run.log(LogLevel::Warning, message); };
    request.is_cancelled = [&run] { return run.cancelled(); };
    return open_labels(request, scene);
  }

  /// The classes that a label file itself tells; nothing for a raster without names.
  /// @param class_field, where as in LabelRequest
  /// @throws Error{Data} when no field of classes is found, with a list of the fields
  virtual std::optional<LabelLegend> read_label_legend(const std::string& path,
                                                       const std::string& class_field,
                                                       const std::string& where) = 0;

  /// A finished land-cover map.
  /// @throws Error{Data}
  virtual std::unique_ptr<MapSource> open_map(const std::string& path) = 0;

  /// Points of known class on a map; empty when the file holds none, or none with the field beside polygons.
  /// @param class_field attribute that holds the legend value or the class name; empty text and null: not
  /// looked up yet
  /// @throws Error{Data} for a class that the legend lacks, or when no point lies on the map
  virtual ReferencePoints read_points(const std::string& path, const RasterInfo& map, const Legend& legend,
                                      const std::string& class_field) = 0;

  /// Writes points that are to be looked up as a GeoPackage: number, the map's class, and an empty field
  /// `reference`.
  /// @throws Error{Usage} for another extension or an existing file, Error{Resource}
  virtual std::unique_ptr<PendingOutput> write_points(const std::vector<SamplePoint>& points,
                                                      const RasterInfo& map, const PointSpec& spec) = 0;

  /// Classes of any program.
  /// @throws Error{Data} when it can't be opened or is not one of whole numbers
  virtual std::unique_ptr<ClassSource> open_classes(const ClassRequest& request) = 0;

  /// A layer of polygons that is a land-cover map.
  /// @throws Error{Data} when there is no polygon layer or no field of classes
  virtual std::unique_ptr<PolygonMap> open_polygon_map(const PolygonMapRequest& request) = 0;

  /// Polygons that areas are wanted for, in coordinates of a map, in the order of their ids. Invalid ones are
  /// warned of with their place and left out, those beyond the map have no vertices.
  /// @throws Error{Data} when there is no polygon layer, the field is missing or no zone meets the map
  virtual std::vector<Zone> read_zones(const ZoneRequest& request, const RasterInfo& map) = 0;

  /// Ground of the pixels of a raster in square metres; nothing when its CRS is unknown.
  virtual std::optional<AreaScale> area_scale(const RasterInfo& map) = 0;

  /// Sides of a raster's pixel on the ground.
  virtual PixelSize pixel_size(const RasterInfo& raster) const = 0;

  /// Starts a vector layer for polygons of a class raster.
  /// @param map the raster in whose coordinates the polygons come
  /// @throws Error{Usage} for a format without driver, an unknown option or an existing file, Error{Data} for
  /// a CRS that the format can't have, Error{Resource} for a folder that is not writable
  virtual std::unique_ptr<FeatureSink> create_features(const VectorSpec& spec, const RasterInfo& map) = 0;

  /// Whether labels are polygons, not pixels.
  virtual bool is_vector(const std::string& path) const = 0;

  /// Polygons of a vector file in the scene's CRS.
  /// @param run warned of those left out
  /// @throws Error{Data} when there are none or they miss the scene
  virtual std::unique_ptr<AreaMask> open_area(const std::string& path, const RasterInfo& scene,
                                              RunContext& run) = 0;
  /// Of those polygons and their CRS, whatever file holds them.
  /// @throws Error{Data} when there are none, whatever the scene
  virtual std::string area_digest(const std::string& path) const = 0;

  /// Pixels of a raster that show the ground of a window of another one, whatever the CRS of both; empty
  /// where none do, or where one has no place.
  virtual Window same_ground(const RasterInfo& from, const Window& window, const RasterInfo& to) const = 0;

  /// Scene pixels of a box in its CRS (as gdal_translate's -projwin); of a rotated scene those around it.
  /// @throws Error{Data} when the box misses the scene or the scene has no geotransform, Error{Usage} for a
  /// box without width or height
  virtual Window window_of_box(const RasterInfo& scene, const std::array<double, 4>& ulx_uly_lrx_lry) = 0;

  /// The files that a raster or vector file consists of, itself first: sources of a VRT, .msk, .ovr,
  /// .aux.xml; of what can't be opened only its own name.
  virtual std::vector<std::string> files_of(const std::string& path) const = 0;

  /// Sets a GDAL configuration option, as `--config` of the GDAL programs does.
  virtual void set_option(const std::string& key, const std::string& value) = 0;
  /// What set_option() has set, as KEY=VALUE by key, without what is secret: keys, passwords, tokens.
  virtual std::vector<std::string> options() const = 0;

  /// Bounds the cache of decoded blocks, unless the user chose its size (GDAL_CACHEMAX).
  /// @return the bound in force, in bytes
  virtual std::uint64_t limit_cache(std::uint64_t bytes) = 0;

  /// Name and version of every library behind this port.
  virtual std::vector<std::pair<std::string, std::string>> versions() const = 0;
  /// Drivers that the program needs, with whether they are there.
  virtual std::vector<std::pair<std::string, bool>> drivers() const = 0;
};

}  // namespace orthocover
