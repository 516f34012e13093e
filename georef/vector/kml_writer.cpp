#include "georef/vector/kml_writer.h"

#include <utility>

#include "georef/style/style_file.h"

namespace orthocover {
namespace {

/// `#rrggbb` as KML has it: alpha, blue, green, red.
std::string kml_color(const std::string& color, const char* alpha) {
  return alpha + color.substr(5, 2) + color.substr(3, 2) + color.substr(1, 2);
}

}  // namespace

KmlWriter::KmlWriter(TextPlan plan) : m_plan(std::move(plan)), m_out(m_plan.file, m_plan.target) {
  m_out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml "
           "xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n<name>"
        << xml_text(m_plan.name) << "</name>\n";
  add_schema();
}

void KmlWriter::add_schema() {
  m_out << "<Schema name=\"landcover\" id=\"landcover\">\n";
  const auto add = [&](const char* name, const char* type) {
    m_out << "<SimpleField name=\"" << name << "\" type=\"" << type << "\"/>\n";
  };
  add("class", m_plan.fields.has_wide_values ? "string" : "int");
  add("color", "string");
  if (m_plan.fields.has_ground) {
    add("area_m2", "double");
    add("perim_m", "double");
  }
  add("area_map", "double");
  add("perim_map", "double");
  if (m_plan.fields.has_confidence) add("confidence", "double");
  m_out << "</Schema>\n";
}

void KmlWriter::write(const LayerFeature& feature) {
  m_out << "<Placemark><name>" << xml_text(feature.values.look->name) << "</name>";
  if (!feature.values.look->color.empty()) add_style(feature.values.look->color);
  add_data(feature.values);
  if (feature.is_multi) m_out << "<MultiGeometry>";
  const char* head = "<Polygon>";
  for_each_ring(feature, [&](std::span<const OGRRawPoint> ring, bool is_shell) {
    if (is_shell) m_out << std::exchange(head, "</Polygon><Polygon>");
    add_ring(ring, is_shell);
  });
  m_out << (feature.is_multi ? "</Polygon></MultiGeometry>" : "</Polygon>") << "</Placemark>\n";
  m_out.flush_if_large();
}

void KmlWriter::add_style(const std::string& color) {
  m_out << "<Style><LineStyle><color>" << kml_color(color, "ff") << "</color></LineStyle><PolyStyle><color>"
        << kml_color(color, "99") << "</color></PolyStyle></Style>";
}

void KmlWriter::add_data(const FeatureValues& values) {
  m_out << "<ExtendedData><SchemaData schemaUrl=\"#landcover\"><SimpleData name=\"class\">"
        << std::to_string(values.value) << "</SimpleData>";
  if (!values.look->color.empty())
    m_out << "<SimpleData name=\"color\">" << values.look->color << "</SimpleData>";
  const FieldPlan& plan = m_plan.fields;
  if (plan.has_ground && values.measure.ground) {
    add_size("area_m2", values.measure.ground->area_m2, size_decimals(plan.pixel_m * plan.pixel_m));
    add_size("perim_m", values.measure.ground->perimeter_m, size_decimals(plan.pixel_m));
  }
  add_size("area_map", values.measure.area_map, size_decimals(plan.pixel_map * plan.pixel_map));
  add_size("perim_map", values.measure.perimeter_map, size_decimals(plan.pixel_map));
  if (plan.has_confidence && values.confidence) add_size("confidence", *values.confidence, 4);
  m_out << "</SchemaData></ExtendedData>";
}

void KmlWriter::add_size(const char* name, double value, int decimals) {
  m_out << "<SimpleData name=\"" << name << "\">";
  m_out.add_number(value, decimals);
  m_out << "</SimpleData>";
}

void KmlWriter::add_ring(std::span<const OGRRawPoint> ring, bool is_shell) {
  const bool is_reversed = runs_wrong(ring, is_shell);
  m_out << (is_shell ? "<outerBoundaryIs><LinearRing><coordinates>"
                     : "<innerBoundaryIs><LinearRing><coordinates>");
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const OGRRawPoint& point = ring[is_reversed ? ring.size() - 1 - i : i];
    if (i > 0) m_out << " ";
    m_out.add_number(point.x, m_plan.decimals);
    m_out << ",";
    m_out.add_number(point.y, m_plan.decimals);
  }
  m_out << (is_shell ? "</coordinates></LinearRing></outerBoundaryIs>"
                     : "</coordinates></LinearRing></innerBoundaryIs>");
}

void KmlWriter::finish(const std::string& /*style_qml*/) {
  m_out << "</Document>\n</kml>\n";
  m_out.close();
}

}  // namespace orthocover
