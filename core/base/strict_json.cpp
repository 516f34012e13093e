#include "core/base/strict_json.h"

#include <set>
#include <vector>

#include "core/base/json_text.h"

namespace orthocover {
namespace {

using Json = nlohmann::json;
constexpr int kMaxDepth = 64;

/// Watches the parser's events; keys of the objects that are open, innermost last.
class Watch {
 public:
  Watch(std::string_view what, ErrorKind kind) : m_what(what), m_kind(kind) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > kMaxDepth) {
      throw Error(m_kind, fmt::format("{}: the JSON is nested more than {} levels deep", m_what, kMaxDepth));
    }
    if (event == Event::object_start) m_keys.emplace_back();
    if (event == Event::object_end) m_keys.pop_back();
    if (event == Event::key && !m_keys.back().insert(parsed.get<std::string>()).second) {
      throw Error(m_kind, fmt::format("{}: the key '{}' stands twice in one object", m_what,
                                      parsed.get<std::string>()));
    }
    return true;
  }

 private:
  std::string_view m_what;
  ErrorKind m_kind;
  std::vector<std::set<std::string>> m_keys;
};

}  // namespace

Json parse_strict_json(std::string_view text, std::string_view what, ErrorKind kind) {
  Watch watch(what, kind);
  try {
    return Json::parse(text, [&watch](int depth, Json::parse_event_t event, Json& parsed) {
      return watch(depth, event, parsed);
    });
  } catch (const nlohmann::json::exception& error) {
    throw Error(kind, fmt::format("{}: is not valid JSON: {}", what, fault_of(error)));
  }
}

}  // namespace orthocover
