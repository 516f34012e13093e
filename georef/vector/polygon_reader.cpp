#include "georef/vector/polygon_reader.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/ports/area_mask.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

constexpr std::size_t kMaxShown = 20;

void collect_polygons(const OGRGeometry& geometry, OGRMultiPolygon& polygons) {
  const OGRwkbGeometryType type = wkbFlatten(geometry.getGeometryType());
  if (type == wkbPolygon && !geometry.IsEmpty()) polygons.addGeometry(&geometry);
  if (type == wkbTriangle) polygons.addGeometryDirectly(new OGRPolygon(*geometry.toPolygon()));
  if (OGR_GT_IsSubClassOf(type, wkbGeometryCollection)) {
    for (const OGRGeometry* part : *geometry.toGeometryCollection()) collect_polygons(*part, polygons);
  }
  if (OGR_GT_IsSubClassOf(type, wkbPolyhedralSurface)) {
    for (const OGRGeometry* part : *geometry.toPolyhedralSurface()) collect_polygons(*part, polygons);
  }
}

/// Polygons without curves; nothing for what has no area.
std::unique_ptr<OGRGeometry> polygons_of(const OGRGeometry& geometry) {
  std::unique_ptr<OGRGeometry> linear(geometry.getLinearGeometry(kArcStep));
  if (!linear || linear->IsEmpty() || linear->getDimension() < 2) return nullptr;
  const OGRwkbGeometryType type = wkbFlatten(linear->getGeometryType());
  if (type == wkbPolygon || type == wkbMultiPolygon) return linear;
  auto polygons = std::make_unique<OGRMultiPolygon>();
  collect_polygons(*linear, *polygons);
  if (polygons->IsEmpty()) return nullptr;
  // Faces side by side are no valid MultiPolygon.
  const GdalErrors silent;
  std::unique_ptr<OGRGeometry> joined(polygons->UnionCascaded());
  return joined && !joined->IsEmpty() ? std::move(joined) : std::move(polygons);
}

/// Why GEOS calls a polygon invalid, with the place; empty when it is valid.
std::string fault_of(const OGRGeometry& geometry) {
  const GdalErrors errors;
  if (geometry.IsValid()) return {};
  return errors.message();
}

bool is_polygonal(OGRwkbGeometryType type) {
  const OGRwkbGeometryType flat = wkbFlatten(type);
  return flat == wkbPolygon || flat == wkbMultiPolygon || flat == wkbCurvePolygon ||
         flat == wkbMultiSurface || flat == wkbUnknown || flat == wkbGeometryCollection ||
         flat == wkbSurface || flat == wkbPolyhedralSurface || flat == wkbTIN || flat == wkbTriangle;
}

}  // namespace

OGRLayer* named_layer(GDALDataset& dataset, const std::string& path) {
  const auto [file, name, number] = layer_path(path);
  if (name.empty() && number < 0) return nullptr;
  if (OGRLayer* layer = name.empty() ? dataset.GetLayer(number) : nullptr) return layer;
  if (OGRLayer* layer = dataset.GetLayerByName(name.c_str())) return layer;
  std::vector<std::string> known;
  for (OGRLayer* layer : dataset.GetLayers())
    if (layer->GetGeomType() != wkbNone) known.emplace_back(layer->GetName());
  const std::string wanted = name.empty() ? fmt::format("number {}", number)
                                          : fmt::format("'{}'{}", name, did_you_mean(name, known));
  throw data_error("{}: has no layer {}; it has {}", file, wanted, join(known));
}

OGRLayer& polygon_layer(GDALDataset& dataset, const std::string& path, const std::string& preferred,
                        const std::function<void(const std::string&)>& warn) {
  if (OGRLayer* named = named_layer(dataset, path)) {
    if (is_polygonal(named->GetGeomType())) return *named;
    throw data_error("{}: the layer holds {}, not polygons", path,
                     OGRGeometryTypeToName(named->GetGeomType()));
  }
  // A geodatabase is one file to its users; a folder of Shapefiles is not.
  const bool is_folder = std::filesystem::is_directory(path) && dataset.GetLayerCount() > 1 &&
                         std::string_view(dataset.GetDriverName()) != "OpenFileGDB";
  if (is_folder)
    throw data_error("{}: is a folder of {} layers; give one of its files", path, dataset.GetLayerCount());
  const std::string wanted = to_lower(preferred);
  OGRLayer* windows = nullptr;
  std::vector<OGRLayer*> found;
  for (OGRLayer* layer : dataset.GetLayers()) {
    if (!is_polygonal(layer->GetGeomType())) continue;
    const std::string name = to_lower(layer->GetName());
    if (name == wanted)
      found.insert(found.begin(), layer);
    else if (name == "windows")
      windows = layer;
    else
      found.push_back(layer);
  }
  const bool is_named = !found.empty() && to_lower(found.front()->GetName()) == wanted;
  std::vector<std::string> others;
  for (std::size_t i = 1; i < found.size(); ++i) {
    const std::string name = found[i]->GetName();
    if (!is_named || name != "area") others.push_back(name);  // for --area
  }
  if (!others.empty() && warn)
    warn(fmt::format("{}: layer {} is read, {} not; choose with '{}{}{}'", path, found.front()->GetName(),
                     join(others), path, kLayerMark, others.front()));
  if (!found.empty()) return *found.front();
  if (windows != nullptr) return *windows;
  throw data_error("{}: has no polygon layer", path);
}

const OGRSpatialReference* known_crs(OGRLayer& layer) {
  const OGRSpatialReference* crs = layer.GetSpatialRef();
  return is_unknown(crs) ? nullptr : crs;
}

PolygonReader::PolygonReader(OGRLayer& layer, const RasterInfo& scene, std::string path, Warn warn)
    : m_layer(layer),
      m_scene(scene),
      m_path(std::move(path)),
      m_warn(std::move(warn)),
      m_crs(known_crs(layer)) {
  // Also says what is wrong with the scene, before its corners are asked for.
  m_to_pixels = std::make_unique<ToPixels>(scene, m_crs, m_path);
  settle_crs();
  filter_by_scene();
}

MapBox PolygonReader::scene_box() const {
  return raster_box(*m_scene.georeference.geotransform, m_scene.cols, m_scene.rows);
}

MapBox PolygonReader::layer_box() const {
  OGREnvelope extent;
  if (m_layer.GetExtent(&extent, TRUE) != OGRERR_NONE) return {};
  return {extent.MinX, extent.MinY, extent.MaxX, extent.MaxY};
}

std::string PolygonReader::extents() const {
  m_layer.SetSpatialFilter(nullptr);  // some formats would tell that of what it leaves
  return both_extents("the polygons", layer_box(), m_crs, m_scene);
}

void PolygonReader::settle_crs() {
  const bool scene_has = !m_scene.georeference.crs_wkt.empty();
  if (scene_has == (m_crs != nullptr) || m_layer.GetFeatureCount() == 0) return;
  if (!scene_has) {
    if (!meet(layer_box(), scene_box())) {
      throw data_error(
          "{}: has no CRS and its coordinates do not meet those of {}: {}; give the scene its CRS "
          "(gdal_edit.py -a_srs)",
          m_scene.path, m_path, extents());
    }
    m_warn(fmt::format("{}: has no CRS, that of {} is assumed: {}", m_scene.path, m_path, crs_name(m_crs)));
    return;
  }
  if (!meet(layer_box(), scene_box())) {
    throw data_error("{}: layer {} has no CRS and does not meet {}: {}; give the layer its CRS", m_path,
                     m_layer.GetName(), m_scene.path, extents());
  }
  m_warn(fmt::format("{}: layer {} has no CRS, that of {} is assumed: {}", m_path, m_layer.GetName(),
                     m_scene.path, m_scene.crs_name));
}

void PolygonReader::filter_by_scene() {
  MapBox box = scene_box();
  const OGRSpatialReference scene_crs = crs_from_wkt(m_scene.georeference.crs_wkt);
  if (m_crs != nullptr && !scene_crs.IsEmpty()) {
    const std::optional<MapBox> there = transformed(box, scene_crs, *m_crs);
    // Longitudes have no one box where they jump, or may count from 0 to 360.
    if (!there || (*there)[0] > (*there)[2]) return;
    box = *there;
  }
  const OGRSpatialReference* const crs = m_crs != nullptr ? m_crs : &scene_crs;
  const auto is_beyond = [](const MapBox& one) { return one[0] < -180 || one[2] > 180; };
  if (crs->IsGeographic() && (is_beyond(box) || is_beyond(layer_box()))) return;
  m_layer.SetSpatialFilterRect(box[0], box[1], box[2], box[3]);
}

void PolygonReader::note_invalid(OGRFeature& feature, const OGRGeometry& geometry,
                                 const std::string& reason) {
  ++m_invalid_count;
  if (m_invalid.size() >= kMaxShown) return;
  std::string place;
  if (reason.find(" point ") == std::string::npos) {
    OGREnvelope box;
    geometry.getEnvelope(&box);
    place = fmt::format(" near {} {}", (box.MinX + box.MaxX) / 2, (box.MinY + box.MaxY) / 2);
  }
  const std::string crs = m_crs != nullptr ? crs_name(m_crs) : m_scene.crs_name;
  m_invalid.push_back(fmt::format("feature {} is invalid: {}{}{}", feature.GetFID(), one_line(reason), place,
                                  crs.empty() ? "" : " (" + crs + ")"));
}

std::optional<ScenePolygon> PolygonReader::take(OGRFeatureUniquePtr feature) {
  const std::unique_ptr<OGRGeometry> original(feature->StealGeometry());
  const std::unique_ptr<OGRGeometry> geometry = original ? polygons_of(*original) : nullptr;
  const std::string fault = geometry ? fault_of(*geometry) : "";
  std::unique_ptr<OGRGeometry> pixels = geometry && fault.empty() ? (*m_to_pixels)(*geometry) : nullptr;
  if (!geometry)
    ++m_empty_count;
  else if (!fault.empty())
    note_invalid(*feature, *geometry, fault);
  else if (!pixels)
    ++m_astray_count;
  if (!pixels) {
    m_left_out.push_back(feature->GetFID());
    return std::nullopt;
  }
  const Window bounds = pixel_bounds(*pixels);
  if (intersect(bounds, m_scene.window()).empty()) return std::nullopt;
  return ScenePolygon{std::move(feature), std::move(pixels), bounds};
}

void PolygonReader::report() const {
  for (const std::string& line : m_invalid) m_warn(fmt::format("{}: {}; it is left out", m_path, line));
  const auto hidden = m_invalid_count - static_cast<std::int64_t>(m_invalid.size());
  if (hidden > 0) m_warn(fmt::format("{}: invalid polygons that are left out, too: {}", m_path, hidden));
  if (const auto empty = std::max(m_empty_count, m_least_empty); empty > 0)
    m_warn(fmt::format("{}: {} without a polygon {} left out", m_path,
                       empty == 1 ? "1 feature" : fmt::format("{} features", empty),
                       empty == 1 ? "is" : "are"));
  if (m_astray_count > 0) {
    m_warn(fmt::format("{}: left out, since they can't be brought to the CRS of {}: {} of its polygons",
                       m_path, m_scene.path, m_astray_count));
  }
}

void PolygonReader::refuse_nothing() const {
  if (m_invalid_count > 0) {
    throw data_error("{}: no polygon on {} is valid ({}: {}); repair them, in QGIS with 'Fix geometries'",
                     m_path, m_scene.path,
                     m_invalid_count == 1 ? "the only one" : fmt::format("the first of {}", m_invalid_count),
                     m_invalid.front());
  }
  if (m_empty_count > 0) {
    throw data_error("{}: none of the features of layer {} is a polygon", m_path, m_layer.GetName());
  }
  throw data_error("{}: no polygon lies on {}: {}", m_path, m_scene.path, extents());
}

std::vector<ScenePolygon> PolygonReader::read(bool may_be_none) {
  std::vector<ScenePolygon> polygons;
  m_layer.ResetReading();
  while (OGRFeatureUniquePtr feature = next_feature(m_layer, m_path)) {
    if (std::optional<ScenePolygon> polygon = take(std::move(feature)))
      polygons.push_back(*std::move(polygon));
  }
  if (polygons.empty() && !may_be_none) refuse_nothing();
  report();
  // A spatial index may give them in another order than they were drawn.
  std::ranges::stable_sort(polygons, {},
                           [](const ScenePolygon& polygon) { return polygon.feature->GetFID(); });
  return polygons;
}

void PolygonReader::for_each(const std::function<void(ScenePolygon)>& visit, bool may_be_invalid) {
  m_layer.ResetReading();
  bool is_any = false;
  while (OGRFeatureUniquePtr feature = next_feature(m_layer, m_path)) {
    std::optional<ScenePolygon> polygon = take(std::move(feature));
    is_any = is_any || polygon;
    if (polygon) visit(*std::move(polygon));
  }
  if (!is_any && !may_be_invalid && m_invalid_count > 0) refuse_nothing();
  report();
}

}  // namespace orthocover
