#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orthocover {

/// Names of classes stand in every polygon, in styles and in reports.
inline constexpr std::size_t kMaxClassNameBytes = 200;

/// @throws Error{Model} unless the name is one line of UTF-8 that has text and at most kMaxClassNameBytes
void check_class_name(std::string_view name);

/// Text of a foreign file as a name that check_class_name() takes, or nothing where the text is blank:
/// control characters become spaces, spaces in a row one, bytes that are not UTF-8 question marks, and what
/// is too long is cut.
std::string clean_class_name(std::string_view text);

}  // namespace orthocover
