#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/error.h"

namespace orthocover {

/// JSON from a foreign file. Refuses, besides bad syntax, a key that stands twice in one object and more than
/// 64 levels of nesting.
/// @param what names the file in messages
/// @throws Error{kind}
nlohmann::json parse_strict_json(std::string_view text, std::string_view what,
                                 ErrorKind kind = ErrorKind::Model);

}  // namespace orthocover
