#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "georef/gdal/dataset.h"
#include "georef/gdal/vector_format.h"
#include "georef/vector/geopackage.h"
#include "georef/vector/layer_writer.h"

namespace orthocover {

/// What a layer is to be.
struct LayerPlan {
  std::filesystem::path target;  ///< for messages
  std::filesystem::path file;    ///< to write
  std::string name;
  std::string description;
  bool is_multi = false;
  bool is_update = false;       ///< `file` is a GeoPackage that is there already
  bool replaces_layer = false;  ///< of this name, in the GeoPackage
  OGRSpatialReference crs;
  FieldPlan fields;
  VectorFormat format;
  DriverOptions options;                   ///< of the layer, by the user
  std::uint64_t limit_bytes = 0x7FFFFFFF;  ///< of each file, where the format has a limit
};

/// Layers through OGR's drivers.
class OgrLayerWriter final : public LayerWriter {
 public:
  /// @throws Error{Usage} for an option or a field that the driver does not have, Error{Data} when the layer
  /// that is there does not fit, Error{Resource} when the file can't be made
  explicit OgrLayerWriter(LayerPlan plan);
  ~OgrLayerWriter() override;

  void write(const LayerFeature& feature) override;
  void finish(const std::string& style_qml) override;

 private:
  void create_file();
  void open_file();
  void delete_layer();
  void create_layer();
  void adopt_layer(OGRLayer& layer);
  void check_size(const LayerFeature& feature);
  void check_name(const FeatureValues& values) const;
  void begin();
  void end();
  void read_back() const;

  LayerPlan m_plan;
  DatasetPtr m_file;
  OGRLayer* m_layer = nullptr;
  std::unique_ptr<LayerFields> m_fields;
  OGRFeatureUniquePtr m_feature;                ///< used again and again
  std::map<std::int64_t, std::string> m_names;  ///< of classes in a layer that is appended to
  std::unique_ptr<SpatialIndex> m_index;
  bool m_has_transactions = false;
  std::int64_t m_count = 0;    ///< features written
  std::int64_t m_pending = 0;  ///< features since the last transaction began
  std::uint64_t m_shape_bytes = 100;
  std::uint64_t m_table_bytes = 0;
};

}  // namespace orthocover
