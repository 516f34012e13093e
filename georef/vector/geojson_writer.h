#pragma once

#include <string>
#include <unordered_map>

#include "georef/vector/layer_writer.h"
#include "georef/vector/text_output.h"

namespace orthocover {

/// GeoJSON, written straight to the file: OGR's driver takes ten times as long, and does not notice a full
/// disk.
/// @source RFC 7946 (longitude first, shells against the clock, holes with it), RFC 8142 for sequences; ours
/// separates their features by line feeds alone, as most programs expect
class GeoJsonWriter final : public LayerWriter {
 public:
  /// @throws Error{Resource} when the file can't be made
  explicit GeoJsonWriter(TextPlan plan);

  void write(const LayerFeature& feature) override;
  void finish(const std::string& style_qml) override;

 private:
  void add_properties(const FeatureValues& values);
  void add_size(const char* name, double value, int decimals);
  void add_ring(std::span<const OGRRawPoint> ring, bool is_shell);

  TextPlan m_plan;
  TextOutput m_out;
  std::unordered_map<const ClassLook*, std::string> m_looks;  ///< as properties
  bool m_is_first = true;
};

}  // namespace orthocover
