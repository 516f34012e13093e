#include "georef/labels/reference_points.h"

#include <gdal_alg.h>
#include <ogrsf_frmts.h>

#include <array>
#include <filesystem>
#include <set>
#include <tuple>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/driver_options.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/pixel_polygons.h"
#include "georef/labels/class_field.h"
#include "georef/vector/pending_vector.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// Field with the map's value at the point when it was drawn.
constexpr const char* kMapValue = "map_value";

bool has_points(OGRwkbGeometryType type) {
  return wkbFlatten(type) == wkbPoint || wkbFlatten(type) == wkbMultiPoint;
}

/// That of the first feature where the layer does not tell.
OGRwkbGeometryType geometry_type(OGRLayer& layer) {
  if (const auto told = layer.GetGeomType(); wkbFlatten(told) != wkbUnknown) return told;
  const OGRFeatureUniquePtr first(layer.GetNextFeature());
  layer.ResetReading();
  const OGRGeometry* geometry = first ? first->GetGeometryRef() : nullptr;
  return geometry != nullptr ? geometry->getGeometryType() : wkbUnknown;
}

/// Null: there is none.
OGRLayer* point_layer(GDALDataset& dataset, const std::string& path) {
  if (OGRLayer* named = named_layer(dataset, path))
    return has_points(geometry_type(*named)) ? named : nullptr;
  for (OGRLayer* layer : dataset.GetLayers())
    if (has_points(geometry_type(*layer))) return layer;
  return nullptr;
}

bool has_polygons(GDALDataset& dataset) {
  for (OGRLayer* layer : dataset.GetLayers()) {
    const OGRwkbGeometryType type = wkbFlatten(geometry_type(*layer));
    if (OGR_GT_IsSurface(type) || OGR_GT_IsSubClassOf(type, wkbMultiSurface)) return true;
  }
  return false;
}

/// The points of a geometry: one, or those of a multi-point.
std::vector<OGRPoint> points_of(const OGRGeometry& geometry) {
  if (wkbFlatten(geometry.getGeometryType()) == wkbPoint) return {*geometry.toPoint()};
  std::vector<OGRPoint> points;
  for (const OGRPoint* point : *geometry.toMultiPoint()) points.push_back(*point);
  return points;
}

/// Class of a point; nothing where the field is empty.
std::optional<int> class_of(OGRFeature& feature, int field, const LabelCoding& coding,
                            const std::string& path) {
  const std::string text = field_text(feature, field);
  if (text.empty()) return std::nullopt;
  std::optional<std::uint8_t> label = coding.of_name(text);
  if (const auto value = number_of(text); value && !label) label = coding.of_value(*value);
  if (label) return *label;
  throw data_error("{}: point {} has class '{}', which the legend does not know; it has {}", path,
                   feature.GetFID(), text, coding.known());
}

/// A map's pixels are all that is known of it where neither it nor the points have a place.
RasterInfo placed(RasterInfo map, const OGRSpatialReference* crs) {
  if (crs == nullptr && !map.georeference.geotransform) map.georeference.geotransform = kPixelTransform;
  return map;
}

void keep_answers(const std::string& path) {
  const GdalErrors silent;
  const DatasetPtr file = vector_dataset_if_any(path);
  OGRLayer* layer = file ? point_layer(*file, path) : nullptr;
  if (layer == nullptr || layer->SetAttributeFilter("reference <> ''") != OGRERR_NONE) return;
  if (const GIntBig answers = layer->GetFeatureCount(); answers > 0)
    throw usage_error("{}: {} of its points are looked up already; choose another name", path, answers);
}

void add_field(OGRLayer& layer, const char* name, OGRFieldType type) {
  OGRFieldDefn field(name, type);
  layer.CreateField(&field);
}

}  // namespace

ReferencePoints read_reference_points(const std::string& path, const RasterInfo& map, const Legend& legend,
                                      const std::string& class_field) {
  const GdalErrors silent;
  const DatasetPtr dataset = vector_dataset_if_any(path);
  OGRLayer* layer = dataset ? point_layer(*dataset, path) : nullptr;
  if (layer == nullptr) return {};
  // Notes, say, beside the polygons that are meant.
  if (layer->GetLayerDefn()->GetFieldIndex(class_field.c_str()) < 0 && has_polygons(*dataset)) return {};
  const int field = field_by_name(*layer, class_field, path);
  const int drawn_on = layer->GetLayerDefn()->GetFieldIndex(kMapValue);
  const OGRSpatialReference* const crs = known_crs(*layer);
  const ToPixels to_pixels(placed(map, crs), crs, path);
  const LabelCoding coding(legend);
  ReferencePoints read;
  std::vector<ReferencePoint>& points = read.points;
  std::set<std::tuple<bool, std::int64_t, std::int64_t>> known;  // those drawn apart from those added
  layer->ResetReading();
  while (const OGRFeatureUniquePtr feature = next_feature(*layer, path)) {
    const OGRGeometry* const geometry = feature->GetGeometryRef();
    if (geometry == nullptr || geometry->IsEmpty() || !has_points(geometry->getGeometryType())) continue;
    const std::unique_ptr<OGRGeometry> pixels = to_pixels(*geometry);
    if (!pixels) ++read.off_map;
    for (const OGRPoint& point : pixels ? points_of(*pixels) : std::vector<OGRPoint>()) {
      const std::int64_t col = pixel_at(point.getX()), row = pixel_at(point.getY());
      if (!map.window().contains({col, row, 1, 1})) {
        ++read.off_map;
        continue;
      }
      const std::optional<int> answer = class_of(*feature, field, coding, path);
      const bool is_drawn = drawn_on >= 0 && feature->IsFieldSetAndNotNull(drawn_on);
      if (answer && !known.emplace(is_drawn, col, row).second) {
        ++read.repeated;
        continue;
      }
      points.push_back({col, row, answer, {}});
      if (is_drawn) points.back().map_value = feature->GetFieldAsInteger(drawn_on);
    }
  }
  if (points.empty()) throw data_error("{}: no point lies on {}", path, map.path);
  return read;
}

std::unique_ptr<PendingOutput> write_sample_points(const std::vector<SamplePoint>& points,
                                                   const RasterInfo& map, const PointSpec& spec) {
  const fs::path target(spec.path);
  if (lower_extension(target) != ".gpkg")
    throw usage_error("{}: points go into a GeoPackage; end the name in .gpkg", spec.path);
  check_output_path(target, spec.overwrite);
  auto pending = std::make_unique<PendingVector>(target, spec.overwrite);
  pending->check_sole("points");
  keep_answers(spec.path);
  const GdalErrors errors;
  DatasetPtr file(driver_named("GPKG").Create(pending->temporary().c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  const std::string& wkt = map.georeference.crs_wkt;
  OGRSpatialReference crs = wkt.empty() ? undefined_cartesian() : crs_of_layer(crs_from_wkt(wkt));
  OGRLayer* layer = file ? file->CreateLayer("points", &crs, wkbPoint, nullptr) : nullptr;
  if (layer == nullptr) throw write_error(spec.path, errors.message());
  add_field(*layer, "number", OFTInteger);
  add_field(*layer, kMapValue, OFTInteger);
  add_field(*layer, "map_name", OFTString);
  add_field(*layer, "reference", OFTString);
  std::array<double, 6> transform = map.georeference.geotransform.value_or(kPixelTransform);
  bool written = layer->StartTransaction() == OGRERR_NONE;
  int number = 0;
  for (const SamplePoint& point : points) {
    const OGRFeatureUniquePtr feature(OGRFeature::CreateFeature(layer->GetLayerDefn()));
    double x = 0, y = 0;
    GDALApplyGeoTransform(transform.data(), double(point.col) + 0.5, double(point.row) + 0.5, &x, &y);
    OGRPoint geometry(x, y);
    feature->SetGeometry(&geometry);
    feature->SetField("number", ++number);
    feature->SetField(kMapValue, point.map_value);
    if (const auto index = spec.legend.index_of(point.map_value))
      feature->SetField("map_name", spec.legend.classes()[std::size_t(*index)].name.c_str());
    written = written && layer->CreateFeature(feature.get()) == OGRERR_NONE;
  }
  written = written && layer->CommitTransaction() == OGRERR_NONE;
  file.reset();
  if (!written || errors.failed()) throw write_error(spec.path, errors.message());
  return pending;
}

}  // namespace orthocover
