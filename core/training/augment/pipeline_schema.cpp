#include "core/training/augment/pipeline_schema.h"

#include "core/base/error.h"
#include "core/base/strict_json.h"
#include "core/base/text.h"
#include "core/training/augment/choice.h"
#include "core/training/augment/transform.h"

namespace orthocover {
namespace {

using augment::KeyType;
using augment::TransformKey;
using Json = nlohmann::ordered_json;

Json number_schema(const TransformKey& key, bool whole) {
  Json schema = {{"type", whole ? "integer" : "number"},
                 {"minimum", augment::number_json(key.min)},
                 {"maximum", augment::number_json(key.max)}};
  // Odd numbers can't be said of integers but by exclusion.
  if (key.odd) schema["not"] = {{"multipleOf", 2}};
  return schema;
}

Json key_schema(const TransformKey& key) {
  Json schema = {{"description", key.help}};
  switch (key.type) {
    case KeyType::Number:
    case KeyType::Integer:
      schema.update(number_schema(key, key.type == KeyType::Integer));
      break;
    case KeyType::Range:
    case KeyType::IntRange:
      schema.update(Json{{"type", "array"},
                         {"items", number_schema(key, key.type == KeyType::IntRange)},
                         {"minItems", 2},
                         {"maxItems", 2}});
      break;
    case KeyType::Flag:
      schema["type"] = "boolean";
      break;
    case KeyType::Choice:
      schema["enum"] = key.choices;
  }
  schema["default"] = key.default_value;
  return schema;
}

Json object_schema(const std::string& name, const std::string& summary, double probability) {
  Json schema = {{"description", summary}, {"type", "object"}, {"required", {"name"}}};
  schema["properties"]["name"] = {{"const", name}};
  schema["properties"]["p"] = {{"$ref", "#/$defs/probability"},
                               {"default", augment::number_json(probability)}};
  schema["additionalProperties"] = false;
  return schema;
}

template <class Kind>
Json kind_schema(const Kind& kind) {
  Json schema = object_schema(kind.name, kind.summary, kind.probability);
  for (const TransformKey& key : kind.keys) schema["properties"][key.name] = key_schema(key);
  return schema;
}

Json choice_schema(const char* name, const char* summary, bool with_count) {
  static constexpr double kProbability = 0.5;
  Json schema = object_schema(name, summary, kProbability);
  if (with_count) schema["properties"]["count"] = {{"type", "integer"}, {"minimum", 1}, {"default", 1}};
  schema["properties"]["transforms"] = {
      {"type", "array"}, {"minItems", 1}, {"items", {{"$ref", "#/$defs/transform"}}}};
  schema["required"].push_back("transforms");
  return schema;
}

/// `[-45, 45]` as code, choices as words.
std::string default_text(const TransformKey& key) {
  if (key.default_value.is_string()) return key.default_value.get<std::string>();
  if (!key.default_value.is_array()) return key.default_value.dump();
  std::vector<std::string> parts;
  for (const Json& end : key.default_value) parts.push_back(fmt::format("{:.4g}", end.get<double>()));
  return fmt::format("[{}]", join(parts));
}

std::string allowed_text(const TransformKey& key) {
  if (key.type == KeyType::Flag) return "true, false";
  if (key.type == KeyType::Choice) return join(key.choices);
  return fmt::format("{}..{}", key.min, key.max);
}

template <class Kind>
void append_rows(const Kind& kind, std::string& text) {
  const std::string start = fmt::format("| `{}` | {:.4g} | {}", kind.name, kind.probability, kind.summary);
  if (kind.keys.empty()) text += start + " | | | |\n";
  for (std::size_t i = 0; i < kind.keys.size(); ++i) {
    const TransformKey& key = kind.keys[i];
    text += fmt::format("{} | `{}`: {} | {} | {} |\n", i == 0 ? start : "| | | ", key.name, key.help,
                        default_text(key), allowed_text(key));
  }
}

void begin_group(const std::string& group, std::string& text) {
  text += fmt::format(
      "\n### {}\n\n| name | p | what | keys | default | allowed |\n"
      "| --- | --- | --- | --- | --- | --- |\n",
      group);
}

}  // namespace

Json augmentation_schema() {
  Json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["$id"] = "urn:orthocover:schema:training:augmentation:v1";
  schema["title"] = "orthocover augmentation pipeline";
  schema["description"] =
      "How training patches are varied: transforms in their order, each with a probability.";
  schema["type"] = "object";
  schema["required"] = {"transforms"};
  schema["properties"]["$schema"] = {{"type", "string"}};
  schema["properties"]["transforms"] = {
      {"type", "array"},
      {"items", {{"anyOf", {{{"$ref", "#/$defs/transform"}}, {{"$ref", "#/$defs/mix"}}}}}}};
  schema["additionalProperties"] = false;
  auto& definitions = schema["$defs"];
  definitions["probability"] = {{"description", "Probability; in a choice, the weight"},
                                {"type", "number"},
                                {"minimum", 0},
                                {"maximum", 1}};
  definitions["transform"]["oneOf"] = Json::array();
  definitions["mix"]["oneOf"] = Json::array();
  const auto define = [&](const char* list, const std::string& name, Json definition) {
    definitions[list]["oneOf"].push_back({{"$ref", "#/$defs/" + name}});
    definitions[name] = std::move(definition);
  };
  for (const auto& kind : augment::transform_kinds()) define("transform", kind.name, kind_schema(kind));
  using augment::OneOf;
  using augment::SomeOf;
  define("transform", OneOf::kName, choice_schema(OneOf::kName, OneOf::kSummary, false));
  define("transform", SomeOf::kName, choice_schema(SomeOf::kName, SomeOf::kSummary, true));
  for (const auto& kind : augment::mix_kinds()) define("mix", kind.name, kind_schema(kind));
  return schema;
}

std::string augmentation_reference() {
  std::string text;
  std::string group;
  for (const auto& kind : augment::transform_kinds()) {
    if (kind.group != group) begin_group(group = kind.group, text);
    append_rows(kind, text);
  }
  using augment::OneOf;
  using augment::SomeOf;
  begin_group("Choices", text);
  text += fmt::format("| `{}` | 0.5 | {} | `transforms` | | |\n", OneOf::kName, OneOf::kSummary);
  text += fmt::format("| `{}` | 0.5 | {} | `count` | 1 | 1..number of transforms |\n", SomeOf::kName,
                      SomeOf::kSummary);
  text += "| | | | `transforms` | | |\n";
  begin_group(augment::mix_kinds().front().group, text);
  for (const auto& kind : augment::mix_kinds()) append_rows(kind, text);
  return text;
}

std::string augmentation_schema_text() {
  return schema_text(augmentation_schema());
}

std::string with_augmentation_reference(const std::string& page) {
  static const std::string kBegin = "<!-- transforms -->\n";
  static const std::string kEnd = "\n<!-- end of transforms -->\n";
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw data_error("the page has no lines '<!-- transforms -->' and '<!-- end of transforms -->'");
  }
  return page.substr(0, begin + kBegin.size()) + augmentation_reference() + page.substr(end);
}

}  // namespace orthocover
