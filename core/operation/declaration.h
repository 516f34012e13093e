#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/json_text.h"

namespace orthocover {

/// What a parameter's value is, for completion, checks and QGIS widgets.
enum class ParameterKind {
  Flag,    ///< present or not
  Number,  ///< whole or real, see Parameter::type
  Text,
  Choice,  ///< one of Parameter::choices
  RasterIn,
  RasterOut,
  VectorIn,
  VectorOut,
  FileIn,
  FileOut,
  FolderIn,
  FolderOut,
  Model  ///< a model package folder or the name of a shipped model
};

/// Whether values of a kind name files that are read.
inline bool names_input(ParameterKind kind) {
  return kind == ParameterKind::RasterIn || kind == ParameterKind::VectorIn || kind == ParameterKind::FileIn;
}

/// Whether @LIST may stand for them.
inline bool names_files(ParameterKind kind) {
  return names_input(kind) || kind == ParameterKind::Model;
}

/// Whether they name files that are written.
inline bool names_output(ParameterKind kind) {
  return kind == ParameterKind::RasterOut || kind == ParameterKind::VectorOut ||
         kind == ParameterKind::FileOut;
}

enum class ValueType { Boolean, Integer, Real, Text };

/// One parameter of an operation: everything that help, completion, schema, docs and QGIS need. Values travel
/// as JSON.
struct Parameter {
  std::string
      name;  ///< long name as typed, with dashes: `ground-size`; the JSON key is the same with underscores
  char short_name = 0;
  ParameterKind kind = ParameterKind::Text;
  ValueType type = ValueType::Text;
  bool is_list =
      false;  ///< JSON array; on the command line comma-separated, or repeated where `repeat` is set
  bool repeat = false;  ///< `--co A=1 --co B=2` instead of commas
  int count = 0;        ///< length of a list that must be complete (`--projwin ULX ULY LRX LRY`); 0 = any
  bool positional = false;
  bool required = false;
  bool advanced = false;
  bool per_scene = false;   ///< an output of every input: of many they go into a folder
  std::string help;         ///< one sentence without a final stop, as the command line has it
  std::string marked_help;  ///< as declared, for text_for()
  std::string label;        ///< heading of the field in dialogs; made from the name when empty
  std::string unit;         ///< `px`, `m`, `bytes` ...
  std::string metavar;      ///< placeholder in help, e.g. `FILE`; made from the kind when empty
  std::string group;        ///< heading in help
  std::optional<double> min;
  std::optional<double> max;
  int integer_bits = 64;  ///< size of the member behind an integer
  std::vector<std::string> choices;
  nlohmann::json default_value;  ///< from the options struct's initialiser

  /// Key in run configs: the name with underscores.
  std::string key() const;
  /// As the user types it, for messages: `--ground-size`, or `INPUT` for a positional one.
  std::string display_name() const;
  /// Heading of the field in dialogs: the label, or the name in words: `Patch size`.
  std::string title() const;
  /// Placeholder of one value in help: the metavar, or what the kind suggests; empty for a flag.
  std::string placeholder() const;
  /// `0..0.5`, `at least 1`, `at most 8`; empty when nothing bounds it.
  std::string allowed_range() const;
};

/// A declared text as some readers have it: of `{READER:words}` the words, where the reader is among them.
/// Readers are `cli`; `dialog`; and where `one` input is given, `many`, or a `model` in place of a layer.
std::string text_for(const std::vector<std::string>& readers, const std::string& marked);

/// The command line takes every form of input.
std::string text_for_command_line(const std::string& marked);

/// `raster-in`, `choice`, ... as schemas and reference pages call it.
std::string_view to_string(ParameterKind kind);

/// The declaration of an operation, without anything that runs it.
struct OperationSpec {
  std::string name;               ///< as typed: `import-weights`
  std::string summary;            ///< one line
  std::string title;              ///< name in menus: `Map land cover`
  std::string many_title;         ///< the same for a run over many inputs; empty where one dialog serves both
  std::string group;              ///< heading in menus: `Maps`, `Models` ...
  std::vector<std::string> tags;  ///< further words that people search by
  std::string description;        ///< a paragraph or two, as the command line has them
  std::string marked_description;                             ///< as declared, for text_for()
  std::vector<std::pair<std::string, std::string>> examples;  ///< command line, what it does
  std::vector<Parameter> parameters;

  /// @param key the JSON key (underscores); null when there is none
  const Parameter* find(std::string_view key) const;
  /// `segment [options] INPUT... OUTPUT`.
  std::string usage() const;
};

/// Sets the details of a parameter in one chained expression.
class ParameterBuilder {
 public:
  explicit ParameterBuilder(Parameter& parameter) : m_parameter(parameter) {}
  ParameterBuilder& short_name(char c) { return m_parameter.short_name = c, *this; }
  ParameterBuilder& unit(std::string text) { return m_parameter.unit = std::move(text), *this; }
  ParameterBuilder& metavar(std::string text) { return m_parameter.metavar = std::move(text), *this; }
  ParameterBuilder& label(std::string text) { return m_parameter.label = std::move(text), *this; }
  ParameterBuilder& group(std::string text) { return m_parameter.group = std::move(text), *this; }
  ParameterBuilder& range(double min, double max) {
    return m_parameter.min = min, m_parameter.max = max, *this;
  }
  ParameterBuilder& at_least(double min) { return m_parameter.min = min, *this; }
  ParameterBuilder& choices(std::vector<std::string> words) {
    return m_parameter.kind = ParameterKind::Choice, m_parameter.choices = std::move(words), *this;
  }
  ParameterBuilder& positional() { return m_parameter.positional = true, *this; }
  ParameterBuilder& required() { return m_parameter.required = true, *this; }
  ParameterBuilder& count(int items) { return m_parameter.count = items, *this; }
  ParameterBuilder& repeat() { return m_parameter.repeat = true, *this; }
  ParameterBuilder& per_scene() { return m_parameter.per_scene = true, *this; }
  ParameterBuilder& advanced() { return m_parameter.advanced = true, *this; }

 private:
  Parameter& m_parameter;
};

/// Checks one value (JSON of the parameter's type) by itself: type, length, range, choices. The default is
/// always allowed.
/// @param what names the value in messages; the parameter's display_name() when empty
/// @throws Error{Usage}
void check_value(const Parameter& parameter, const nlohmann::json& value, std::string_view what = {});

/// Binds the members of an options struct to parameters; the struct's initialisers are the defaults.
/// Members may be bool, int, std::int64_t, double, std::string, std::optional of the last four, or
/// std::vector of int, double or std::string.
template <class Options>
class OperationTable {
 public:
  explicit OperationTable(OperationSpec& spec) : m_spec(spec) {}

  OperationTable& name(std::string text) { return m_spec.name = std::move(text), *this; }
  OperationTable& summary(std::string text) { return m_spec.summary = std::move(text), *this; }
  OperationTable& title(std::string text) { return m_spec.title = std::move(text), *this; }
  OperationTable& many_title(std::string text) { return m_spec.many_title = std::move(text), *this; }
  OperationTable& group(std::string text) { return m_spec.group = std::move(text), *this; }
  OperationTable& tags(std::vector<std::string> words) { return m_spec.tags = std::move(words), *this; }
  OperationTable& description(std::string marked) {
    m_spec.description = text_for_command_line(marked);
    return m_spec.marked_description = std::move(marked), *this;
  }
  OperationTable& example(std::string command, std::string what) {
    return m_spec.examples.emplace_back(std::move(command), std::move(what)), *this;
  }

  /// @param member of the struct, or of one that it inherits
  /// @param help may have marks, see text_for()
  template <class T, class Owner>
  ParameterBuilder add(std::string name, T Owner::*member, ParameterKind kind, std::string help);

  /// The options struct for a complete set of JSON values (defaults filled in by the caller).
  Options parse(const nlohmann::json& values) const {
    Options options;
    for (const auto& set : m_setters) set(options, values);
    return options;
  }

 private:
  OperationSpec& m_spec;
  std::vector<std::function<void(Options&, const nlohmann::json&)>> m_setters;
};

namespace detail {
template <class T>
struct MemberTraits {
  using Item = T;
  static constexpr bool kList = false;
  static nlohmann::json to_json(const T& value) { return value; }
  static T from_json(const nlohmann::json& json) { return json.get<T>(); }
};
template <class T>
struct MemberTraits<std::vector<T>> {
  using Item = T;
  static constexpr bool kList = true;
  static nlohmann::json to_json(const std::vector<T>& value) { return value; }
  static std::vector<T> from_json(const nlohmann::json& json) { return json.get<std::vector<T>>(); }
};
template <class T>
struct MemberTraits<std::optional<T>> {
  using Item = T;
  static constexpr bool kList = false;
  static nlohmann::json to_json(const std::optional<T>& value) { return or_null(value); }
  static std::optional<T> from_json(const nlohmann::json& json) {
    return json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
  }
};
template <class Item>
constexpr ValueType value_type() {
  if constexpr (std::is_same_v<Item, bool>)
    return ValueType::Boolean;
  else if constexpr (std::is_integral_v<Item>)
    return ValueType::Integer;
  else if constexpr (std::is_floating_point_v<Item>)
    return ValueType::Real;
  else
    return ValueType::Text;
}
}  // namespace detail

template <class Options>
template <class T, class Owner>
ParameterBuilder OperationTable<Options>::add(std::string name, T Owner::*member, ParameterKind kind,
                                              std::string help) {
  using Traits = detail::MemberTraits<T>;
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = kind;
  parameter.type = detail::value_type<typename Traits::Item>();
  parameter.is_list = Traits::kList;
  if constexpr (std::is_integral_v<typename Traits::Item>) {
    parameter.integer_bits = static_cast<int>(8 * sizeof(typename Traits::Item));
  }
  parameter.help = text_for_command_line(help);
  parameter.marked_help = std::move(help);
  parameter.default_value = Traits::to_json(Options{}.*member);
  m_setters.push_back([member, key = parameter.key()](Options& options, const nlohmann::json& values) {
    options.*member = Traits::from_json(values.at(key));
  });
  m_spec.parameters.push_back(std::move(parameter));
  return ParameterBuilder(m_spec.parameters.back());
}

}  // namespace orthocover
