#include "georef/map_polygons.h"

#include <gdal_alg.h>
#include <ogrsf_frmts.h>

#include <array>
#include <cmath>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/dataset.h"
#include "georef/gdal_error.h"
#include "georef/geopackage.h"
#include "georef/ground_size.h"
#include "georef/map_style.h"
#include "georef/pending_vector.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

struct VectorFormat {
  const char* extension;
  const char* driver;
};

constexpr std::array<VectorFormat, 5> kFormats = {{{".gpkg", "GPKG"},
                                                   {".shp", "ESRI Shapefile"},
                                                   {".fgb", "FlatGeobuf"},
                                                   {".geojson", "GeoJSON"},
                                                   {".json", "GeoJSON"}}};

const char* driver_for(const fs::path& path) {
  const std::string extension = to_lower(path.extension().string());
  for (const VectorFormat& format : kFormats) {
    if (extension == format.extension) return format.driver;
  }
  throw usage_error("--vector: '{}' has no known extension; use .gpkg, .shp, .fgb or .geojson",
                    path.string());
}

int CPL_STDCALL report_progress(double done, const char* /*message*/, void* data) {
  auto& context = *static_cast<RunContext*>(data);
  context.progress(done, "polygons");
  return context.cancelled() ? FALSE : TRUE;
}

void add_fields(OGRLayer& layer, bool with_area) {
  OGRFieldDefn value("class", OFTInteger);
  OGRFieldDefn name("name", OFTString);
  OGRFieldDefn area("area_m2", OFTReal);
  area.SetWidth(18);
  area.SetPrecision(2);
  layer.CreateField(&value);
  layer.CreateField(&name);
  if (with_area) layer.CreateField(&area);
}

/// Squared ground size over squared map unit: turns areas of the layer into square metres.
double area_factor(GDALDataset& map) {
  std::array<double, 6> transform{};
  if (map.GetGeoTransform(transform.data()) != CE_None) return 0;
  const double unit = std::abs(transform[1] * transform[5] - transform[2] * transform[4]);
  const auto size =
      ground_size_m(wkt_of(map.GetSpatialRef()), transform, map.GetRasterXSize(), map.GetRasterYSize());
  return size && unit > 0 ? *size * *size / unit : 0;
}

void fill_attributes(OGRLayer& layer, const Legend& legend, double factor) {
  layer.ResetReading();
  while (OGRFeatureUniquePtr feature{layer.GetNextFeature()}) {
    const auto index = legend.index_of(static_cast<std::uint8_t>(feature->GetFieldAsInteger(0)));
    if (index) feature->SetField(1, legend.classes()[static_cast<std::size_t>(*index)].name.c_str());
    if (factor > 0) {
      const OGRGeometry* geometry = feature->GetGeometryRef();
      feature->SetField(2, factor * geometry->toPolygon()->get_Area());
    }
    if (layer.SetFeature(feature.get()) != OGRERR_NONE)
      throw internal_error("polygons: can't set attributes");
  }
}

}  // namespace

std::unique_ptr<PendingOutput> write_map_polygons(const std::string& map_path, const VectorSpec& spec,
                                                  RunContext& context) {
  const fs::path target(spec.path);
  const std::string driver_name = driver_for(target);
  check_output_path(target, spec.overwrite);
  auto pending = std::make_unique<PendingVector>(target);
  const GdalErrors errors;
  const DatasetPtr map = open_raster_dataset(map_path);
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(driver_name.c_str());
  if (driver == nullptr)
    throw resource_error("this GDAL has no {} driver; install one that has", driver_name);
  DatasetPtr vector(driver->Create(pending->temporary().c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  const OGRSpatialReference* crs = map->GetSpatialRef();
  const std::string layer_name = target.stem().string();
  // FlatGeobuf and GeoJSON can't be updated in place, so the attributes are made in memory first.
  const DatasetPtr memory(
      GetGDALDriverManager()->GetDriverByName("Memory")->Create("", 0, 0, 0, GDT_Unknown, nullptr));
  OGRLayer* polygons =
      memory->CreateLayer(layer_name.c_str(), const_cast<OGRSpatialReference*>(crs), wkbPolygon, nullptr);
  if (!vector || polygons == nullptr)
    throw resource_error("{}: can't be created: {}", spec.path, errors.message());
  std::vector<LegendClass> classes;
  for (const ClassEntry& entry : spec.classes)
    classes.push_back(
        {static_cast<std::uint8_t>(entry.value), entry.name, entry.color.value_or(Color{}), {}});
  const Legend legend(std::move(classes));
  const double factor = area_factor(*map);
  add_fields(*polygons, factor > 0);
  GDALRasterBand* band = map->GetRasterBand(1);
  if (GDALPolygonize(band, band->GetMaskBand(), OGRLayer::ToHandle(polygons), 0, nullptr, report_progress,
                     &context) != CE_None) {
    context.check_cancelled();
    throw resource_error("{}: making polygons failed: {}", spec.path, errors.message());
  }
  fill_attributes(*polygons, legend, factor);
  const bool copied = vector->CopyLayer(polygons, layer_name.c_str(), nullptr) != nullptr;
  const std::string qml = vector_style_qml(spec.classes);
  if (driver_name == "GPKG")
    store_style(*vector, layer_name, "geom", qml);
  else
    write_file_atomically(pending->temporary().replace_extension(".qml"), qml);
  vector.reset();
  if (!copied || errors.failed()) throw resource_error("{}: writing failed: {}", spec.path, errors.message());
  return pending;
}

}  // namespace orthocover
