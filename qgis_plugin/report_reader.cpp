#include "qgis_plugin/report_reader.h"

#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

const nlohmann::json& member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

}  // namespace

QString report_text(const nlohmann::json& object, const char* key) {
  const auto& value = member(object, key);
  return value.is_string() ? to_qt(value.get<std::string>()) : QString();
}

double report_number(const nlohmann::json& object, const char* key) {
  const auto& value = member(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

const nlohmann::json& report_list(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  const auto& value = member(object, key);
  return value.is_array() ? value : kEmpty;
}

QString report_role(const nlohmann::json& report, const std::string& option) {
  for (const auto& output : report_list(report, "outputs")) {
    if (report_text(output, "option") == to_qt(option)) return report_text(output, "role");
  }
  return {};
}

}  // namespace orthocover::qgis
