#include "tests/core/vectorize/coverage_check.h"

#include <gdal_alg.h>
#include <gdal_priv.h>
#include <gdal_utils.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace orthocover::test {
namespace {

using Geometry = std::unique_ptr<OGRGeometry>;

Geometry geometry_of(const RasterPolygon& polygon) {
  auto all = std::make_unique<OGRMultiPolygon>();
  std::uint32_t ring = 0;
  std::uint32_t vertex = 0;
  for (const std::uint32_t part_end : polygon.part_ends) {
    auto part = std::make_unique<OGRPolygon>();
    for (; ring < part_end; ++ring) {
      auto line = std::make_unique<OGRLinearRing>();
      for (; vertex < polygon.ring_ends[ring]; ++vertex)
        line->addPoint(polygon.vertices[vertex].col, polygon.vertices[vertex].row);
      part->addRingDirectly(line.release());
    }
    all->addGeometryDirectly(part.release());
  }
  return all;
}

double area_of(const OGRGeometry& geometry) {
  return OGR_G_Area(OGRGeometry::ToHandle(const_cast<OGRGeometry*>(&geometry)));
}

/// All rings of a geometry that are holes.
int holes_of(const OGRGeometry& geometry) {
  if (const auto* polygon = dynamic_cast<const OGRPolygon*>(&geometry)) return polygon->getNumInteriorRings();
  int holes = 0;
  if (const auto* collection = dynamic_cast<const OGRGeometryCollection*>(&geometry)) {
    for (int i = 0; i < collection->getNumGeometries(); ++i)
      holes += holes_of(*collection->getGeometryRef(i));
  }
  return holes;
}

Geometry union_of(const std::vector<RasterPolygon>& polygons) {
  OGRMultiPolygon all;
  for (const RasterPolygon& polygon : polygons) {
    const Geometry geometry = geometry_of(polygon);
    for (const OGRPolygon* part : *geometry->toMultiPolygon()) all.addGeometry(part);
  }
  return Geometry(all.UnionCascaded());
}

/// Each directed edge at most once: two that run the same way would overlap.
std::string edge_fault(const std::vector<RasterPolygon>& polygons) {
  std::map<std::array<double, 4>, int> edges;
  for (const RasterPolygon& polygon : polygons) {
    std::uint32_t begin = 0;
    for (const std::uint32_t end : polygon.ring_ends) {
      for (std::uint32_t i = begin; i + 1 < end; ++i) {
        const RasterVertex& a = polygon.vertices[i];
        const RasterVertex& b = polygon.vertices[i + 1];
        if (++edges[{a.col, a.row, b.col, b.row}] > 1) return "an edge comes twice";
      }
      begin = end;
    }
  }
  return "";
}

}  // namespace

ClassesAndAreas classes_and_areas(const std::vector<RasterPolygon>& polygons) {
  ClassesAndAreas result;
  for (const RasterPolygon& polygon : polygons)
    result.emplace_back(polygon.value, area_of(*geometry_of(polygon)));
  std::ranges::sort(result);
  return result;
}

ClassesAndAreas polygonized_by_gdal(const SmallMap& map, bool eight) {
  GDALAllRegister();
  const std::unique_ptr<GDALDataset> raster(GetGDALDriverManager()->GetDriverByName("MEM")->Create(
      "", static_cast<int>(map.cols), static_cast<int>(map.rows), 1, GDT_Byte, nullptr));
  GDALRasterBand* band = raster->GetRasterBand(1);
  band->SetNoDataValue(0);
  if (band->RasterIO(GF_Write, 0, 0, band->GetXSize(), band->GetYSize(),
                     const_cast<std::uint8_t*>(map.values.data()), band->GetXSize(), band->GetYSize(),
                     GDT_Byte, 0, 0) != CE_None) {
    return {};
  }
  double identity[] = {0, 1, 0, 0, 0, 1};
  raster->SetGeoTransform(identity);
  const std::unique_ptr<GDALDataset> vector(
      GetGDALDriverManager()->GetDriverByName("Memory")->Create("", 0, 0, 0, GDT_Unknown, nullptr));
  OGRLayer* layer = vector->CreateLayer("polygons", nullptr, wkbPolygon, nullptr);
  OGRFieldDefn field("class", OFTInteger);
  layer->CreateField(&field);
  const char* const options[] = {eight ? "8CONNECTED=8" : nullptr, nullptr};
  if (GDALPolygonize(band, band->GetMaskBand(), OGRLayer::ToHandle(layer), 0, const_cast<char**>(options),
                     nullptr, nullptr) != CE_None) {
    return {};
  }
  ClassesAndAreas result;
  for (const auto& feature : *layer)
    result.emplace_back(feature->GetFieldAsInteger(0), area_of(*feature->GetGeometryRef()));
  std::ranges::sort(result);
  return result;
}

std::map<std::int64_t, double> area_per_class(const std::vector<RasterPolygon>& polygons) {
  std::map<std::int64_t, double> areas;
  for (const RasterPolygon& polygon : polygons) areas[polygon.value] += area_of(*geometry_of(polygon));
  return areas;
}

std::size_t vertex_count(const std::vector<RasterPolygon>& polygons) {
  std::size_t count = 0;
  for (const RasterPolygon& polygon : polygons) count += polygon.vertices.size();
  return count;
}

bool equal(const std::vector<RasterPolygon>& a, const std::vector<RasterPolygon>& b) {
  return std::ranges::equal(a, b, [](const RasterPolygon& p, const RasterPolygon& q) {
    return p.value == q.value && p.vertices == q.vertices && p.ring_ends == q.ring_ends &&
           p.part_ends == q.part_ends;
  });
}

std::string coverage_fault(const std::vector<RasterPolygon>& polygons) {
  double sum = 0;
  for (const RasterPolygon& polygon : polygons) {
    const Geometry geometry = geometry_of(polygon);
    if (!geometry->IsValid()) return "invalid: " + geometry->exportToWkt();
    if (area_of(*geometry) <= 0) return "no area: " + geometry->exportToWkt();
    sum += area_of(*geometry);
  }
  if (const std::string fault = edge_fault(polygons); !fault.empty()) return fault;
  const Geometry whole = union_of(polygons);
  const double area = whole ? area_of(*whole) : 0;
  if (std::abs(area - sum) > 1e-9 * std::max(1.0, sum))
    return "polygons overlap: " + std::to_string(sum) + " in all, " + std::to_string(area) +
           " without overlaps";
  return "";
}

std::string coverage_fault(const std::vector<RasterPolygon>& polygons,
                           const std::vector<RasterPolygon>& exact) {
  if (const std::string fault = coverage_fault(polygons); !fault.empty()) return fault;
  if (polygons.size() != exact.size()) return "another number of features";
  if (polygons.empty()) return "";
  const Geometry whole = union_of(polygons);
  const Geometry before = union_of(exact);
  if (holes_of(*whole) != holes_of(*before)) {
    return "there are " + std::to_string(holes_of(*whole)) + " holes instead of " +
           std::to_string(holes_of(*before)) + ": " + whole->exportToWkt();
  }
  return "";
}

double largest_distance(const std::vector<RasterPolygon>& exact, const std::vector<RasterPolygon>& polygons) {
  OGRGeometryCollection lines;
  for (const RasterPolygon& polygon : polygons) lines.addGeometryDirectly(geometry_of(polygon)->Boundary());
  double largest = 0;
  for (const RasterPolygon& polygon : exact) {
    for (const RasterVertex& vertex : polygon.vertices) {
      const OGRPoint point(vertex.col, vertex.row);
      largest = std::max(largest, point.Distance(&lines));
    }
  }
  return largest;
}

std::string small_with_neighbour(const std::vector<RasterPolygon>& polygons, double pixels) {
  std::vector<Geometry> all;
  for (const RasterPolygon& polygon : polygons) all.push_back(geometry_of(polygon));
  for (const Geometry& small : all) {
    if (area_of(*small) >= pixels) continue;
    for (const Geometry& other : all) {
      if (other == small || !small->Touches(other.get())) continue;
      const Geometry common(small->Intersection(other.get()));
      if (common->getDimension() == 1) return small->exportToWkt();
    }
  }
  return "";
}

std::string text_of(const SmallMap& map) {
  std::string text;
  for (std::int64_t row = 0; row < map.rows; ++row) {
    for (std::int64_t col = 0; col < map.cols; ++col) text += static_cast<char>('0' + map.at(col, row));
    text += '\n';
  }
  return text;
}

}  // namespace orthocover::test
