#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/ports/polygon_map.h"
#include "georef/gdal/dataset.h"

class OGRFeature;
class OGRLayer;

namespace orthocover {

/// A layer of polygons of any program as a land-cover map; invalid polygons are warned of and left out. Not
/// thread-safe.
class PolygonLayerMap final : public PolygonMap {
 public:
  /// @throws Error{Data} when there is no polygon layer, no field of classes or nothing in it
  explicit PolygonLayerMap(PolygonMapRequest request);

  const RasterInfo& info() const override { return m_info; }
  const std::vector<PolygonClass>& classes() const override { return m_classes; }
  void visit(const Visit& visit, RunContext& context) const override;
  void visit_within(std::span<const Zone> zones, const Visit& visit, RunContext& context) const override;

 private:
  void read_classes();
  OGREnvelope extent();
  void lay_grid();
  std::string key_of(std::string text) const;
  std::optional<std::size_t> class_of(OGRFeature& feature) const;
  void note_contradiction(OGRFeature& feature, const PolygonClass& its_class) const;
  void tell_contradictions() const;
  void tell_twins(const std::string& found) const;
  void filter_by(std::span<const Zone> zones) const;

  PolygonMapRequest m_request;
  DatasetPtr m_dataset;
  OGRLayer* m_layer = nullptr;
  int m_field = -1;
  bool m_is_number = false;
  bool m_jumps = false;   ///< its longitudes, at 180 degrees
  int m_name_field = -1;  ///< beside a field of numbers; -1: none
  mutable bool m_has_told_twins = false;
  mutable std::set<std::int64_t> m_contradictions;  ///< features whose name is that of another class
  mutable std::string m_first_contradiction;
  RasterInfo m_info;
  std::vector<PolygonClass> m_classes;
  std::map<std::string, std::size_t> m_index;  ///< by the field's text
};

}  // namespace orthocover
