#include "georef/area_polygons.h"

#include <ogrsf_frmts.h>

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "georef/gdal_error.h"
#include "georef/polygon_reader.h"

namespace orthocover {

namespace {

OGRLinearRing* ring_around(const Window& window) {
  auto ring = std::make_unique<OGRLinearRing>();
  const auto left = static_cast<double>(window.col), right = static_cast<double>(window.right());
  const auto top = static_cast<double>(window.row), bottom = static_cast<double>(window.bottom());
  for (const auto& [x, y] :
       {std::pair(left, top), {right, top}, {right, bottom}, {left, bottom}, {left, top}})
    ring->addPoint(x, y);
  return ring.release();
}

}  // namespace

AreaPolygons::AreaPolygons(const std::string& path, const RasterInfo& scene) {
  const DatasetPtr dataset = open_vector_dataset(path);
  const GdalErrors silent;
  // Labels are an area, too: that of their own layer.
  const char* const name = dataset->GetLayerByName("area") != nullptr ? "area" : "landcover";
  OGRLayer& layer = polygon_layer(*dataset, path, name);
  const ToPixels to_pixels(scene, known_crs(layer), path);
  for (const auto& feature : layer) {
    if (feature->GetGeometryRef() == nullptr) continue;
    std::unique_ptr<OGRGeometry> geometry = to_pixels(*feature->GetGeometryRef());
    if (!geometry) continue;
    const Window bounds = pixel_bounds(*geometry);
    const Window inside = intersect(bounds, scene.window());
    if (inside.empty()) continue;
    m_bounds = unite(m_bounds, inside);
    m_polygons.push_back({std::move(geometry), bounds, 1});
  }
  if (m_polygons.empty()) throw data_error("{}: none of its polygons meets {}", path, scene.path);
}

bool AreaPolygons::may_meet(const Window& window) const {
  const GdalErrors errors;
  OGRPolygon box;
  box.addRingDirectly(ring_around(window));
  return std::ranges::any_of(m_polygons, [&](const PixelPolygon& polygon) {
    if (intersect(polygon.bounds, window).empty()) return false;
    // What GEOS can't tell of a broken polygon it says with an error.
    return polygon.geometry->Intersects(&box) || errors.failed();
  });
}

void AreaPolygons::read(const Window& window, std::vector<std::uint8_t>& inside) const {
  inside.assign(static_cast<std::size_t>(window.pixels()), 0);
  std::vector<const PixelPolygon*> near;
  for (const PixelPolygon& polygon : m_polygons) {
    if (!intersect(polygon.bounds, window).empty()) near.push_back(&polygon);
  }
  burn_polygons(near, window, window.cols, window.rows, inside);
}

}  // namespace orthocover
