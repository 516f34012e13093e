#include <fmt/format.h>

#include "cli/completion.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr const char* kHead = R"(#compdef orthocover
# Completion of orthocover for zsh, written by `orthocover completion zsh`.

)";

constexpr const char* kTail = R"(
_orthocover() {
    if (( CURRENT == 2 )); then
        _orthocover_first
        return
    fi
    local operation="${words[2]}"
    shift words
    (( CURRENT-- ))
    _orthocover_rest "$operation"
}

if [ "$funcstack[1]" = "_orthocover" ]; then
    _orthocover "$@"
else
    compdef _orthocover orthocover
fi
)";

/// Text in single quotes of the shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// Text with a backslash before what means something in a specification.
std::string escaped(const std::string& text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

/// What follows an option or stands in the place of an argument: files of its kind, a word of a list, or
/// something that can't be guessed.
std::string action_of(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::Choice:
      return fmt::format("({})", join(parameter.choices, " "));
    case ParameterKind::RasterIn:
      return "_files -g \"*.(#i)(tif|tiff|vrt|img|jp2|jpg|jpeg|png)(-.)\"";
    case ParameterKind::VectorIn:
      return "_files -g \"*.(#i)(gpkg|shp|geojson|geojsonl|geojsons|ndjson|json|fgb|kml)(-.)\"";
    case ParameterKind::FolderIn:
    case ParameterKind::FolderOut:
    case ParameterKind::Model:
      return "_files -/";
    case ParameterKind::Flag:
    case ParameterKind::Number:
    case ParameterKind::Text:
      return " ";
    default:
      return "_files";
  }
}

/// `:METAVAR:action`, as often as there are values.
std::string values_of(const Parameter& parameter) {
  if (parameter.kind == ParameterKind::Flag) return "";
  const std::string one = fmt::format(":{}:{}", escaped(parameter.placeholder(), ":"), action_of(parameter));
  if (parameter.count == 0) return one;
  std::string all;
  for (int i = 0; i < parameter.count; ++i) all += fmt::format(":{}: ", parameter.name);
  return all;
}

/// The specification of an option for _arguments.
std::string option_spec(const Parameter& parameter) {
  const bool on_by_default = parameter.default_value.is_boolean() && parameter.default_value.get<bool>();
  const std::string name = (on_by_default ? "--no-" : "--") + parameter.name;
  const bool takes_value = parameter.kind != ParameterKind::Flag;
  const std::string explained = fmt::format("[{}]{}", escaped(parameter.help, "[]"), values_of(parameter));
  const std::string repeat = parameter.repeat ? "*" : "";
  if (parameter.short_name == 0) return quoted(repeat + name + (takes_value ? "=" : "") + explained);
  return fmt::format("{}{{-{},{}{}}}{}",
                     quoted(fmt::format("{}(-{} {})", repeat, parameter.short_name, name)),
                     parameter.short_name, name, takes_value ? "=" : "", quoted(explained));
}

/// Arguments by their place; where one of them is a list, all are taken alike.
std::vector<std::string> argument_specs(const OperationSpec& spec) {
  std::vector<std::string> specs;
  for (const Parameter& parameter : spec.parameters) {
    if (!parameter.positional) continue;
    const std::string values = values_of(parameter);
    if (parameter.is_list) return {quoted("*:" + escaped(parameter.placeholder(), ":") + ":_files")};
    specs.push_back(quoted(values));
  }
  return specs;
}

std::string operation_case(const OperationSpec& spec, const OperationSpec& global) {
  std::vector<std::string> specs;
  for (const OperationSpec* part : {&spec, &global}) {
    for (const Parameter& parameter : part->parameters) {
      if (!parameter.positional) specs.push_back(option_spec(parameter));
    }
  }
  for (std::string& argument : argument_specs(spec)) specs.push_back(std::move(argument));
  return fmt::format("        {})\n            _arguments -S \\\n                {}\n            ;;\n",
                     spec.name, join(specs, " \\\n                "));
}

}  // namespace

std::string zsh_completion(const std::vector<OperationSpec>& operations, const OperationSpec& global) {
  std::vector<std::string> names;
  std::string script =
      std::string(kHead) + "_orthocover_first() {\n    local -a operations\n    operations=(\n";
  for (const OperationSpec& spec : operations) {
    names.push_back(spec.name);
    script += "        " + quoted(escaped(spec.name, ":") + ":" + spec.summary) + "\n";
  }
  script += fmt::format(
      "    )\n    _describe -t operations operation operations\n    compadd -- {} --help "
      "--version\n}}\n\n",
      join(builtin_names(), " "));
  script += "_orthocover_rest() {\n    case \"$1\" in\n";
  script +=
      fmt::format("        help|schema|reference|man) _arguments '1:operation:({})' ;;\n", join(names, " "));
  script += "        completion) _arguments '1:shell:(bash zsh)' ;;\n";
  for (const OperationSpec& spec : operations) script += operation_case(spec, global);
  return script + "    esac\n}\n" + kTail;
}

}  // namespace orthocover
