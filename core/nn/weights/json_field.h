#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace orthocover::nn {

/// A value inside a JSON file together with its place, so that every complaint names both:
/// `model.json: orthocover:patch_size_px is 3; allowed: a whole number in 32..16384`. All members throw
/// Error{Model}.
class JsonField {
 public:
  /// @param file names the file in messages
  JsonField(const nlohmann::json& value, std::string file) : m_value(value), m_file(std::move(file)) {}

  const nlohmann::json& value() const { return m_value; }
  bool has(const char* key) const;
  /// A member that must be there.
  JsonField at(const char* key) const;
  /// Elements of a list with at least `min` and at most `max` of them.
  std::vector<JsonField> items(std::size_t min, std::size_t max) const;

  /// One line without control characters.
  std::string text(std::size_t min_length = 1, std::size_t max_length = 10000) const;
  /// Text of any length whose only control characters are line breaks and tabs.
  std::string paragraphs() const;
  /// A text out of a list of words.
  std::string word(const std::vector<std::string>& allowed) const;
  std::int64_t whole(std::int64_t min, std::int64_t max) const;
  double number(double min, double max) const;
  /// A number above zero.
  double positive() const;
  /// The object or list itself, which must be an object.
  const nlohmann::json& object() const;

  [[noreturn]] void refuse(std::string_view allowed) const;

 private:
  JsonField(const nlohmann::json& value, std::string file, std::string path)
      : m_value(value), m_file(std::move(file)), m_path(std::move(path)) {}

  const nlohmann::json& m_value;
  std::string m_file;
  std::string m_path;
};

}  // namespace orthocover::nn
