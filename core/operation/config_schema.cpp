#include "core/operation/config_schema.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <string>

namespace orthocover {
namespace {

using Json = nlohmann::ordered_json;

const char* type_name(ValueType type) {
  static constexpr std::array kWords = {"boolean", "integer", "number", "string"};
  return kWords[static_cast<std::size_t>(type)];
}

Json bound(double value) {
  return value == std::floor(value) ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

Json item_schema(const Parameter& parameter) {
  Json schema;
  schema["type"] = type_name(parameter.type);
  if (parameter.min) schema["minimum"] = bound(*parameter.min);
  if (parameter.max) schema["maximum"] = bound(*parameter.max);
  if (!parameter.choices.empty()) schema["enum"] = parameter.choices;
  return schema;
}

Json value_schema(const Parameter& parameter) {
  Json schema = item_schema(parameter);
  if (parameter.is_list) {
    schema = Json{{"type", "array"}, {"items", schema}};
    if (parameter.count > 0 && parameter.default_value.empty()) {
      schema["anyOf"] = {Json{{"maxItems", 0}},
                         Json{{"minItems", parameter.count}, {"maxItems", parameter.count}}};
    } else if (parameter.count > 0) {
      schema["minItems"] = schema["maxItems"] = parameter.count;
    }
  }
  // Nothing, where the default is nothing.
  if (!parameter.default_value.is_null()) return schema;
  schema["type"] = {schema["type"], "null"};
  if (schema.contains("enum")) schema["enum"].push_back(nullptr);
  return schema;
}

bool is_told_by_type(ParameterKind kind) {
  return kind == ParameterKind::Flag || kind == ParameterKind::Number || kind == ParameterKind::Choice ||
         kind == ParameterKind::Text;
}

Json parameter_schema(const Parameter& parameter) {
  Json schema;
  schema["description"] = parameter.help;
  schema.update(value_schema(parameter));
  if (!parameter.required) schema["default"] = parameter.default_value;
  if (!is_told_by_type(parameter.kind)) schema["x-kind"] = to_string(parameter.kind);
  if (parameter.per_scene) schema["x-per-scene"] = true;
  if (!parameter.unit.empty()) schema["x-unit"] = parameter.unit;
  return schema;
}

}  // namespace

Json config_schema(const OperationSpec& spec) {
  Json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Run config of orthocover " + spec.name;
  schema["description"] = spec.summary;
  schema["type"] = "object";
  auto& properties = schema["properties"];
  properties["$schema"] = {{"type", "string"}};
  properties["operation"] = {{"const", spec.name}};
  properties["orthocover"] = {{"description", "Provenance in run records; not read"}, {"type", "object"}};
  for (const Parameter& parameter : spec.parameters)
    properties[parameter.key()] = parameter_schema(parameter);
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace orthocover
