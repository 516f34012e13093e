#pragma once

#include "georef/vector/layer_writer.h"
#include "georef/vector/text_output.h"

namespace orthocover {

/// KML with polygons in the colours of their classes, written straight to the file: OGR's driver takes ten
/// times as long, leaves them without colour, and does not notice a full disk.
/// @source OGC KML 2.3 (12-007r2)
class KmlWriter final : public LayerWriter {
 public:
  /// @throws Error{Resource} when the file can't be made
  explicit KmlWriter(TextPlan plan);

  void write(const LayerFeature& feature) override;
  void finish(const std::string& style_qml) override;

 private:
  void add_schema();
  void add_style(const std::string& color);
  void add_data(const FeatureValues& values);
  void add_size(const char* name, double value, int decimals);
  void add_ring(std::span<const OGRRawPoint> ring, bool is_shell);

  TextPlan m_plan;
  TextOutput m_out;
};

}  // namespace orthocover
