#include "core/operation/command_text.h"

#include <algorithm>
#include <regex>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace orthocover {
namespace {

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<std::string> items_of(const nlohmann::json& value) {
  std::vector<std::string> items;
  if (!value.is_array()) return {text_of(value)};
  for (const nlohmann::json& item : value) items.push_back(text_of(item));
  return items;
}

void add_option(const Parameter& parameter, const nlohmann::json& value, std::vector<std::string>& words) {
  const std::string name = "--" + parameter.name;
  if (parameter.kind == ParameterKind::Flag) {
    words.push_back(value == true ? name : "--no-" + parameter.name);
  } else if (parameter.repeat) {
    for (const std::string& item : items_of(value)) words.insert(words.end(), {name, item});
  } else if (parameter.count > 0) {
    words.push_back(name);
    for (const std::string& item : items_of(value)) words.push_back(item);
  } else {
    const std::string text = join(items_of(value), ",");
    if (text.starts_with('-'))
      words.push_back(name + "=" + text);
    else
      words.insert(words.end(), {name, text});
  }
}

}  // namespace

std::string shell_word(const std::string& word) {
  static constexpr std::string_view kPlain = "_-+=:,./@%";
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command_text(const OperationSpec& spec, const nlohmann::json& values) {
  std::vector<std::string> words = {"orthocover", spec.name};
  std::vector<std::string> positional;
  for (const Parameter& parameter : spec.parameters) {
    const auto value = values.find(parameter.key());
    if (value == values.end() || value->is_null() || *value == parameter.default_value) continue;
    if (!parameter.positional)
      add_option(parameter, *value, words);
    else
      for (const std::string& item : items_of(*value)) positional.push_back(item);
  }
  const bool dashed = std::ranges::any_of(positional, [](const auto& word) { return word.starts_with('-'); });
  if (dashed) words.emplace_back("--");
  words.insert(words.end(), positional.begin(), positional.end());
  for (std::string& word : words) word = shell_word(word);
  return join(words, " ");
}

std::string without_secrets(const std::string& text) {
  if (text.find("://") == std::string::npos && text.find("/vsi") == std::string::npos) return text;
  constexpr std::size_t kMostBytes = 2048;  // of what the library's expressions can take
  const std::size_t end = text.find('?');
  if (text.size() > kMostBytes)
    return end < kMostBytes ? without_secrets(text.substr(0, end)) + "?***" : std::string("***");
  static const std::string names = "(?:sig|token|key|secret|passw|pwd|cred|auth|cookie|header|sas)";
  constexpr auto kAnyCase = std::regex::icase;
  // In a query addresses may have their own signs as %3A%2F%2F, %40, %3F, %26 and %3D, or some of them.
  static const std::pair<std::regex, const char*> hidden[] = {
      {std::regex("(://)[^/?]*@"), "$1***@"},
      {std::regex("([?&][^=&]*" + names + "[^=&]*=)[^&\\s]*", kAnyCase), "$1***"},
      {std::regex("((?::|%3A)(?://|%2F%2F))(?:(?!%2F)[^/?&\\s])*(@|%40)", kAnyCase), "$1***$2"},
      {std::regex("((?:[?&]|%3F|%26)(?:(?!%3D|%26)[^=&])*?" + names +
                      "(?:(?!%3D|%26)[^=&])*(?:=|%3D))(?:(?!%26)[^&\\s])*",
                  kAnyCase),
       "$1***"}};
  std::string shown = text;
  for (const auto& [expression, stars] : hidden) shown = std::regex_replace(shown, expression, stars);
  return shown;
}

}  // namespace orthocover
