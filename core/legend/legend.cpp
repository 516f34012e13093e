#include "core/legend/legend.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/strict_json.h"
#include "core/base/text.h"
#include "core/legend/class_colors.h"
#include "core/legend/class_name.h"

namespace orthocover {
namespace {

constexpr std::size_t kMaxClasses = 254;

void check_count(std::size_t count) {
  if (count > kMaxClasses) throw model_error("the legend has {} classes, at most {} fit", count, kMaxClasses);
}

/// @return the key of a class's colour; empty where it tells none
std::string color_key_of(const nlohmann::json& json) {
  for (const char* key : {"color", "color_hint"}) {
    if (json.is_object() && json.contains(key)) return key;
  }
  return {};
}

/// Without the colour where there is none.
LegendClass class_from_json(const nlohmann::json& json, std::string_view what) {
  const auto text = [&](const char* key, bool required) -> std::string {
    if (!json.contains(key) && !required) return {};
    if (!json.contains(key) || !json[key].is_string()) {
      throw model_error("{}: every class of the legend needs a text '{}'", what, key);
    }
    return json[key].get<std::string>();
  };
  if (!json.is_object()) throw model_error("{}: a class of the legend is not an object", what);
  if (!json.contains("value") || !json["value"].is_number_integer()) {
    throw model_error("{}: every class of the legend needs a whole number 'value'", what);
  }
  const auto value = json["value"].get<std::int64_t>();
  if (value < 1 || value > 254) throw model_error("{}: legend value {} is outside 1..254", what, value);
  LegendClass entry{static_cast<std::uint8_t>(value), text("name", true), {}, text("description", false)};
  if (const std::string key = color_key_of(json); !key.empty()) {
    std::string color = text(key.c_str(), true);
    if (color.size() == 6 && color.front() != '#') color = "#" + color;
    entry.color = parse_color(color, what);
  }
  return entry;
}

}  // namespace

std::string to_hex(Color color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
}

Color parse_color(std::string_view text, std::string_view what) {
  unsigned rgb = 0;
  const bool shaped = text.size() == 7 && text.front() == '#';
  const auto [end, status] =
      std::from_chars(text.data() + (shaped ? 1 : 0), text.data() + text.size(), rgb, 16);
  if (!shaped || status != std::errc() || end != text.data() + text.size()) {
    throw model_error("{}: '{}' is not a colour; write #rrggbb", what, text);
  }
  return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8),
          static_cast<std::uint8_t>(rgb)};
}

Legend::Legend(std::vector<LegendClass> classes) : m_classes(std::move(classes)) {
  if (m_classes.empty()) throw model_error("the legend has no classes");
  check_count(m_classes.size());
  std::set<int> values;
  std::set<std::string> names;
  for (const LegendClass& entry : m_classes) {
    if (entry.value == kNoClass || entry.value == kIgnoreLabel) {
      throw model_error("legend value {} of class '{}' is reserved; use 1..254", entry.value, entry.name);
    }
    if (entry.name.empty()) throw model_error("the class with legend value {} has no name", entry.value);
    check_class_name(entry.name);
    if (!values.insert(entry.value).second) throw model_error("legend value {} is used twice", entry.value);
    if (!names.insert(to_lower(entry.name)).second)
      throw model_error("class name '{}' is used twice", entry.name);
  }
}

Legend Legend::from_json(const nlohmann::json& json, std::string_view what) {
  const nlohmann::json* list = &json;
  if (json.is_object()) {
    if (!json.contains("classes")) throw model_error("{}: the legend has no 'classes'", what);
    list = &json["classes"];
  }
  if (!list->is_array()) throw model_error("{}: the legend's classes are not a list", what);
  check_count(list->size());
  std::vector<LegendClass> classes;
  std::vector<std::string> names;
  for (const auto& entry : *list) names.push_back(classes.emplace_back(class_from_json(entry, what)).name);
  const std::vector<Color> usual = distinct_colors(names);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (color_key_of((*list)[i]).empty()) classes[i].color = usual[i];
  }
  return Legend(std::move(classes));
}

Legend Legend::numbered(int count) {
  std::vector<LegendClass> classes;
  for (int i = 0; i < count; ++i) {
    classes.push_back(
        {static_cast<std::uint8_t>(i + 1), fmt::format("class_{}", i + 1), numbered_color(i), ""});
  }
  return Legend(std::move(classes));
}

std::vector<std::string> Legend::names() const {
  std::vector<std::string> names;
  for (const LegendClass& entry : m_classes) names.push_back(entry.name);
  return names;
}

nlohmann::json Legend::to_json() const {
  nlohmann::json list = nlohmann::json::array();
  for (const LegendClass& entry : m_classes) {
    nlohmann::json item = {{"value", entry.value}, {"name", entry.name}, {"color", to_hex(entry.color)}};
    if (!entry.description.empty()) item["description"] = entry.description;
    list.push_back(std::move(item));
  }
  return {{"classes", std::move(list)}};
}

std::optional<int> Legend::index_of(std::uint8_t value) const {
  for (int i = 0; i < size(); ++i) {
    if (m_classes[i].value == value) return i;
  }
  return std::nullopt;
}

std::optional<int> Legend::index_of(std::string_view name) const {
  for (int i = 0; i < size(); ++i) {
    if (to_lower(m_classes[i].name) == to_lower(name)) return i;
  }
  return std::nullopt;
}

Legend read_legend(const std::string& file) {
  constexpr std::uintmax_t kMaxBytes = 1 << 20;
  const std::string text = read_small_file(file, kMaxBytes);
  try {
    return Legend::from_json(parse_strict_json(text, file), file);
  } catch (const Error& error) {
    const std::string what = error.what();
    throw data_error("{}{}", what.starts_with(file) ? "" : file + ": ", what);
  }
}

}  // namespace orthocover
