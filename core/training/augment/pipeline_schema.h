#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace orthocover {

/// JSON Schema of an augmentation pipeline, from the table of transforms.
/// @source JSON Schema draft 2020-12
nlohmann::ordered_json augmentation_schema();

/// The schema as its file has it: a line for each member, and for each definition.
std::string augmentation_schema_text();

/// The table of transforms with keys, defaults and ranges, in Markdown.
std::string augmentation_reference();

/// A page whose part between the lines `<!-- transforms -->` and `<!-- end of transforms -->` is that table.
/// @throws Error{Data} when the page has no such lines
std::string with_augmentation_reference(const std::string& page);

}  // namespace orthocover
