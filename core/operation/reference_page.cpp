#include "core/operation/reference_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr const char* kGenerated =
    "<!-- Written by `orthocover reference`; `cmake --build build --target update-generated` renews it. "
    "-->\n";

/// Text inside a table cell.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '<') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string parameter_rows(const std::vector<const Parameter*>& parameters) {
  std::string rows = "| Option | Default | Meaning |\n| --- | --- | --- |\n";
  for (const Parameter* parameter : parameters) {
    const std::string value = default_text(*parameter);
    rows += fmt::format("| `{}` | {} | {} |\n", cell(signature(*parameter)),
                        value.empty() ? "" : "`" + value + "`", cell(full_help(*parameter)));
  }
  return rows;
}

std::string item_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::vector<std::pair<std::string, std::vector<const Parameter*>>> grouped_parameters(
    const OperationSpec& spec) {
  std::vector<std::pair<std::string, std::vector<const Parameter*>>> groups = {{"Arguments", {}}};
  for (const Parameter& parameter : spec.parameters) {
    const std::string heading = parameter.positional      ? "Arguments"
                                : parameter.group.empty() ? "Options"
                                                          : parameter.group;
    auto group = std::ranges::find(groups, heading, [](const auto& entry) { return entry.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {heading, {}});
    group->second.push_back(&parameter);
  }
  if (groups.front().second.empty()) groups.erase(groups.begin());
  return groups;
}

std::string signature(const Parameter& parameter) {
  const std::string placeholder = parameter.placeholder();
  if (parameter.positional) return placeholder + (parameter.is_list ? "..." : "");
  const bool on_by_default = parameter.default_value.is_boolean() && parameter.default_value.get<bool>();
  std::string text = parameter.short_name == 0 ? "" : fmt::format("-{}, ", parameter.short_name);
  text += (on_by_default ? "--[no-]" : "--") + parameter.name;
  if (!placeholder.empty()) text += " " + placeholder;
  if (parameter.is_list && parameter.count == 0 && !parameter.repeat) text += ",...";
  return text;
}

std::string default_text(const Parameter& parameter) {
  const auto& value = parameter.default_value;
  if (parameter.required || value.is_null() || value.is_boolean()) return "";
  if (!value.is_array()) return item_text(value);
  std::vector<std::string> items;
  for (const auto& item : value) items.push_back(item_text(item));
  return join(items, ",");
}

std::string full_help(const Parameter& parameter) {
  std::vector<std::string> notes;
  const bool in_signature = parameter.placeholder().find('|') != std::string::npos;
  if (!parameter.choices.empty() && !in_signature) notes.push_back("one of " + join(parameter.choices));
  const std::string range = parameter.allowed_range();
  if (!range.empty()) notes.push_back(parameter.unit.empty() ? range : range + " " + parameter.unit);
  if (range.empty() && !parameter.unit.empty()) notes.push_back("in " + parameter.unit);
  if (parameter.repeat) notes.push_back("may be repeated");
  return notes.empty() ? parameter.help : fmt::format("{} ({})", parameter.help, join(notes, "; "));
}

std::string reference_page(const OperationSpec& spec) {
  std::string page = fmt::format("{}\n# orthocover {}\n\n{}.\n\n```\northocover {}\n```\n\n{}\n", kGenerated,
                                 spec.name, spec.summary, spec.usage(), spec.description);
  for (const auto& [heading, parameters] : grouped_parameters(spec)) {
    page += fmt::format("\n## {}\n\n{}", heading, parameter_rows(parameters));
  }
  page += fmt::format(
      "\nThe options can also come from a JSON file, `--config FILE`: the names with underscores, as in\n"
      "[the schema](../../schemas/run/v1/{}.schema.json). Flags win over the file.\n",
      spec.name);
  if (spec.examples.empty()) return page;
  page += "\n## Examples\n";
  for (const auto& [command, what] : spec.examples)
    page += fmt::format("\n{}:\n\n```\n{}\n```\n", what, command);
  return page;
}

std::string reference_index(const std::vector<OperationSpec>& specs) {
  std::string page =
      fmt::format("{}\n# Operations\n\n| Operation | What it does |\n| --- | --- |\n", kGenerated);
  for (const OperationSpec& spec : specs) {
    page += fmt::format("| [{0}]({0}.md) | {1} |\n", spec.name, cell(spec.summary));
  }
  return page;
}

}  // namespace orthocover
