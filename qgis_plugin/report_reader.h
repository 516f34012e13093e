#pragma once

#include <nlohmann/json.hpp>
#include <QString>

namespace orthocover::qgis {

/// Members of the program's report, which comes from another process: what is missing or of another type
/// reads as empty.
QString report_text(const nlohmann::json& object, const char* key);
double report_number(const nlohmann::json& object, const char* key);
const nlohmann::json& report_list(const nlohmann::json& object, const char* key);

/// What the report says an output is, as `map` or `confidence`; empty when it does not name the option.
/// @param option the JSON key of the parameter, as `vector`
QString report_role(const nlohmann::json& report, const std::string& option);

}  // namespace orthocover::qgis
