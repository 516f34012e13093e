#include "core/operation/declaration.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

std::string with_replaced(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

/// As shown(), but texts in single quotes: nobody typed JSON.
std::string quoted(const nlohmann::json& value) {
  return value.is_string() ? fmt::format("'{}'", shortened(value.get<std::string>())) : shown(value);
}

/// Whether the choices can stand behind the option's name.
bool fits_in_help(const std::vector<std::string>& choices) {
  static constexpr std::size_t kWidest = 16;
  return join(choices, "|").size() <= kWidest;
}

void check_number(const Parameter& parameter, const nlohmann::json& value, std::string_view what) {
  const double number = value.get<double>();
  const bool too_small = parameter.min && number < *parameter.min;
  const bool too_large = parameter.max && number > *parameter.max;
  if (!std::isfinite(number)) throw usage_error("{}: {} is not a finite number", what, number);
  if (!too_small && !too_large) return;
  if (parameter.min && parameter.max) {
    throw usage_error("{}: {} is outside {}", what, value.dump(), parameter.allowed_range());
  }
  throw usage_error("{}: {} is too {}, {} is allowed", what, value.dump(), too_small ? "small" : "large",
                    parameter.allowed_range());
}

void check_integer(const Parameter& parameter, const nlohmann::json& value, std::string_view what) {
  if (!value.is_number_integer()) throw usage_error("{}: {} is not a whole number", what, quoted(value));
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  const std::int64_t number = huge ? INT64_MAX : value.get<std::int64_t>();
  if (huge || (parameter.integer_bits <= 32 && number != static_cast<std::int32_t>(number))) {
    throw usage_error("{}: {} is too large a number", what, value.dump());
  }
}

bool names_a_file(ParameterKind kind) {
  return kind != ParameterKind::Text && kind != ParameterKind::Choice;
}

void check_text(const Parameter& parameter, const nlohmann::json& value, std::string_view what) {
  if (!value.is_string()) throw usage_error("{}: {} is not a text", what, quoted(value));
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) throw usage_error("{}: contains a zero character", what);
  if (text == "-" && names_a_file(parameter.kind))
    throw usage_error("{}: '-' for standard input or output is not known; name a file", what);
  if (text.starts_with("/vsi") && to_string(parameter.kind).ends_with("-out"))
    throw usage_error("{}: {} is no file on a disk, as outputs are", what, quoted(value));
  if (parameter.choices.empty() || std::ranges::count(parameter.choices, text) > 0) return;
  throw usage_error("{}: {} is not one of {}{}", what, quoted(value), join(parameter.choices),
                    did_you_mean(text, parameter.choices));
}

/// Whether values are names of files or folders.
bool is_place(ParameterKind kind) {
  return kind != ParameterKind::Text && kind != ParameterKind::Choice && kind != ParameterKind::Model;
}

void check_item(const Parameter& parameter, const nlohmann::json& value, std::string_view what) {
  switch (parameter.type) {
    case ValueType::Boolean:
      if (!value.is_boolean()) throw usage_error("{}: {} is not true or false", what, quoted(value));
      return;
    case ValueType::Integer:
      check_integer(parameter, value, what);
      return check_number(parameter, value, what);
    case ValueType::Real:
      if (!value.is_number()) throw usage_error("{}: {} is not a number", what, quoted(value));
      return check_number(parameter, value, what);
    case ValueType::Text:
      if (value == "" && is_place(parameter.kind))
        throw usage_error("{}: is empty; give a name, or leave it out", what);
      return check_text(parameter, value, what);
  }
}

}  // namespace

std::string text_for(const std::vector<std::string>& readers, const std::string& marked) {
  std::string text;
  for (std::string rest : split(marked, '{')) {
    const auto end = rest.find('}');
    const auto colon = rest.find(':');
    if (colon < end && end != std::string::npos) {
      if (std::ranges::count(readers, rest.substr(0, colon)) > 0)
        text += rest.substr(colon + 1, end - colon - 1);
      rest.erase(0, end + 1);
    }
    text += rest;
  }
  return text;
}

std::string text_for_command_line(const std::string& marked) {
  return text_for({"cli", "one", "many", "model"}, marked);
}

std::string_view to_string(ParameterKind kind) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "flag",       "number",  "text",     "choice",    "raster-in",  "raster-out", "vector-in",
      "vector-out", "file-in", "file-out", "folder-in", "folder-out", "model"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string Parameter::key() const {
  return with_replaced(name, '-', '_');
}

std::string Parameter::display_name() const {
  return positional ? placeholder() : "--" + name;
}

std::string Parameter::title() const {
  if (!label.empty()) return label;
  std::string words = with_replaced(name, '-', ' ');
  if (!words.empty())
    words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
  return words;
}

std::string Parameter::placeholder() const {
  if (!metavar.empty()) return metavar;
  if (positional) {
    std::string upper = with_replaced(name, '-', '_');
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    return upper;
  }
  switch (kind) {
    case ParameterKind::Flag:
      return "";
    case ParameterKind::Number:
      return type == ValueType::Integer ? "N" : "NUMBER";
    case ParameterKind::Choice:
      return fits_in_help(choices) ? join(choices, "|") : "WORD";
    case ParameterKind::Text:
      return "TEXT";
    case ParameterKind::FolderIn:
    case ParameterKind::FolderOut:
      return "FOLDER";
    case ParameterKind::Model:
      return "MODEL";
    default:
      return "FILE";
  }
}

std::string Parameter::allowed_range() const {
  if (min && max) return fmt::format("{}..{}", *min, *max);
  if (min) return fmt::format("at least {}", *min);
  if (max) return fmt::format("at most {}", *max);
  return "";
}

const Parameter* OperationSpec::find(std::string_view key) const {
  const auto found = std::ranges::find_if(parameters, [&](const Parameter& p) { return p.key() == key; });
  return found == parameters.end() ? nullptr : &*found;
}

std::string OperationSpec::usage() const {
  std::string text = name + " [options]";
  for (const Parameter& parameter : parameters) {
    if (!parameter.positional) continue;
    const std::string one = parameter.placeholder() + (parameter.is_list ? "..." : "");
    text += parameter.required ? " " + one : " [" + one + "]";
  }
  return text;
}

void check_value(const Parameter& parameter, const nlohmann::json& value, std::string_view what) {
  const std::string own_name = parameter.display_name();
  if (what.empty()) what = own_name;
  if (value == parameter.default_value && value.type() == parameter.default_value.type()) return;
  if (!parameter.is_list) return check_item(parameter, value, what);
  if (!value.is_array()) throw usage_error("{}: {} is not a list", what, quoted(value));
  if (parameter.count > 0 && value.size() != static_cast<std::size_t>(parameter.count)) {
    throw usage_error("{}: has {} values, {} are needed", what, value.size(), parameter.count);
  }
  for (const auto& item : value) check_item(parameter, item, what);
}

}  // namespace orthocover
