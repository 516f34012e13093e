#include "georef/ground/zone_cutter.h"

#include <ogr_api.h>

#include <array>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/pixel_polygons.h"

namespace orthocover {
namespace {

/// A polygon of more vertices on more zones is halved first.
constexpr std::size_t kFewVertices = 1000;
constexpr std::size_t kFewZones = 4;
constexpr int kMostHalvings = 24;

bool is_large(const OGRGeometry& geometry) {
  return geometry.WkbSize() > kFewVertices * 2 * sizeof(double);
}

/// The halves of a box along its longer side.
std::array<OGREnvelope, 2> halves(const OGREnvelope& box) {
  std::array both = {box, box};
  if (box.MaxX - box.MinX > box.MaxY - box.MinY)
    both[0].MaxX = both[1].MinX = (box.MinX + box.MaxX) / 2;
  else
    both[0].MaxY = both[1].MinY = (box.MinY + box.MaxY) / 2;
  return both;
}

void add_part(const OGRPolygon& part, RasterPolygon& polygon) {
  if (part.IsEmpty()) return;
  for (const OGRLinearRing* ring : part) {
    for (int i = 0; i < ring->getNumPoints(); ++i) polygon.vertices.push_back({ring->getX(i), ring->getY(i)});
    polygon.ring_ends.push_back(static_cast<std::uint32_t>(polygon.vertices.size()));
  }
  polygon.part_ends.push_back(static_cast<std::uint32_t>(polygon.ring_ends.size()));
}

void add_parts(const OGRGeometry& geometry, RasterPolygon& polygon) {
  const OGRwkbGeometryType type = wkbFlatten(geometry.getGeometryType());
  if (type == wkbPolygon || type == wkbTriangle) add_part(*geometry.toPolygon(), polygon);
  if (OGR_GT_IsSubClassOf(type, wkbGeometryCollection)) {
    for (const OGRGeometry* part : *geometry.toGeometryCollection()) add_parts(*part, polygon);
  }
}

}  // namespace

RasterPolygon polygon_of(const OGRGeometry& geometry) {
  RasterPolygon polygon;
  add_parts(geometry, polygon);
  return polygon;
}

std::unique_ptr<OGRMultiPolygon> geometry_of(const RasterPolygon& polygon) {
  auto parts = std::make_unique<OGRMultiPolygon>();
  OGRPolygon* part = nullptr;
  for_each_ring(polygon, [&](RasterRing ring, bool is_shell) {
    if (is_shell) parts->addGeometryDirectly(part = new OGRPolygon());
    auto line = std::make_unique<OGRLinearRing>();
    line->setNumPoints(static_cast<int>(ring.size()), FALSE);
    int i = 0;
    for (const RasterVertex& vertex : ring) line->setPoint(i++, vertex.col, vertex.row);
    part->addRingDirectly(line.release());
  });
  return parts;
}

ZoneCutter::ZoneCutter(std::span<const Zone> zones) {
  std::vector<Window> boxes;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    if (zones[i].polygon.vertices.empty()) continue;
    Blade blade{i, &zones[i], {}, geometry_of(zones[i].polygon), nullptr};
    blade.geometry->getEnvelope(&blade.box);
    boxes.push_back(pixels_of(blade.box));
    blade.prepared.reset(OGRCreatePreparedGeometry(OGRGeometry::ToHandle(blade.geometry.get())));
    m_blades.push_back(std::move(blade));
  }
  m_index = BoxIndex(std::move(boxes));
}

void ZoneCutter::cut(const OGRGeometry& polygon, const std::string& what, const Visit& visit) const {
  Piece piece{polygon, {}, 0, what};
  OGREnvelope box;
  polygon.getEnvelope(&box);
  for (const std::size_t i : m_index.meeting(pixels_of(box))) piece.near.push_back(&m_blades[i]);
  cut(piece, visit);
}

void ZoneCutter::cut(const Piece& piece, const Visit& visit) {
  const bool large = is_large(piece.geometry);
  if (large && piece.near.size() > kFewZones && piece.halvings < kMostHalvings) return halve(piece, visit);
  for (const Blade* blade : piece.near) {
    // With each prepared zone GEOS keeps memory for what it was asked about.
    if (large)
      visit(blade->number, common_part(piece, *blade->geometry, *blade));
    else
      cut_small(piece, *blade, visit);
  }
}

void ZoneCutter::cut_small(const Piece& piece, const Blade& blade, const Visit& visit) {
  auto* const handle = OGRGeometry::ToHandle(const_cast<OGRGeometry*>(&piece.geometry));
  if (!OGRPreparedGeometryIntersects(blade.prepared.get(), handle)) return;
  if (OGRPreparedGeometryContains(blade.prepared.get(), handle))
    visit(blade.number, polygon_of(piece.geometry));
  else
    visit(blade.number, common_part(piece, *blade.geometry, blade));
}

void ZoneCutter::halve(const Piece& piece, const Visit& visit) {
  OGREnvelope box;
  piece.geometry.getEnvelope(&box);
  for (const OGREnvelope& half : halves(box)) {
    std::vector<const Blade*> near;
    for (const Blade* blade : piece.near)
      if (blade->box.Intersects(half)) near.push_back(blade);
    if (near.empty()) continue;
    const auto part = geometry_of(common_part(piece, *rectangle(half), *near.front()));
    if (!part->IsEmpty()) cut({*part, std::move(near), piece.halvings + 1, piece.what}, visit);
  }
}

RasterPolygon ZoneCutter::common_part(const Piece& piece, const OGRGeometry& other, const Blade& blade) {
  const GdalErrors errors;
  const std::unique_ptr<OGRGeometry> part(piece.geometry.Intersection(&other));
  if (!part)
    throw data_error("{} can't be cut by zone {}: {}", piece.what, one_line(blade.zone->name),
                     errors.message());
  return polygon_of(*part);
}

}  // namespace orthocover
