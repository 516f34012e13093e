#include "core/base/strict_json.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/json_text.h"
#include "core/base/plain_text.h"

namespace orthocover {
namespace {

using Json = nlohmann::json;
constexpr int kMaxDepth = 64;

/// Watches the parser's events; keys of the objects that are open, innermost last.
class Watch final : public nlohmann::json_sax<Json> {
 public:
  Watch(std::string_view what, ErrorKind kind) : m_what(what), m_kind(kind) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    m_keys.emplace_back();
    return deeper();
  }
  bool end_object() override {
    m_keys.pop_back();
    return --m_depth >= 0;
  }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return --m_depth >= 0; }
  bool key(string_t& key) override {
    if (m_keys.back().insert(key).second) return true;
    throw Error(m_kind, fmt::format("{}: the key '{}' stands twice in one object", m_what, shortened(key)));
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;  // the parser itself tells it
  }

 private:
  bool deeper() {
    if (++m_depth <= kMaxDepth) return true;
    throw Error(m_kind, fmt::format("{}: the JSON is nested more than {} levels deep", m_what, kMaxDepth));
  }

  std::string_view m_what;
  ErrorKind m_kind;
  int m_depth = 0;
  std::vector<std::unordered_set<std::string>> m_keys;
};

}  // namespace

Json parse_strict_json(std::string_view text, std::string_view what, ErrorKind kind) {
  Watch watch(what, kind);
  // Twice, for the parser's own callbacks take time with the square of an object's members.
  Json::sax_parse(text, &watch);
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw Error(kind, fmt::format("{}: is not valid JSON: {}", what, fault_of(error)));
  }
}

std::string schema_text(const nlohmann::ordered_json& schema) {
  using Json = nlohmann::ordered_json;
  const auto lines = [](const Json& object, const auto& text_of) {
    std::string text = "{";
    for (const auto& [key, value] : object.items())
      text += fmt::format("{}\n{}: {}", text == "{" ? "" : ",", Json(key).dump(), text_of(key, value));
    return text + "\n}";
  };
  const auto in_line = [](const std::string&, const Json& value) { return value.dump(); };
  const auto member = [&](const std::string& key, const Json& value) {
    return key == "properties" || key == "$defs" ? lines(value, in_line) : value.dump();
  };
  return lines(schema, member) + "\n";
}

}  // namespace orthocover
