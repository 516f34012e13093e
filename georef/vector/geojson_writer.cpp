#include "georef/vector/geojson_writer.h"

#include <cmath>
#include <utility>

#include "core/base/json_text.h"

namespace orthocover {
namespace {

std::string json_text(const std::string& text) {
  return json_line(nlohmann::json(text));
}

std::string properties_of(const ClassLook& look) {
  return "\"name\": " + json_text(look.name) +
         ", \"color\": " + (look.color.empty() ? std::string("null") : json_text(look.color));
}

}  // namespace

GeoJsonWriter::GeoJsonWriter(TextPlan plan) : m_plan(std::move(plan)), m_out(m_plan.file, m_plan.target) {
  if (m_plan.is_sequence) return;
  m_out << "{\n\"type\": \"FeatureCollection\",\n\"name\": " << json_text(m_plan.name)
        << ",\n\"features\": [\n";
}

void GeoJsonWriter::write(const LayerFeature& feature) {
  if (!m_is_first && !m_plan.is_sequence) m_out << ",\n";
  m_is_first = false;
  m_out << "{\"type\": \"Feature\", \"properties\": {";
  add_properties(feature.values);
  m_out << (feature.is_multi ? "}, \"geometry\": {\"type\": \"MultiPolygon\", \"coordinates\": ["
                             : "}, \"geometry\": {\"type\": \"Polygon\", \"coordinates\": ");
  const char* head = "[";
  for_each_ring(feature, [&](std::span<const OGRRawPoint> ring, bool is_shell) {
    m_out << (is_shell ? std::exchange(head, "], [") : ", ");
    add_ring(ring, is_shell);
  });
  m_out << (feature.is_multi ? "]]}}" : "]}}");
  if (m_plan.is_sequence) m_out << "\n";
  m_out.flush_if_large();
}

void GeoJsonWriter::add_properties(const FeatureValues& values) {
  m_out << "\"class\": " << std::to_string(values.value) << ", ";
  std::string& look = m_looks[values.look];
  if (look.empty()) look = properties_of(*values.look);
  m_out << look;
  const FieldPlan& plan = m_plan.fields;
  if (plan.has_ground) {
    const double none = std::nan("");
    add_size("area_m2", values.measure.ground ? values.measure.ground->area_m2 : none,
             size_decimals(plan.pixel_m * plan.pixel_m));
    add_size("perim_m", values.measure.ground ? values.measure.ground->perimeter_m : none,
             size_decimals(plan.pixel_m));
  }
  add_size("area_map", values.measure.area_map, size_decimals(plan.pixel_map * plan.pixel_map));
  add_size("perim_map", values.measure.perimeter_map, size_decimals(plan.pixel_map));
  if (plan.has_confidence) add_size("confidence", values.confidence.value_or(std::nan("")), 4);
}

void GeoJsonWriter::add_size(const char* name, double value, int decimals) {
  m_out << ", \"" << name << "\": ";
  if (std::isfinite(value))
    m_out.add_number(value, decimals);
  else
    m_out << "null";
}

void GeoJsonWriter::add_ring(std::span<const OGRRawPoint> ring, bool is_shell) {
  const bool is_reversed = runs_wrong(ring, is_shell);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const OGRRawPoint& point = ring[is_reversed ? ring.size() - 1 - i : i];
    m_out << (i == 0 ? "[[" : ", [");
    m_out.add_number(point.x, m_plan.decimals);
    m_out << ", ";
    m_out.add_number(point.y, m_plan.decimals);
    m_out << "]";
  }
  m_out << "]";
}

void GeoJsonWriter::finish(const std::string& /*style_qml*/) {
  if (!m_plan.is_sequence) m_out << "\n]\n}\n";
  m_out.close();
}

}  // namespace orthocover
