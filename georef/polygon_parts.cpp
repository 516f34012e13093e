#include "georef/polygon_parts.h"

namespace orthocover {
namespace {

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
  std::size_t vertex = 0;
  std::size_t ring = 0;
  for (const std::uint32_t part_end : polygon.part_ends) {
    auto part = std::make_unique<OGRPolygon>();
    for (; ring < part_end; ++ring) {
      auto line = std::make_unique<OGRLinearRing>();
      line->setNumPoints(static_cast<int>(polygon.ring_ends[ring] - vertex), FALSE);
      for (int i = 0; vertex < polygon.ring_ends[ring]; ++vertex, ++i)
        line->setPoint(i, polygon.vertices[vertex].col, polygon.vertices[vertex].row);
      part->addRingDirectly(line.release());
    }
    parts->addGeometryDirectly(part.release());
  }
  return parts;
}

}  // namespace orthocover
