#include "georef/labels/area_polygons.h"

#include <ogrsf_frmts.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "core/base/error.h"
#include "core/base/sha256.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

OGREnvelope box_of(const Window& window) {
  OGREnvelope box;
  box.MinX = static_cast<double>(window.col), box.MaxX = static_cast<double>(window.right());
  box.MinY = static_cast<double>(window.row), box.MaxY = static_cast<double>(window.bottom());
  return box;
}

OGRLayer& area_layer(GDALDataset& dataset, const std::string& path,
                     const std::function<void(const std::string&)>& warn) {
  // Labels are an area, too: that of their own layer.
  const char* const name = dataset.GetLayerByName("area") != nullptr ? "area" : "landcover";
  OGRLayer& layer = polygon_layer(dataset, path, name, warn);
  if (layer.GetFeatureCount() == 0) throw data_error("{}: layer {} is empty", path, layer.GetName());
  return layer;
}

}  // namespace

std::string area_digest(const std::string& path) {
  const DatasetPtr dataset = open_vector_dataset(path);
  const GdalErrors silent;
  OGRLayer& layer = area_layer(*dataset, path, {});
  Sha256 hash;
  const auto add = [&](const auto& bytes) { hash.update(std::as_bytes(std::span(bytes))); };
  const OGRSpatialReference* const crs = known_crs(layer);
  add(crs_key(crs_name(crs), wkt_of(crs)));
  layer.ResetReading();
  while (const OGRFeatureUniquePtr feature = next_feature(layer, path)) {
    const OGRGeometry* const shape = feature->GetGeometryRef();
    std::vector<unsigned char> bytes(shape != nullptr ? shape->WkbSize() : 0);
    if (shape != nullptr) shape->exportToWkb(wkbNDR, bytes.data(), wkbVariantIso);
    add(bytes);
  }
  return hash.finish();
}

AreaPolygons::AreaPolygons(const std::string& path, const RasterInfo& scene, RunContext& run) {
  const DatasetPtr dataset = open_vector_dataset(path);
  const GdalErrors silent;
  const auto warn = [&run](const std::string& message) { run.log(LogLevel::Warning, message); };
  PolygonReader reader(area_layer(*dataset, path, warn), scene, path, warn);
  std::vector<ScenePolygon> polygons = reader.read(true);
  if (polygons.empty() && !reader.left_out().empty()) reader.refuse_nothing();
  if (polygons.empty())
    throw EmptyScene(scene.path,
                     fmt::format(" in the area of {}, which lies elsewhere: {}", path, reader.extents()));
  std::vector<Window> boxes;
  for (ScenePolygon& polygon : polygons) {
    m_bounds = unite(m_bounds, intersect(polygon.bounds, scene.window()));
    boxes.push_back(polygon.bounds);
    m_polygons.push_back({{std::move(polygon.geometry), polygon.bounds, 1}, nullptr});
  }
  m_index = BoxIndex(std::move(boxes));
}

bool AreaPolygons::may_meet(const Window& window) const {
  const GdalErrors errors;
  const auto box = rectangle(box_of(window));
  const std::scoped_lock lock(m_asking);
  return std::ranges::any_of(m_index.meeting(window), [&](std::size_t number) {
    const Part& part = m_polygons[number];
    if (!part.prepared)
      part.prepared.reset(OGRCreatePreparedGeometry(OGRGeometry::ToHandle(part.geometry.get())));
    // What GEOS can't tell of a polygon that another CRS has broken it says with an error.
    return OGRPreparedGeometryIntersects(part.prepared.get(), OGRGeometry::ToHandle(box.get())) ||
           errors.failed();
  });
}

void AreaPolygons::read(const Window& window, std::vector<std::uint8_t>& inside) const {
  inside.assign(static_cast<std::size_t>(window.pixels()), 0);
  std::vector<const PixelPolygon*> near;
  for (const std::size_t number : m_index.meeting(window)) near.push_back(&m_polygons[number]);
  burn_polygons(near, window, window.cols, window.rows, inside);
}

}  // namespace orthocover
