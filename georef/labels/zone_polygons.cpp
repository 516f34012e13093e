#include "georef/labels/zone_polygons.h"

#include <ogrsf_frmts.h>

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/legend/class_name.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/zone_cutter.h"
#include "georef/labels/class_field.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

/// Field of the names; nothing: the ids are the names.
std::optional<int> name_field(OGRLayer& layer, const ZoneRequest& request) {
  const OGRFeatureDefn& definition = *layer.GetLayerDefn();
  const char* wanted = request.field.c_str();
  // QGIS shows the ids of a GeoPackage as a field.
  if (*wanted && EQUAL(wanted, layer.GetFIDColumn()) && definition.GetFieldIndex(wanted) < 0)
    return std::nullopt;
  if (*wanted) return field_by_name(layer, request.field, request.path);
  for (const char* usual : {"name", "zone", "label", "title"}) {
    for (int i = 0; i < definition.GetFieldCount(); ++i) {
      const OGRFieldDefn& field = *definition.GetFieldDefn(i);
      if (field.GetType() == OFTString && to_lower(field.GetNameRef()) == usual) return i;
    }
  }
  return std::nullopt;
}

/// Every feature with an area, as a zone that lies beyond the map.
/// @param others counts those without
std::vector<Zone> list_zones(OGRLayer& layer, std::optional<int> field, const ZoneRequest& request,
                             std::int64_t& others) {
  std::vector<Zone> zones;
  layer.ResetReading();
  while (const OGRFeatureUniquePtr feature = next_feature(layer, request.path)) {
    const OGRGeometry* const geometry = feature->GetGeometryRef();
    if (geometry == nullptr || geometry->IsEmpty() || geometry->getDimension() < 2) {
      ++others;
      continue;
    }
    std::string name = field ? clean_class_name(field_text(*feature, *field)) : "";
    if (name.empty()) name = fmt::format("{}", feature->GetFID());
    zones.push_back({feature->GetFID(), std::move(name), {}});
  }
  std::ranges::stable_sort(zones, {}, &Zone::id);
  if (const auto twin = std::ranges::adjacent_find(zones, {}, &Zone::id); twin != zones.end())
    throw data_error(
        "{}: several features have the id {}; give each its own: ogr2ogr -unsetFid zones.gpkg {}",
        request.path, twin->id, request.path);
  return zones;
}

}  // namespace

std::vector<Zone> read_zone_polygons(const ZoneRequest& request, const RasterInfo& map) {
  const DatasetPtr dataset = open_vector_dataset(request.path);
  const GdalErrors silent;
  OGRLayer& layer = polygon_layer(*dataset, request.path, "zones", request.warn);
  std::int64_t others = 0;
  std::vector<Zone> zones = list_zones(layer, name_field(layer, request), request, others);
  if (zones.empty())
    throw data_error("{}: layer {} {}", request.path, layer.GetName(),
                     others == 0 ? "is empty" : "has no polygon");
  PolygonReader reader(layer, map, request.path, request.warn);
  reader.tell_at_least(others);
  std::map<std::int64_t, RasterPolygon> found;
  reader.for_each([&](const ScenePolygon& polygon) {
    found.emplace(polygon.feature->GetFID(), polygon_of(*polygon.geometry));
  });
  const auto& left_out = reader.left_out();
  std::erase_if(zones, [&](const Zone& zone) { return std::ranges::count(left_out, zone.id) > 0; });
  if (zones.empty()) {
    throw data_error("{}: layer {} has no valid polygon on {}; repair them, in QGIS with 'Fix geometries'",
                     request.path, layer.GetName(), map.path);
  }
  if (found.empty()) throw data_error("{}: no zone lies on {}: {}", request.path, map.path, reader.extents());
  for (Zone& zone : zones) {
    if (const auto polygon = found.find(zone.id); polygon != found.end())
      zone.polygon = std::move(polygon->second);
  }
  return zones;
}

}  // namespace orthocover
