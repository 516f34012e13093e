#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "georef/layer_writer.h"

namespace orthocover {

/// How a layer becomes GeoJSON.
struct GeoJsonPlan {
  std::filesystem::path target;  ///< for messages
  std::filesystem::path file;    ///< to write
  std::string name;
  bool is_sequence = false;  ///< a feature on each line and nothing else
  bool is_multi = false;
  int decimals = 7;  ///< of longitudes and latitudes
  FieldPlan fields;
};

/// GeoJSON, written straight to the file: OGR's driver takes ten times as long, and does not notice a full
/// disk.
/// @source RFC 7946 (longitude first, shells against the clock, holes with it), RFC 8142 for sequences; ours
/// separates their features by line feeds alone, as most programs expect
class GeoJsonWriter final : public LayerWriter {
 public:
  /// @throws Error{Resource} when the file can't be made
  explicit GeoJsonWriter(GeoJsonPlan plan);

  void write(const LayerFeature& feature) override;
  void finish(const std::string& style_qml) override;

 private:
  struct FileCloser {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void add_properties(const FeatureValues& values);
  void add_size(const char* name, double value, int decimals);
  void add_polygon(const LayerFeature& feature, std::size_t first_ring, std::size_t last_ring);
  void add_ring(std::span<const OGRRawPoint> ring, bool is_shell);
  void add_fixed(double value, int decimals);
  void flush();

  GeoJsonPlan m_plan;
  std::unique_ptr<std::FILE, FileCloser> m_file;
  std::string m_text;                                         ///< not yet in the file
  std::unordered_map<const ClassLook*, std::string> m_looks;  ///< as properties
  bool m_is_first = true;
};

}  // namespace orthocover
