#include "georef/ground/pixel_polygons.h"

#include <gdal_alg.h>
#include <ogrsf_frmts.h>

#include <cmath>
#include <filesystem>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// Moves every point of a geometry.
template <class Move>
class MovingVisitor final : public OGRDefaultGeometryVisitor {
 public:
  explicit MovingVisitor(Move move) : m_move(std::move(move)) {}
  using OGRDefaultGeometryVisitor::visit;
  void visit(OGRPoint* point) override {
    const std::array<double, 2> to = m_move({point->getX(), point->getY()});
    point->setX(to[0]);
    point->setY(to[1]);
  }

 private:
  Move m_move;
};

/// @param move of type std::array<double, 2>(std::array<double, 2>)
template <class Move>
void move_points(OGRGeometry& geometry, Move move) {
  MovingVisitor<Move> visitor(std::move(move));
  geometry.accept(&visitor);
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
  if (scene_crs.IsGeographic())
    m_middle_longitude =
        on_map(transform, static_cast<double>(scene.cols) / 2, static_cast<double>(scene.rows) / 2)[0];
  if (layer_crs == nullptr || layer_crs->IsEmpty() || scene_crs.IsEmpty()) return;
  OGRSpatialReference from = *layer_crs;
  from.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  // Of two local ones nothing better can be said.
  if (from.IsSame(&scene_crs) || (from.IsLocal() && scene_crs.IsLocal())) return;
  const GdalErrors errors;
  m_to_scene.reset(OGRCreateCoordinateTransformation(&from, &scene_crs));
  if (!m_to_scene) {
    throw data_error("{}: its CRS can't be brought to that of {}: {}", path, scene.path, errors.message());
  }
  m_long = from.IsGeographic() ? 5 : 500000;
  const std::unique_ptr<OGRCoordinateTransformation> to_layer(
      OGRCreateCoordinateTransformation(&scene_crs, &from));
  if (to_layer) measure_bend(scene, *to_layer);
}

ToPixels::Place ToPixels::pixel_of(Place place) const {
  const double* g = m_inverse;
  return {g[0] + place[0] * g[1] + place[1] * g[2], g[3] + place[0] * g[4] + place[1] * g[5]};
}

/// How far the middle of an edge that is straight in the layer is from the chord grows with the square of its
/// length. Places near the end of a CRS tell nothing.
void ToPixels::measure_bend(const RasterInfo& scene, OGRCoordinateTransformation& to_layer) {
  constexpr double kOffPx = 0.1;
  constexpr double kSlight = 0.05;
  const auto cols = static_cast<double>(scene.cols), rows = static_cast<double>(scene.rows);
  const auto in_layer = [&](Place at) {
    at = on_map(*scene.georeference.geotransform, at[0], at[1]);
    return to_layer.Transform(1, &at[0], &at[1]) ? at : Place{HUGE_VAL, HUGE_VAL};
  };
  const auto on_scene = [&](Place at) {
    return m_to_scene->Transform(1, &at[0], &at[1]) ? pixel_of(at) : Place{HUGE_VAL, HUGE_VAL};
  };
  const auto minus = [](const Place& p, const Place& q) { return Place{p[0] - q[0], p[1] - q[1]}; };
  const auto apart = [](const Place& p, const Place& q) { return std::hypot(p[0] - q[0], p[1] - q[1]); };
  const auto measure = [&](const Place& at, const Place& step) {
    // A turn of longitudes, millimetres by datum.
    const Place shift = minus(on_scene(in_layer(at)), at);
    for (double reach_px = std::max({1000.0, cols / 2, rows / 2}); reach_px >= 1; reach_px /= 2) {
      const Place a{at[0] - reach_px * step[0], at[1] - reach_px * step[1]};
      const Place b{at[0] + reach_px * step[0], at[1] + reach_px * step[1]};
      const Place from = in_layer(a), to = in_layer(b);
      const auto off = [&](const Place& there, const Place& here) {
        return apart(minus(on_scene(there), shift), here);
      };
      const double off_px = off({(from[0] + to[0]) / 2, (from[1] + to[1]) / 2}, at);
      // NaN fails, too.
      if (!(off_px <= kSlight * reach_px && off(from, a) <= 1 && off(to, b) <= 1)) continue;
      if (off_px > 0) m_straight = std::min(m_straight, apart(from, to) * std::sqrt(kOffPx / off_px));
      return;
    }
  };
  for (const double down : {0.0, 0.5, 1.0})
    for (const double along : {0.0, 0.5, 1.0})
      for (const Place& step : {Place{1, 0}, {0, 1}, {1, 1}, {1, -1}})
        measure({cols * along, rows * down}, step);
}

/// Longitudes may count from 0 to 360, and jump at 180, where files have polygons in parts.
void ToPixels::bring_beside_scene(OGRGeometry& geometry) const {
  if (OGR_GT_IsSubClassOf(wkbFlatten(geometry.getGeometryType()), wkbGeometryCollection)) {
    for (OGRGeometry* part : *geometry.toGeometryCollection()) bring_beside_scene(*part);
    return;
  }
  constexpr double kTurn = 360;
  const auto turn = [](OGRGeometry& one, double middle) {
    OGREnvelope box;
    one.getEnvelope(&box);
    const double turns = kTurn * std::round((middle - (box.MinX + box.MaxX) / 2) / kTurn);
    if (turns != 0) move_points(one, [&](Place p) { return Place{p[0] + turns, p[1]}; });
    return (box.MinX + box.MaxX) / 2 + turns;
  };
  if (wkbFlatten(geometry.getGeometryType()) != wkbPolygon) {
    turn(geometry, *m_middle_longitude);
    return;
  }
  double middle = *m_middle_longitude;
  for (OGRLinearRing* ring : *geometry.toPolygon()) {
    for (int i = 1; m_to_scene && i < ring->getNumPoints(); ++i) {
      const double turns = kTurn * std::round((ring->getX(i - 1) - ring->getX(i)) / kTurn);
      ring->setPoint(i, ring->getX(i) + turns, ring->getY(i));
    }
    const double own = turn(*ring, middle);
    if (ring == geometry.toPolygon()->getExteriorRing()) middle = own;
  }
}

std::unique_ptr<OGRGeometry> ToPixels::operator()(const OGRGeometry& geometry) const {
  const GdalErrors silent;
  std::unique_ptr<OGRGeometry> pixels(geometry.getLinearGeometry(kArcStep));
  if (!pixels || pixels->IsEmpty()) return nullptr;
  pixels->flattenTo2D();
  if (m_to_scene && pixels->getDimension() > 0) {
    constexpr double kMostPieces = 20000;
    OGREnvelope box;
    pixels->getEnvelope(&box);
    const double around = 2 * (box.MaxX - box.MinX + box.MaxY - box.MinY);
    const double longest = m_middle_longitude ? std::min(m_straight, m_long) : m_straight;
    const double piece = std::max(longest, around / kMostPieces);
    if (std::isfinite(piece) && piece > 0) pixels->segmentize(piece);
  }
  if (m_to_scene && pixels->transform(m_to_scene.get()) != OGRERR_NONE) return nullptr;
  if (m_middle_longitude) bring_beside_scene(*pixels);
  move_points(*pixels, [this](Place place) { return pixel_of(place); });
  pixels->assignSpatialReference(nullptr);
  return pixels;
}

Window pixels_of(const OGREnvelope& box) {
  const std::int64_t col = pixel_at(box.MinX);
  const std::int64_t row = pixel_at(box.MinY);
  return {col, row, pixel_at(std::ceil(box.MaxX)) - col, pixel_at(std::ceil(box.MaxY)) - row};
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
