#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/base/plain_text.h"

namespace orthocover {

/// `json` on one line. Names of files and of classes in them need not be UTF-8: bytes that are not are
/// replaced (U+FFFD), for a report with a strange letter is worth more than none.
template <class Json>
std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// `json` as a document for people: indented, with a line break at its end, else as json_line().
template <class Json>
std::string json_document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// A value, or null where there is none.
template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

/// A value as messages show it.
inline std::string shown(const nlohmann::json& value) {
  return shortened(json_line(value));
}

/// What is wrong with a text that is no JSON, without the library's number of the error.
inline std::string fault_of(const nlohmann::json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return text.starts_with("[json.") && end != std::string::npos ? text.substr(end + 2) : text;
}

}  // namespace orthocover
