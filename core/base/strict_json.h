#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace orthocover {

/// JSON from a foreign file. Refuses, besides bad syntax, a key that stands twice in one object and more than
/// 64 levels of nesting.
/// @param what names the file in messages
/// @throws Error{kind}
nlohmann::json parse_strict_json(std::string_view text, std::string_view what,
                                 ErrorKind kind = ErrorKind::Model);

/// A JSON Schema for people to read: a line for each member, and for each of `properties` and `$defs`.
std::string schema_text(const nlohmann::ordered_json& schema);

}  // namespace orthocover
