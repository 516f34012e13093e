#include "tests/cli/polygon_file.h"

#include <fmt/format.h>
#include <gdal_priv.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/base/text.h"

namespace orthocover::test {
namespace {

using Edge = std::array<double, 4>;

GDALDatasetUniquePtr opened(const std::string& path) {
  GDALAllRegister();
  GDALDatasetUniquePtr file(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR));
  if (!file) throw std::runtime_error("can't open " + path);
  return file;
}

double area_of(const OGRGeometry& geometry) {
  return OGR_G_Area(OGRGeometry::ToHandle(const_cast<OGRGeometry*>(&geometry)));
}

/// Calls `action` for every polygon of a feature.
template <class Action>
void for_each_part(const OGRGeometry& geometry, const Action& action) {
  if (wkbFlatten(geometry.getGeometryType()) == wkbPolygon) return action(*geometry.toPolygon());
  for (const OGRGeometry* part : *geometry.toGeometryCollection()) for_each_part(*part, action);
}

/// How often each edge comes, by its direction.
std::map<Edge, int> edges_of(const std::vector<FilePolygon>& polygons) {
  std::map<Edge, int> edges;
  for (const FilePolygon& polygon : polygons) {
    for_each_part(*polygon.geometry, [&](const OGRPolygon& part) {
      for (const OGRLinearRing* ring : part) {
        const bool is_forward = (ring->isClockwise() != 0) == (ring == part.getExteriorRing());
        for (int i = 0; i + 1 < ring->getNumPoints(); ++i) {
          const int from = is_forward ? i : i + 1;
          const int to = is_forward ? i + 1 : i;
          ++edges[{ring->getX(from), ring->getY(from), ring->getX(to), ring->getY(to)}];
        }
      }
    });
  }
  return edges;
}

/// Length of the edges that no neighbour shares: the border of the whole.
double border_of(const std::map<Edge, int>& edges) {
  double length = 0;
  for (const auto& [edge, count] : edges) {
    const auto [x0, y0, x1, y1] = edge;
    if (!edges.contains({x1, y1, x0, y0})) length += std::hypot(x1 - x0, y1 - y0);
  }
  return length;
}

}  // namespace

double FilePolygon::area() const {
  return area_of(*geometry);
}

PolygonFile::PolygonFile(const std::string& path, const std::string& layer) {
  const GDALDatasetUniquePtr file = opened(path);
  OGRLayer* found = layer.empty() ? file->GetLayer(0) : file->GetLayerByName(layer.c_str());
  if (found == nullptr) throw std::runtime_error(path + " has no layer " + layer);
  read(*found);
}

void PolygonFile::read(OGRLayer& layer) {
  m_layer = layer.GetName();
  const OGRSpatialReference* crs = layer.GetSpatialRef();
  const char* code = crs != nullptr ? crs->GetAuthorityCode(nullptr) : nullptr;
  m_epsg = code != nullptr ? code : "";
  for (int i = 0; i < layer.GetLayerDefn()->GetFieldCount(); ++i)
    m_fields.emplace_back(layer.GetLayerDefn()->GetFieldDefn(i)->GetNameRef());
  for (const auto& feature : layer) {
    FilePolygon polygon;
    for (int i = 0; i < feature->GetFieldCount(); ++i) {
      const std::string field = to_lower(m_fields[static_cast<std::size_t>(i)]);
      if (field == "class") polygon.value = std::stoll(feature->GetFieldAsString(i));
      if (field == "name") polygon.name = feature->GetFieldAsString(i);
      if (field == "color") polygon.color = feature->GetFieldAsString(i);
      const bool is_size = field.starts_with("area") || field.starts_with("perim") || field == "confidence";
      if (is_size && feature->IsFieldSetAndNotNull(i))
        polygon.numbers[field] = std::stod(feature->GetFieldAsString(i));
    }
    polygon.geometry.reset(feature->StealGeometry());
    m_polygons.push_back(std::move(polygon));
  }
}

std::vector<std::pair<std::int64_t, double>> PolygonFile::classes_and_areas() const {
  std::vector<std::pair<std::int64_t, double>> all;
  for (const FilePolygon& polygon : m_polygons)
    all.emplace_back(polygon.value, std::round(polygon.area() * 1e6) / 1e6);
  std::ranges::sort(all);
  return all;
}

std::map<std::int64_t, double> PolygonFile::area_per_class() const {
  std::map<std::int64_t, double> areas;
  for (const FilePolygon& polygon : m_polygons) areas[polygon.value] += polygon.area();
  return areas;
}

std::size_t PolygonFile::vertices() const {
  std::size_t count = 0;
  for (const FilePolygon& polygon : m_polygons) {
    for_each_part(*polygon.geometry, [&](const OGRPolygon& part) {
      for (const OGRLinearRing* ring : part) count += static_cast<std::size_t>(ring->getNumPoints());
    });
  }
  return count;
}

std::string PolygonFile::coverage_fault(int holes) const {
  double sum = 0;
  OGRMultiPolygon all;
  for (const FilePolygon& polygon : m_polygons) {
    if (!polygon.geometry->IsValid()) return "invalid: " + polygon.geometry->exportToWkt().substr(0, 2000);
    sum += polygon.area();
    for_each_part(*polygon.geometry, [&](const OGRPolygon& part) { all.addGeometry(&part); });
  }
  const std::map<Edge, int> edges = edges_of(m_polygons);
  for (const auto& [edge, count] : edges) {
    if (count > 1) return fmt::format("the edge at {} {} comes twice in one direction", edge[0], edge[1]);
  }
  const std::unique_ptr<OGRGeometry> whole(all.UnionCascaded());
  if (!whole) return "GEOS can't unite the polygons";
  if (std::abs(area_of(*whole) - sum) > 1e-9 * sum)
    return fmt::format("overlaps: {} in all, {} united", sum, area_of(*whole));
  int found = 0;
  double border = 0;
  for_each_part(*whole, [&](const OGRPolygon& part) {
    found += part.getNumInteriorRings();
    for (const OGRLinearRing* ring : part) border += ring->get_Length();
  });
  if (found != holes) return fmt::format("{} holes instead of {}", found, holes);
  if (std::abs(border - border_of(edges)) > 1e-6 * border)
    return fmt::format("neighbours have different vertices: a border of {}, unshared edges of {}", border,
                       border_of(edges));
  return "";
}

std::vector<std::vector<std::string>> query(const std::string& path, const std::string& sql) {
  const GDALDatasetUniquePtr file = opened(path);
  std::vector<std::vector<std::string>> rows;
  OGRLayer* result = file->ExecuteSQL(sql.c_str(), nullptr, nullptr);
  if (result == nullptr) throw std::runtime_error(sql);
  for (const auto& feature : *result) {
    rows.emplace_back();
    for (int i = 0; i < feature->GetFieldCount(); ++i) rows.back().emplace_back(feature->GetFieldAsString(i));
  }
  file->ReleaseResultSet(result);
  return rows;
}

}  // namespace orthocover::test
