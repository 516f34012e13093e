#include "georef/polygon_labels.h"

#include <ogrsf_frmts.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal_error.h"

namespace orthocover {
namespace {

int class_of(OGRFeature& feature, int field, const Legend& legend, const std::string& path) {
  const OGRFieldType type = feature.GetFieldDefnRef(field)->GetType();
  const bool number = type == OFTInteger || type == OFTInteger64 || type == OFTReal;
  std::optional<int> index;
  if (number) {
    const double value = feature.GetFieldAsDouble(field);
    if (value >= 1 && value <= 254) index = legend.index_of(static_cast<std::uint8_t>(value));
  } else {
    index = legend.index_of(std::string_view(feature.GetFieldAsString(field)));
  }
  if (!index) {
    std::vector<std::string> known;
    for (const LegendClass& entry : legend.classes())
      known.push_back(fmt::format("{} {}", entry.value, entry.name));
    throw data_error("{}: feature {} has class '{}', which the legend does not know; it has {}", path,
                     feature.GetFID(), feature.GetFieldAsString(field), join(known));
  }
  return *index;
}

double polygon_area(const OGRGeometry& geometry) {
  const OGRwkbGeometryType type = wkbFlatten(geometry.getGeometryType());
  if (type == wkbPolygon) return geometry.toPolygon()->get_Area();
  if (type == wkbMultiPolygon) return geometry.toMultiPolygon()->get_Area();
  return 0;
}

}  // namespace

PolygonLabels::PolygonLabels(const std::string& path, const RasterInfo& scene, const Legend& legend,
                             const std::string& class_field, const std::string& where) {
  const DatasetPtr dataset = open_vector_dataset(path);
  read_regions(*dataset, scene, path);
  const GdalErrors errors;
  OGRLayer& layer = polygon_layer(*dataset, path, "landcover");
  const int field = layer.GetLayerDefn()->GetFieldIndex(class_field.c_str());
  if (field < 0) {
    std::vector<std::string> names;
    for (int i = 0; i < layer.GetLayerDefn()->GetFieldCount(); ++i) {
      names.emplace_back(layer.GetLayerDefn()->GetFieldDefn(i)->GetNameRef());
    }
    throw data_error("{}: layer {} has no field '{}'; it has {}", path, layer.GetName(), class_field,
                     join(names));
  }
  if (!where.empty() && layer.SetAttributeFilter(where.c_str()) != OGRERR_NONE) {
    throw data_error("{}: the filter '{}' can't be used: {}", path, where, errors.message());
  }
  const int region_field = layer.GetLayerDefn()->GetFieldIndex("window");
  const ToPixels to_pixels(scene, layer.GetSpatialRef(), path);
  for (const auto& feature : layer) {
    if (feature->GetGeometryRef() == nullptr) continue;
    const int index = class_of(*feature, field, legend, path);
    std::unique_ptr<OGRGeometry> geometry = to_pixels(*feature->GetGeometryRef());
    if (!geometry) continue;
    const Window bounds = pixel_bounds(*geometry);
    if (intersect(bounds, scene.window()).empty()) continue;
    const std::string region =
        region_field >= 0 ? feature->GetFieldAsString(region_field) : region_of(bounds);
    m_pieces.push_back({index, bounds, polygon_area(*geometry), region});
    m_polygons.push_back({std::move(geometry), bounds, static_cast<std::uint8_t>(index)});
  }
  if (m_polygons.empty()) throw data_error("{}: no labelled polygon lies on {}", path, scene.path);
}

void PolygonLabels::read_regions(GDALDataset& dataset, const RasterInfo& scene, const std::string& path) {
  m_regions = {{"", scene.window()}};
  const GdalErrors silent;
  OGRLayer* layer = dataset.GetLayerByName("windows");
  if (layer == nullptr) return;
  m_regions.clear();
  int field = layer->GetLayerDefn()->GetFieldIndex("window");
  if (field < 0) field = layer->GetLayerDefn()->GetFieldIndex("name");
  const ToPixels to_pixels(scene, layer->GetSpatialRef(), path);
  for (const auto& feature : *layer) {
    if (feature->GetGeometryRef() == nullptr) continue;
    const std::unique_ptr<OGRGeometry> geometry = to_pixels(*feature->GetGeometryRef());
    if (!geometry) continue;
    const std::string name =
        field >= 0 ? feature->GetFieldAsString(field) : fmt::format("{}", feature->GetFID());
    m_regions.push_back({name, intersect(pixel_bounds(*geometry), scene.window())});
  }
}

std::string PolygonLabels::region_of(const Window& bounds) const {
  const std::int64_t col = bounds.col + bounds.cols / 2;
  const std::int64_t row = bounds.row + bounds.rows / 2;
  for (const LabelledRegion& region : m_regions) {
    if (region.window.contains({col, row, 1, 1})) return region.name;
  }
  return {};
}

void PolygonLabels::read(const Window& window, std::int64_t cols, std::int64_t rows,
                         std::vector<std::uint8_t>& labels) const {
  labels.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
  std::vector<const PixelPolygon*> near;
  for (const PixelPolygon& polygon : m_polygons) {
    if (!intersect(polygon.bounds, window).empty()) near.push_back(&polygon);
  }
  burn_polygons(near, window, cols, rows, labels);
}

}  // namespace orthocover
