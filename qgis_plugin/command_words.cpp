#include "qgis_plugin/command_words.h"

#include "core/base/text.h"
#include "core/operation/command_text.h"

namespace orthocover::qgis {
namespace {

using Words = std::vector<std::string>;

std::string item_word(const nlohmann::json& item) {
  return item.is_string() ? item.get<std::string>() : item.dump();
}

/// A value that looks like an option or is empty stands behind an equals sign.
void append_option(const Parameter& parameter, const std::string& value, Words& words) {
  const std::string name = "--" + parameter.name;
  const bool separate = !value.empty() && value.front() != '-';
  if (!separate) return words.push_back(name + "=" + value);
  words.push_back(name);
  words.push_back(value);
}

/// One list with commas; an item with a comma of its own, which is a file, stands alone.
void append_comma_lists(const Parameter& parameter, const nlohmann::json& list, Words& words) {
  Words items;
  const auto flush = [&] {
    if (!items.empty()) append_option(parameter, join(items, ","), words);
    items.clear();
  };
  for (const auto& item : list) {
    const std::string word = item_word(item);
    const bool alone = word.find(',') != std::string::npos;
    if (alone) flush();
    items.push_back(word);
    if (alone) flush();
  }
  flush();
}

void append_list(const Parameter& parameter, const nlohmann::json& list, Words& words) {
  if (parameter.count > 0) {
    words.push_back("--" + parameter.name);
    for (const auto& item : list) words.push_back(item_word(item));
  } else if (parameter.repeat) {
    for (const auto& item : list) append_option(parameter, item_word(item), words);
  } else {
    append_comma_lists(parameter, list, words);
  }
}

void append_value(const Parameter& parameter, const nlohmann::json& value, Words& words) {
  if (value.is_boolean())
    words.push_back((value.get<bool>() ? "--" : "--no-") + parameter.name);
  else if (value.is_array())
    append_list(parameter, value, words);
  else
    append_option(parameter, item_word(value), words);
}

Words positional_words(const OperationSpec& spec, const nlohmann::json& values) {
  Words words;
  bool is_missing = false;
  for (const Parameter& parameter : spec.parameters) {
    if (!parameter.positional) continue;
    const auto value = values.find(parameter.key());
    if (value == values.end()) {
      if (!parameter.is_list) is_missing = true;
      continue;
    }
    if (is_missing) continue;  // the operation tells whether that is a fault
    if (!value->is_array()) words.push_back(item_word(*value));
    if (value->is_array()) {
      for (const auto& item : *value) words.push_back(item_word(item));
    }
  }
  return words;
}

}  // namespace

std::vector<std::string> command_words(const OperationSpec& spec, const nlohmann::json& values) {
  Words words = {spec.name};
  for (const Parameter& parameter : spec.parameters) {
    const auto value = values.find(parameter.key());
    if (!parameter.positional && value != values.end()) append_value(parameter, *value, words);
  }
  const Words last = positional_words(spec, values);
  for (const std::string& word : last) {
    if (!word.starts_with("-")) continue;
    words.push_back("--");
    break;
  }
  words.insert(words.end(), last.begin(), last.end());
  return words;
}

std::string shell_line(const std::vector<std::string>& words) {
  Words safe;
  for (const std::string& word : words) safe.push_back(shell_word(word));
  return join(safe, " ");
}

}  // namespace orthocover::qgis
