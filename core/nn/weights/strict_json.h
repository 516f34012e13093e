#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace orthocover::nn {

/// JSON from a foreign file. Refuses, besides bad syntax, a key that stands twice in one object and more than
/// 64 levels of nesting.
/// @param what names the file in messages
/// @throws Error{Model}
nlohmann::json parse_strict_json(std::string_view text, std::string_view what);

}  // namespace orthocover::nn
