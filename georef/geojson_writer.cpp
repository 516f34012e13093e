#include "georef/geojson_writer.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "georef/write_error.h"

namespace orthocover {
namespace {

constexpr std::size_t kBuffer_bytes = 1 << 20;

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string properties_of(const ClassLook& look) {
  return "\"name\": " + json_text(look.name) +
         ", \"color\": " + (look.color.empty() ? std::string("null") : json_text(look.color));
}

/// Twice the area, positive against the clock.
double turn_of(std::span<const OGRRawPoint> ring) {
  double sum = 0;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    sum += (ring[i - 1].x - ring[0].x) * (ring[i].y - ring[0].y) -
           (ring[i].x - ring[0].x) * (ring[i - 1].y - ring[0].y);
  }
  return sum;
}

}  // namespace

GeoJsonWriter::GeoJsonWriter(GeoJsonPlan plan)
    : m_plan(std::move(plan)), m_file(std::fopen(m_plan.file.c_str(), "wbe")) {
  if (!m_file) throw write_error(m_plan.target, std::strerror(errno));
  std::setvbuf(m_file.get(), nullptr, _IONBF, 0);
  if (m_plan.is_sequence) return;
  m_text = "{\n\"type\": \"FeatureCollection\",\n\"name\": " + json_text(m_plan.name) + ",\n\"features\": [\n";
}

void GeoJsonWriter::write(const LayerFeature& feature) {
  if (!m_is_first && !m_plan.is_sequence) m_text += ",\n";
  m_is_first = false;
  m_text += "{\"type\": \"Feature\", \"properties\": {";
  add_properties(feature.values);
  m_text += m_plan.is_multi ? "}, \"geometry\": {\"type\": \"MultiPolygon\", \"coordinates\": ["
                            : "}, \"geometry\": {\"type\": \"Polygon\", \"coordinates\": ";
  std::size_t first = 0;
  for (const std::uint32_t last : feature.part_ends) {
    if (first > 0) m_text += ", ";
    add_polygon(feature, first, last);
    first = last;
  }
  m_text += m_plan.is_multi ? "]}}" : "}}";
  if (m_plan.is_sequence) m_text += '\n';
  if (m_text.size() > kBuffer_bytes) flush();
}

void GeoJsonWriter::add_properties(const FeatureValues& values) {
  m_text += "\"class\": " + std::to_string(values.value) + ", ";
  std::string& look = m_looks[values.look];
  if (look.empty()) look = properties_of(*values.look);
  m_text += look;
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
  m_text += ", \"";
  m_text += name;
  m_text += "\": ";
  if (std::isfinite(value))
    add_fixed(value, decimals);
  else
    m_text += "null";
}

void GeoJsonWriter::add_polygon(const LayerFeature& feature, std::size_t first_ring, std::size_t last_ring) {
  std::size_t begin = first_ring == 0 ? 0 : feature.ring_ends[first_ring - 1];
  for (std::size_t ring = first_ring; ring < last_ring; ++ring) {
    m_text += ring == first_ring ? "[" : ", ";
    const std::size_t end = feature.ring_ends[ring];
    add_ring(feature.vertices.subspan(begin, end - begin), ring == first_ring);
    begin = end;
  }
  m_text += ']';
}

void GeoJsonWriter::add_ring(std::span<const OGRRawPoint> ring, bool is_shell) {
  const bool is_reversed = (turn_of(ring) < 0) == is_shell;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const OGRRawPoint& point = ring[is_reversed ? ring.size() - 1 - i : i];
    m_text += i == 0 ? "[[" : ", [";
    add_fixed(point.x, m_plan.decimals);
    m_text += ", ";
    add_fixed(point.y, m_plan.decimals);
    m_text += ']';
  }
  m_text += ']';
}

/// Decimal number without zeros at its end.
void GeoJsonWriter::add_fixed(double value, int decimals) {
  std::array<char, 40> digits;
  static constexpr double kLargest = 9e15;  // whole numbers above have gaps
  double scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  const double scaled = std::abs(value) * scale;
  if (!(scaled < kLargest)) {
    m_text += fmt::format("{}", value);
    return;
  }
  auto rest = static_cast<std::uint64_t>(std::llround(scaled));
  if (value < 0 && rest > 0) m_text += '-';
  std::size_t at = digits.size();
  bool is_needed = false;  // zeros behind the last digit are not
  for (int i = 0; i < decimals; ++i, rest /= 10) {
    is_needed = is_needed || rest % 10 != 0;
    if (is_needed) digits[--at] = static_cast<char>('0' + rest % 10);
  }
  if (is_needed) digits[--at] = '.';
  do {
    digits[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  m_text.append(digits.data() + at, digits.size() - at);
}

void GeoJsonWriter::flush() {
  errno = 0;
  if (std::fwrite(m_text.data(), 1, m_text.size(), m_file.get()) != m_text.size())
    throw write_error(m_plan.target, std::strerror(errno));
  m_text.clear();
}

void GeoJsonWriter::finish(const std::string& /*style_qml*/) {
  if (!m_plan.is_sequence) m_text += "\n]\n}\n";
  flush();
  if (std::fclose(m_file.release()) != 0) throw write_error(m_plan.target, std::strerror(errno));
}

}  // namespace orthocover
