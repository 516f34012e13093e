#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "georef/ground/map_placement.h"
#include "georef/ground/polygon_measure.h"
#include "georef/vector/layer_writer.h"
#include "georef/vector/pending_vector.h"

namespace orthocover {

/// Polygons into a layer of any vector format that OGR writes, with their classes, sizes and style. Sizes in
/// map units are those of the raster, whatever CRS the layer has, so they are equal in every format.
class OgrFeatureSink final : public FeatureSink {
 public:
  /// Appending copies the whole GeoPackage beside it first, so that the original stays as it is until the
  /// copy is complete: this needs as much disk again, and the time to copy.
  /// @param limit_bytes of each file of a Shapefile
  /// @throws Error, see GeoIo::create_features
  OgrFeatureSink(const VectorSpec& spec, const RasterInfo& map, std::uint64_t limit_bytes = kShapefileBytes);
  ~OgrFeatureSink() override;

  void write(std::span<const RasterPolygon> polygons) override;
  void finish() override;
  void add_to(CommitSteps& steps) override;
  std::map<std::int64_t, double> area_m2_by_value() const override { return m_areas_m2; }

 private:
  static constexpr std::uint64_t kShapefileBytes = 0x7FFFFFFF;

  std::unique_ptr<LayerWriter> make_writer(const RasterInfo& map, std::uint64_t limit_bytes) const;
  void prepare_file();
  void copy_original();
  void check_original() const;
  void check_beside() const;
  FieldPlan field_plan(const RasterInfo& map) const;
  const ClassLook& look_of(std::int64_t value);
  std::vector<ClassEntry> styled_classes() const;

  VectorSpec m_spec;
  std::filesystem::path m_target;
  VectorFormat m_format;
  MapPlacement m_placement;
  PolygonMeasurer m_measurer;
  std::unordered_map<std::int64_t, ClassLook> m_looks;
  std::vector<std::int64_t> m_unknown;  ///< values met that no class of the spec has
  std::unique_ptr<PendingVector> m_pending;
  bool m_is_update = false;
  std::filesystem::file_time_type m_original_time;
  std::uintmax_t m_original_bytes = 0;
  std::unique_ptr<LayerWriter> m_writer;
  PlacedRings m_rings;                        ///< memory of write()
  std::map<std::int64_t, double> m_areas_m2;  ///< of what was written, by value
};

}  // namespace orthocover
