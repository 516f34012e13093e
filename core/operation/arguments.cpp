#include "core/operation/arguments.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/plain_text.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/operation/values.h"

namespace orthocover {
namespace {

using Json = nlohmann::json;

bool is_negative_number(std::string_view text) {
  if (text.size() < 2 || text[0] != '-') return false;
  const std::string_view digits = text.substr(text[1] == '.' ? 2 : 1);
  return !digits.empty() && digits[0] >= '0' && digits[0] <= '9';
}

bool looks_like_option(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && !is_negative_number(text);
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Behind the bar a layer may be named; after a comma there comes the next name.
bool is_one_name(const std::string& text) {
  const std::size_t comma = text.find(','), bar = text.find('|');
  if (comma == std::string::npos) return false;
  const bool has_list_behind = bar == std::string::npos || text.find(',', bar) != std::string::npos;
  return is_there(text) || (!has_list_behind && is_there(text.substr(0, bar)));
}

/// Whether a file begins as images and layers do: in lists there are no two zero bytes side by side.
bool is_no_list(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  std::string begin(32, ' ');
  std::ifstream(file, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff")) return false;  // UTF-16
  return begin.find(std::string(2, '\0')) != std::string::npos || begin.starts_with("\xff\xd8");
}

/// Whether an output has a name, not only a format (`shp`, `.shp`).
bool is_named(const Json& output) {
  if (!output.is_string()) return false;
  const auto name = output.get<std::string>();
  return name.starts_with('/') || name.find_first_of("./", 1) != std::string::npos;
}

/// Adds an item, or where files are wanted those of @FILE (find -print0, too) or @-.
/// @param read gets such a file's name
void append(const Parameter& parameter, const std::string& text, Json& list, std::vector<std::string>& read) {
  if (!names_files(parameter.kind) || !text.starts_with('@') || is_there(text))
    return list.push_back(item_from_text(parameter, text));
  const std::string file = text == "@-" ? "/dev/stdin" : text.substr(1);
  if (is_no_list(file))
    throw usage_error("{}: {} is no list of names; to give the file itself leave the @ out",
                      parameter.display_name(), text);
  const auto content = read_file_or_pipe(read.emplace_back(file), 64 << 20);
  const std::size_t nul = content.find('\0');
  if (nul == 1 || (nul != content.npos && (content[0] == '\xff' || content[0] == '\xfe')))
    throw usage_error("{}: {} is not UTF-8 text", parameter.display_name(), text);
  const auto names = nul != content.npos ? split(content, '\0') : plain_lines(content);
  if (names.empty())
    throw usage_error("{}: {} is empty; put a name in each line", parameter.display_name(), text);
  for (const auto& name : names)
    if (!name.empty()) list.push_back(item_from_text(parameter, name));
}

/// `--name=value` taken apart.
struct OptionToken {
  std::string name;  ///< without dashes
  std::optional<std::string> value;
  bool is_short = false;
};

OptionToken split_option(std::string_view token) {
  OptionToken option;
  option.is_short = !token.starts_with("--");
  token.remove_prefix(option.is_short ? 1 : 2);
  const std::size_t equals = token.find('=');
  option.name = token.substr(0, equals);
  if (equals != std::string_view::npos) option.value = token.substr(equals + 1);
  return option;
}

class ArgumentReader {
 public:
  ArgumentReader(const OperationSpec& spec, const std::vector<std::string>& arguments)
      : m_spec(spec), m_arguments(arguments) {}

  Json read() {
    bool options_ended = false;
    while (m_next < m_arguments.size()) {
      const std::string& token = m_arguments[m_next++];
      if (!options_ended && token == "--")
        options_ended = true;
      else if (!options_ended && looks_like_option(token))
        read_option(token);
      else
        m_positionals.push_back(token);
    }
    assign_positionals();
    check_lists();
    return std::move(m_values);
  }

 private:
  const Parameter* find(const OptionToken& option) const {
    for (const Parameter& parameter : m_spec.parameters) {
      if (parameter.positional) continue;
      const bool by_letter = option.name.size() == 1 && option.name[0] == parameter.short_name;
      if (option.is_short ? by_letter : option.name == parameter.name) return &parameter;
    }
    return nullptr;
  }

  const Parameter* find_negated(const OptionToken& option) const {
    if (option.is_short || option.value || !option.name.starts_with("no-")) return nullptr;
    const Parameter* parameter = find({option.name.substr(3), {}, false});
    return parameter != nullptr && parameter->type == ValueType::Boolean ? parameter : nullptr;
  }

  [[noreturn]] void refuse_unknown(const OptionToken& option) const {
    if (option.is_short && option.name.find_first_of("./") != std::string::npos)
      throw usage_error("-{0}: no such option; if it is a file, write ./-{0}", option.name);
    std::vector<std::string> names;
    for (const Parameter& parameter : m_spec.parameters)
      if (!parameter.positional) names.push_back(parameter.name);
    const auto nearest = nearest_name(option.name, names);
    throw usage_error("{}{}: no such option{}", option.is_short ? "-" : "--", option.name,
                      nearest ? fmt::format(" (did you mean --{}?)", *nearest)
                              : fmt::format("; see orthocover {} --help", m_spec.name));
  }

  void read_option(std::string_view token) {
    const OptionToken option = split_option(token);
    if (const Parameter* negated = find_negated(option)) return void(m_values[negated->key()] = false);
    const Parameter* parameter = find(option);
    if (parameter == nullptr) refuse_unknown(option);
    if (parameter->type == ValueType::Boolean && !parameter->is_list)
      m_values[parameter->key()] = option.value ? item_from_text(*parameter, *option.value) : Json(true);
    else if (parameter->is_list)
      read_list(*parameter, option);
    else
      set(*parameter, item_from_text(*parameter, value_of(*parameter, option)));
  }

  void read_list(const Parameter& parameter, const OptionToken& option) {
    const std::string first = value_of(parameter, option);
    auto list = Json::array();
    // Files join earlier ones; of other lists the last counts.
    const bool are_files = names_files(parameter.kind);
    if (parameter.repeat || are_files) list = m_values.value(parameter.key(), list);
    if (parameter.repeat || (are_files && is_one_name(first))) {
      list.push_back(item_from_text(parameter, first));
    } else {
      for (const std::string& part : split(first, ',')) append(parameter, part, list, m_lists);
      const auto count = static_cast<std::size_t>(parameter.count);
      const bool in_a_row = !option.value && list.size() == 1;
      while (in_a_row && list.size() < count)
        list.push_back(item_from_text(parameter, take_value(parameter)));
    }
    set(parameter, std::move(list));
  }

  std::string value_of(const Parameter& parameter, const OptionToken& option) {
    return option.value ? *option.value : take_value(parameter);
  }

  const std::string& take_value(const Parameter& parameter) {
    const std::string& name = parameter.name;
    const std::string wanted = parameter.count > 0 ? fmt::format("{} values", parameter.count) : "a value";
    if (m_next == m_arguments.size()) throw usage_error("--{}: needs {}", name, wanted);
    if (looks_like_option(m_arguments[m_next])) {
      throw usage_error("--{0}: needs {1}, found the option {2} (write --{0}={2} if that is the value)", name,
                        wanted, m_arguments[m_next]);
    }
    return m_arguments[m_next++];
  }

  void set(const Parameter& parameter, Json value) {
    check_value(parameter, value);
    Json& own = m_values[parameter.key()];
    const bool is_output = names_output(parameter.kind) || parameter.kind == ParameterKind::FolderOut;
    if (is_output && is_named(own) && is_named(value) && own != value)
      throw usage_error("--{}: is given as {} and as {}; one can be made", parameter.name, shown(own),
                        shown(value));
    own = std::move(value);
  }

  void assign_positionals() {
    std::size_t next = 0;
    std::size_t singles_left = 0;
    for (const Parameter& p : m_spec.parameters) singles_left += p.positional && !p.is_list ? 1 : 0;
    for (const Parameter& parameter : m_spec.parameters) {
      if (!parameter.positional) continue;
      const std::size_t left = m_positionals.size() - next;
      if (left == 0) return;
      if (!parameter.is_list) {
        set(parameter, item_from_text(parameter, m_positionals[next++]));
        --singles_left;
        continue;
      }
      auto list = Json::array();
      const std::size_t least = parameter.required ? 1 : 0;
      for (std::size_t n = left > singles_left ? left - singles_left : least; n > 0; --n)
        append(parameter, m_positionals[next++], list, m_lists);
      if (!list.empty()) set(parameter, std::move(list));
    }
    if (next < m_positionals.size())
      throw usage_error("'{}': one argument too many; usage: orthocover {}", m_positionals[next],
                        m_spec.usage());
  }

  /// A list of inputs is read like them.
  void check_lists() const {
    for (const Parameter& parameter : m_spec.parameters) {
      const auto value = m_values.find(parameter.key());
      if (!names_output(parameter.kind) || value == m_values.end() || !value->is_string()) continue;
      for (const std::string& list : m_lists)
        if (std::error_code none; std::filesystem::equivalent(list, value->get<std::string>(), none))
          throw usage_error("{}: {} is the list of inputs; choose another name", parameter.display_name(),
                            list);
    }
  }

  const OperationSpec& m_spec;
  const std::vector<std::string>& m_arguments;
  std::vector<std::string> m_lists;  ///< of inputs, read from files
  std::size_t m_next = 0;
  std::vector<std::string> m_positionals;
  Json m_values = Json::object();
};

}  // namespace

nlohmann::json parse_arguments(const OperationSpec& spec, const std::vector<std::string>& arguments) {
  return ArgumentReader(spec, arguments).read();
}

}  // namespace orthocover
