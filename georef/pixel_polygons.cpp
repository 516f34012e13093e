#include "georef/pixel_polygons.h"

#include <gdal_alg.h>
#include <ogrsf_frmts.h>

#include <cmath>
#include <filesystem>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal_error.h"

namespace orthocover {
namespace {

/// Applies a geotransform to every point of a geometry.
class AffineVisitor final : public OGRDefaultGeometryVisitor {
 public:
  explicit AffineVisitor(const double* transform) : m_transform(transform) {}
  using OGRDefaultGeometryVisitor::visit;
  void visit(OGRPoint* point) override {
    const double x = point->getX();
    const double y = point->getY();
    point->setX(m_transform[0] + x * m_transform[1] + y * m_transform[2]);
    point->setY(m_transform[3] + x * m_transform[4] + y * m_transform[5]);
  }

 private:
  const double* m_transform;
};

bool is_polygonal(OGRwkbGeometryType type) {
  const OGRwkbGeometryType flat = wkbFlatten(type);
  return flat == wkbPolygon || flat == wkbMultiPolygon || flat == wkbCurvePolygon ||
         flat == wkbMultiSurface || flat == wkbUnknown || flat == wkbGeometryCollection ||
         flat == wkbSurface || flat == wkbPolyhedralSurface || flat == wkbTIN || flat == wkbTriangle;
}

}  // namespace

ToPixels::ToPixels(const RasterInfo& scene, const OGRSpatialReference* layer_crs, const std::string& path) {
  if (!scene.georeference.geotransform) {
    throw data_error(
        "{}: has no geotransform, so {} can't be placed on it; georeference it, in QGIS or "
        "with gdal_translate -a_ullr",
        scene.path, path);
  }
  std::array<double, 6> transform = *scene.georeference.geotransform;
  if (!GDALInvGeoTransform(transform.data(), m_inverse)) {
    throw data_error("{}: its geotransform can't be inverted", scene.path);
  }
  const OGRSpatialReference scene_crs = crs_from_wkt(scene.georeference.crs_wkt);
  if (layer_crs == nullptr || layer_crs->IsEmpty() || scene_crs.IsEmpty()) return;
  OGRSpatialReference from = *layer_crs;
  from.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  // Of two without a place on the earth nothing better can be said.
  if (from.IsSame(&scene_crs) || (from.IsLocal() && scene_crs.IsLocal())) return;
  const GdalErrors errors;
  m_to_scene.reset(OGRCreateCoordinateTransformation(&from, &scene_crs));
  if (!m_to_scene) {
    throw data_error("{}: its CRS can't be brought to that of {}: {}", path, scene.path, errors.message());
  }
}

std::unique_ptr<OGRGeometry> ToPixels::operator()(const OGRGeometry& geometry) const {
  const GdalErrors silent;
  std::unique_ptr<OGRGeometry> pixels(geometry.getLinearGeometry(kArcStep));
  if (!pixels || pixels->IsEmpty()) return nullptr;
  if (m_to_scene && pixels->transform(m_to_scene.get()) != OGRERR_NONE) return nullptr;
  pixels->flattenTo2D();
  AffineVisitor visitor(m_inverse);
  pixels->accept(&visitor);
  pixels->assignSpatialReference(nullptr);
  return pixels;
}

OGRLayer& polygon_layer(GDALDataset& dataset, const std::string& path, const std::string& preferred,
                        const std::function<void(const std::string&)>& warn) {
  // A geodatabase is one file to its users; a folder of Shapefiles is not.
  const bool is_folder = std::filesystem::is_directory(path) && dataset.GetLayerCount() > 1 &&
                         std::string_view(dataset.GetDriverName()) != "OpenFileGDB";
  if (is_folder)
    throw data_error("{}: is a folder of {} layers; give one of its files", path, dataset.GetLayerCount());
  if (OGRLayer* layer = dataset.GetLayerByName(preferred.c_str())) return *layer;
  OGRLayer* windows = nullptr;
  std::vector<OGRLayer*> found;
  std::vector<std::string> others;
  for (OGRLayer* layer : dataset.GetLayers()) {
    if (!is_polygonal(layer->GetGeomType())) continue;
    if (std::string_view(layer->GetName()) == "windows") {
      windows = layer;
      continue;
    }
    if (!found.empty()) others.emplace_back(layer->GetName());
    found.push_back(layer);
  }
  if (!others.empty() && warn)
    warn(fmt::format("{}: layer {} is read, {} not; bring one layer into a file of its own with ogr2ogr",
                     path, found.front()->GetName(), join(others)));
  if (!found.empty()) return *found.front();
  if (windows != nullptr) return *windows;
  throw data_error("{}: has no polygon layer", path);
}

Window pixels_of(const OGREnvelope& box) {
  const auto col = static_cast<std::int64_t>(std::floor(box.MinX));
  const auto row = static_cast<std::int64_t>(std::floor(box.MinY));
  return {col, row, static_cast<std::int64_t>(std::ceil(box.MaxX)) - col,
          static_cast<std::int64_t>(std::ceil(box.MaxY)) - row};
}

std::unique_ptr<OGRPolygon> rectangle(const OGREnvelope& box) {
  auto ring = std::make_unique<OGRLinearRing>();
  for (const auto& [x, y] : {std::pair(box.MinX, box.MinY), std::pair(box.MinX, box.MaxY),
                             std::pair(box.MaxX, box.MaxY), std::pair(box.MaxX, box.MinY)})
    ring->addPoint(x, y);
  ring->closeRings();
  auto polygon = std::make_unique<OGRPolygon>();
  polygon->addRingDirectly(ring.release());
  return polygon;
}

Window pixel_bounds(const OGRGeometry& geometry) {
  OGREnvelope box;
  geometry.getEnvelope(&box);
  // An edge between two pixels is not quite there when it comes from another CRS.
  const auto settled = [](double edge) { return std::round(edge * 1024) / 1024; };
  const OGREnvelope exact = box;
  box.MinX = settled(box.MinX), box.MaxX = settled(box.MaxX);
  box.MinY = settled(box.MinY), box.MaxY = settled(box.MaxY);
  // What is narrower has pixels, too.
  if (box.MinX == box.MaxX) box.MinX = exact.MinX, box.MaxX = exact.MaxX;
  if (box.MinY == box.MaxY) box.MinY = exact.MinY, box.MaxY = exact.MaxY;
  return pixels_of(box);
}

void burn_polygons(const std::vector<const PixelPolygon*>& polygons, const Window& window, std::int64_t cols,
                   std::int64_t rows, std::vector<std::uint8_t>& cells) {
  if (polygons.empty()) return;
  const GdalErrors errors;
  GDALDriver* memory = GetGDALDriverManager()->GetDriverByName("MEM");
  const DatasetPtr grid(
      memory->Create("", static_cast<int>(cols), static_cast<int>(rows), 0, GDT_Byte, nullptr));
  char pointer[64] = {};
  CPLPrintPointer(pointer, cells.data(), sizeof(pointer));
  const std::string option = std::string("DATAPOINTER=") + pointer;
  const char* const options[] = {option.c_str(), nullptr};
  grid->AddBand(GDT_Byte, const_cast<char**>(options));
  std::array<double, 6> transform = {static_cast<double>(window.col),
                                     static_cast<double>(window.cols) / static_cast<double>(cols),
                                     0,
                                     static_cast<double>(window.row),
                                     0,
                                     static_cast<double>(window.rows) / static_cast<double>(rows)};
  grid->SetGeoTransform(transform.data());
  std::vector<OGRGeometryH> geometries;
  std::vector<double> values;
  for (const PixelPolygon* polygon : polygons) {
    geometries.push_back(OGRGeometry::ToHandle(polygon->geometry.get()));
    values.push_back(polygon->value);
  }
  int band = 1;
  if (GDALRasterizeGeometries(GDALDataset::ToHandle(grid.get()), 1, &band,
                              static_cast<int>(geometries.size()), geometries.data(), nullptr, nullptr,
                              values.data(), nullptr, nullptr, nullptr) != CE_None) {
    throw data_error("the polygons can't be rasterised: {}", errors.message());
  }
  grid->FlushCache();
}

}  // namespace orthocover
