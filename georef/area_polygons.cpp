#include "georef/area_polygons.h"

#include <ogrsf_frmts.h>

#include "core/base/error.h"
#include "georef/gdal_error.h"
#include "georef/polygon_reader.h"

namespace orthocover {

AreaPolygons::AreaPolygons(const std::string& path, const RasterInfo& scene) {
  const DatasetPtr dataset = open_vector_dataset(path);
  const GdalErrors silent;
  OGRLayer& layer = polygon_layer(*dataset, path, "area");
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

void AreaPolygons::read(const Window& window, std::vector<std::uint8_t>& inside) const {
  inside.assign(static_cast<std::size_t>(window.pixels()), 0);
  std::vector<const PixelPolygon*> near;
  for (const PixelPolygon& polygon : m_polygons) {
    if (!intersect(polygon.bounds, window).empty()) near.push_back(&polygon);
  }
  burn_polygons(near, window, window.cols, window.rows, inside);
}

}  // namespace orthocover
