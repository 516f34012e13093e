#include "georef/gdal_geo_io.h"

#include <cpl_conv.h>
#include <gdal_priv.h>
#include <proj.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/map_box.h"
#include "georef/ground/pixel_area.h"
#include "georef/labels/area_polygons.h"
#include "georef/labels/class_source.h"
#include "georef/labels/label_legend.h"
#include "georef/labels/label_raster.h"
#include "georef/labels/map_source.h"
#include "georef/labels/polygon_labels.h"
#include "georef/labels/polygon_layer_map.h"
#include "georef/labels/reference_points.h"
#include "georef/labels/zone_polygons.h"
#include "georef/raster/raster_sink.h"
#include "georef/raster/raster_source.h"
#include "georef/vector/feature_sink.h"

namespace orthocover {
namespace {

/// A server that fails now and then is asked again, one that falls silent is given up; GDAL alone does
/// neither. Whoever sets these options, by --gdal or the environment, is obeyed.
void set_patience_with_servers() {
  static constexpr std::pair<const char*, const char*> kOptions[] = {
      {"GDAL_HTTP_MAX_RETRY", "3"},       {"GDAL_HTTP_RETRY_DELAY", "1"},
      {"GDAL_HTTP_CONNECTTIMEOUT", "30"}, {"GDAL_HTTP_LOW_SPEED_LIMIT", "1"},
      {"GDAL_HTTP_LOW_SPEED_TIME", "60"},
  };
  for (const auto& [key, value] : kOptions) {
    if (CPLGetConfigOption(key, nullptr) == nullptr) CPLSetConfigOption(key, value);
  }
}

/// With fewer sources of mosaics open than threads read, these wait for each other inside GDAL for ever.
void keep_pool_large() {
  constexpr const char* kPoolSize = "GDAL_MAX_DATASET_POOL_SIZE";
  constexpr int kFewest = 100;  // GDAL's own number
  const char* size = CPLGetConfigOption(kPoolSize, nullptr);
  if (size != nullptr && std::atoi(size) < kFewest)
    CPLSetConfigOption(kPoolSize, std::to_string(kFewest).c_str());
}

/// Of classes' names and of masks; many switch them off by the environment, which only --gdal does here.
void keep_side_files() {
  CPLSetConfigOption("GDAL_PAM_ENABLED", "YES");
  // By name they are found.
  if (EQUAL(CPLGetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", ""), "EMPTY_DIR"))
    CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
}

bool is_secret(const std::string& key, const std::string& value) {
  static constexpr std::array kParts = {"key",    "secret", "token", "passw", "userpwd",   "cookie",
                                        "header", "auth",   "cred",  "sas",   "connection"};
  const std::string name = to_lower(key);
  return value.find('@') != std::string::npos ||  // a user
         std::ranges::any_of(kParts, [&](const char* part) { return name.find(part) != std::string::npos; });
}

class GdalGeoIo final : public GeoIo {
 public:
  GdalGeoIo() {
    // Newer GDALs let libtiff's messages through to the user beside their own.
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    GDALAllRegister();
    end_well_on_fatal_errors();
    set_patience_with_servers();
    keep_pool_large();
    keep_side_files();
  }

  std::unique_ptr<RasterSource> open_raster(const std::string& path, const std::vector<int>& bands,
                                            std::optional<double> ground_size_m) override {
    return std::make_unique<GdalRasterSource>(path, bands, m_handles, ground_size_m);
  }

  std::unique_ptr<RasterSink> create_raster(const RasterSpec& spec) override {
    return std::make_unique<GdalRasterSink>(spec);
  }

  using GeoIo::open_labels;
  std::unique_ptr<LabelSource> open_labels(const LabelRequest& request, const RasterInfo& scene) override {
    if (is_vector(request.path)) return std::make_unique<PolygonLabels>(request, scene);
    return std::make_unique<LabelRaster>(request, scene, m_handles);
  }

  std::optional<LabelLegend> read_label_legend(const std::string& path, const std::string& class_field,
                                               const std::string& where) override {
    if (is_vector(path)) return read_polygon_legend(path, class_field, where);
    return read_raster_legend(path);
  }

  std::unique_ptr<MapSource> open_map(const std::string& path) override {
    return std::make_unique<GdalMapSource>(path);
  }

  ReferencePoints read_points(const std::string& path, const RasterInfo& map, const Legend& legend,
                              const std::string& class_field) override {
    return read_reference_points(path, map, legend, class_field);
  }

  std::unique_ptr<PendingOutput> write_points(const std::vector<SamplePoint>& points, const RasterInfo& map,
                                              const PointSpec& spec) override {
    return write_sample_points(points, map, spec);
  }

  std::unique_ptr<ClassSource> open_classes(const ClassRequest& request) override {
    return std::make_unique<GdalClassSource>(request, m_handles);
  }

  std::unique_ptr<PolygonMap> open_polygon_map(const PolygonMapRequest& request) override {
    return std::make_unique<PolygonLayerMap>(request);
  }
  std::vector<Zone> read_zones(const ZoneRequest& request, const RasterInfo& map) override {
    return read_zone_polygons(request, map);
  }
  std::optional<AreaScale> area_scale(const RasterInfo& map) override { return pixel_area_scale(map); }

  PixelSize pixel_size(const RasterInfo& raster) const override { return pixel_size_of(raster); }

  std::unique_ptr<FeatureSink> create_features(const VectorSpec& spec, const RasterInfo& map) override {
    return std::make_unique<OgrFeatureSink>(spec, map);
  }

  /// A GeoPackage may hold both.
  bool is_vector(const std::string& path) const override {
    const GdalErrors silent;
    const DatasetPtr dataset = vector_dataset_if_any(path);
    return dataset && dataset->GetLayerCount() > 0;
  }

  std::unique_ptr<AreaMask> open_area(const std::string& path, const RasterInfo& scene,
                                      RunContext& run) override {
    return std::make_unique<AreaPolygons>(path, scene, run);
  }
  std::string area_digest(const std::string& path) const override { return orthocover::area_digest(path); }

  Window same_ground(const RasterInfo& from, const Window& window, const RasterInfo& to) const override {
    return orthocover::same_ground(from, window, to);
  }
  Window window_of_box(const RasterInfo& scene, const std::array<double, 4>& box) override {
    return orthocover::window_of_box(scene, box);
  }

  std::vector<std::string> files_of(const std::string& path) const override {
    return orthocover::files_of(path);
  }

  void set_option(const std::string& key, const std::string& value) override {
    CPLSetConfigOption(key.c_str(), value.c_str());
    m_options[key] = value;
    keep_pool_large();
  }

  std::vector<std::string> options() const override {
    std::vector<std::string> told;
    for (const auto& [key, value] : m_options) {
      if (!is_secret(key, value)) told.push_back(key + "=" + value);
    }
    return told;
  }

  std::uint64_t limit_cache(std::uint64_t bytes) override {
    if (CPLGetConfigOption("GDAL_CACHEMAX", nullptr) == nullptr)
      GDALSetCacheMax64(static_cast<GIntBig>(bytes));
    return static_cast<std::uint64_t>(GDALGetCacheMax64());
  }

  std::vector<std::pair<std::string, std::string>> versions() const override {
    return {{"GDAL", GDALVersionInfo("RELEASE_NAME")}, {"PROJ", proj_info().version}};
  }

  std::vector<std::pair<std::string, bool>> drivers() const override {
    std::vector<std::pair<std::string, bool>> found;
    for (const char* name :
         {"GTiff", "COG", "VRT", "JPEG", "PNG", "GPKG", "ESRI Shapefile", "FlatGeobuf", "GeoJSON"}) {
      found.emplace_back(name, GetGDALDriverManager()->GetDriverByName(name) != nullptr);
    }
    return found;
  }

 private:
  std::shared_ptr<HandleCache> m_handles = std::make_shared<HandleCache>();
  std::map<std::string, std::string> m_options;  ///< set_option()
};

}  // namespace

std::unique_ptr<GeoIo> make_gdal_geo_io() {
  return std::make_unique<GdalGeoIo>();
}

}  // namespace orthocover
