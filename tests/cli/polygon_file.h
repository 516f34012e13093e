#pragma once

#include <ogrsf_frmts.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace orthocover::test {

/// A feature of a written file, read by OGR alone.
struct FilePolygon {
  std::int64_t value = 0;
  std::string name;
  std::string color;
  std::map<std::string, double> numbers;  ///< the other fields that are set
  std::unique_ptr<OGRGeometry> geometry;

  double area() const;
};

/// A layer of a written file.
class PolygonFile {
 public:
  /// @param layer empty: the only one
  explicit PolygonFile(const std::string& path, const std::string& layer = "");

  const std::vector<FilePolygon>& polygons() const { return m_polygons; }
  const std::vector<std::string>& fields() const { return m_fields; }
  const std::string& layer() const { return m_layer; }
  /// Code of the CRS, as 32633; empty: none.
  const std::string& epsg() const { return m_epsg; }

  /// Sorted pairs of class and area of the geometry, one per feature.
  std::vector<std::pair<std::int64_t, double>> classes_and_areas() const;
  std::map<std::int64_t, double> area_per_class() const;
  std::size_t vertices() const;

  /// What GEOS has to object to the layer as a coverage: invalid features, overlaps, edges without their
  /// twin, gaps; empty when nothing.
  /// @param holes that the union of all features has
  std::string coverage_fault(int holes = 0) const;

 private:
  void read(OGRLayer& layer);

  std::string m_layer;
  std::string m_epsg;
  std::vector<std::string> m_fields;
  std::vector<FilePolygon> m_polygons;
};

/// Rows of a query on a file, each with its columns as text.
std::vector<std::vector<std::string>> query(const std::string& path, const std::string& sql);

}  // namespace orthocover::test
