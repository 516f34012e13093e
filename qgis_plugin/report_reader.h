#pragma once

#include <nlohmann/json.hpp>

#include "qgis_plugin/text.h"

/// Members of what the program tells, which comes from another process: what is missing or of another type
/// reads as empty.
namespace orthocover::qgis {

inline const nlohmann::json& report_member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

inline QString report_text(const nlohmann::json& object, const char* key) {
  const auto& value = report_member(object, key);
  return value.is_string() ? to_qt(value.get<std::string>()) : QString();
}

inline double report_number(const nlohmann::json& object, const char* key) {
  const auto& value = report_member(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

inline const nlohmann::json& report_list(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  const auto& value = report_member(object, key);
  return value.is_array() ? value : kEmpty;
}

/// What the report says an output is, as `map` or `confidence`; empty when it does not name the option.
/// @param option the JSON key of the parameter, as `vector`
inline QString report_role(const nlohmann::json& report, const std::string& option) {
  for (const auto& output : report_list(report, "outputs")) {
    if (report_text(output, "option") == to_qt(option)) return report_text(output, "role");
  }
  return {};
}

}  // namespace orthocover::qgis
