#include "core/operation/values.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/strict_json.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr std::uintmax_t kLargestConfigBytes = 16 << 20;

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto whole = number_of<Number>(text);
  if (whole) number = *whole;
  return whole.has_value();
}

bool parse_boolean(std::string_view text, bool& value) {
  const std::string lower = to_lower(text);
  value = lower == "true" || lower == "yes" || lower == "on" || lower == "1";
  return value || lower == "false" || lower == "no" || lower == "off" || lower == "0";
}

void check_operation(const OperationSpec& spec, const nlohmann::json& config, std::string_view what) {
  const auto operation = config.find("operation");
  if (operation != config.end() && *operation != spec.name)
    throw usage_error("{}: is a config of the operation {}, not of '{}'", what, operation->dump(), spec.name);
}

bool is_missing(const nlohmann::json& value) {
  return value.is_null() || value == "" || (value.is_array() && value.empty());
}

}  // namespace

const std::vector<std::string>& config_annotations() {
  static const std::vector<std::string> kKeys = {"$schema", "operation", "orthocover"};
  return kKeys;
}

nlohmann::json default_values(const OperationSpec& spec) {
  auto values = nlohmann::json::object();
  for (const Parameter& parameter : spec.parameters) values[parameter.key()] = parameter.default_value;
  return values;
}

nlohmann::json read_config(const std::filesystem::path& path) {
  const std::string text = read_file_or_pipe(path.string(), kLargestConfigBytes);
  auto config = parse_strict_json(text, path.string(), ErrorKind::Usage);
  if (config.is_object()) return config;
  throw usage_error("{}: is not a run config; a JSON object of options is wanted", path.string());
}

void apply_config(const OperationSpec& spec, const nlohmann::json& config, std::string_view what,
                  nlohmann::json& values) {
  check_operation(spec, config, what);
  for (const auto& [key, value] : config.items()) {
    if (std::ranges::count(config_annotations(), key) > 0) continue;
    const Parameter* parameter = spec.find(key);
    if (parameter == nullptr) {
      std::vector<std::string> keys;
      for (const Parameter& known : spec.parameters) keys.push_back(known.key());
      throw usage_error("{}: '{}' is not an option of {}{}", what, key, spec.name, did_you_mean(key, keys));
    }
    check_value(*parameter, value, fmt::format("{}: {}", what, key));
    values[key] = value;
  }
}

void check_complete(const OperationSpec& spec, const nlohmann::json& values) {
  for (const Parameter& parameter : spec.parameters) {
    if (!parameter.required || !is_missing(values.at(parameter.key()))) continue;
    throw usage_error("{} is missing; usage: orthocover {}", parameter.display_name(), spec.usage());
  }
}

nlohmann::json item_from_text(const Parameter& parameter, std::string_view text) {
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  switch (parameter.type) {
    case ValueType::Boolean:
      if (parse_boolean(text, boolean)) return boolean;
      throw usage_error("{}: '{}' is not yes or no", parameter.display_name(), text);
    case ValueType::Integer:
    case ValueType::Real: {
      // Whole numbers stay whole so that a run record reads like the command line.
      if (parse_whole(text, integer)) return integer;
      const bool is_real = parameter.type == ValueType::Real;
      if (is_real && parse_whole(text, real) && std::isfinite(real)) return real;
      throw usage_error("{}: '{}' is not a {}number", parameter.display_name(), text,
                        is_real ? "" : "whole ");
    }
    case ValueType::Text:
      break;
  }
  return text;
}

}  // namespace orthocover
