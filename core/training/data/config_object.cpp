#include "core/training/data/config_object.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr std::size_t kMaxTextBytes = 4096;

bool is_text(const nlohmann::json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty() &&
         value.get_ref<const std::string&>().size() <= kMaxTextBytes;
}

bool is_whole(const nlohmann::json& value, std::int64_t min, std::int64_t max) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    return false;
  return value.get<std::int64_t>() >= min && value.get<std::int64_t>() <= max;
}

}  // namespace

ConfigObject::ConfigObject(const nlohmann::json& value, std::string file, std::string path)
    : m_value(value), m_file(std::move(file)), m_path(std::move(path)) {
  if (!m_value.is_object()) {
    throw usage_error("{}: {} is {}; allowed: an object", m_file, m_path.empty() ? "the whole" : m_path,
                      shown(m_value));
  }
}

const nlohmann::json* ConfigObject::find(const std::string& key) {
  if (std::ranges::find(m_known, key) == m_known.end()) m_known.push_back(key);
  const auto found = m_value.find(key);
  return found == m_value.end() ? nullptr : &*found;
}

bool ConfigObject::has(const std::string& key) {
  return find(key) != nullptr;
}

const nlohmann::json& ConfigObject::at(const std::string& key) {
  const nlohmann::json* value = find(key);
  if (value == nullptr)
    throw usage_error("{}: {}'{}' is missing", m_file, m_path.empty() ? "" : m_path + ": ", key);
  return *value;
}

void ConfigObject::refuse(const std::string& key, std::string_view allowed) const {
  throw usage_error("{}: {} is {}; allowed: {}", m_file, place(key), shown(m_value.at(key)), allowed);
}

ConfigObject ConfigObject::object(const std::string& key) {
  return {at(key), m_file, place(key)};
}

std::vector<ConfigObject> ConfigObject::objects(const std::string& key, std::size_t max) {
  const nlohmann::json& list = at(key);
  if (!list.is_array() || list.empty() || list.size() > max)
    refuse(key, fmt::format("a list of 1..{} objects", max));
  std::vector<ConfigObject> objects;
  for (std::size_t i = 0; i < list.size(); ++i)
    objects.emplace_back(list[i], m_file, fmt::format("{}[{}]", place(key), i));
  return objects;
}

std::string ConfigObject::text(const std::string& key, const std::string& fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!is_text(*value)) refuse(key, fmt::format("a text of 1..{} bytes", kMaxTextBytes));
  return value->get<std::string>();
}

std::vector<std::string> ConfigObject::texts(const std::string& key, std::size_t max) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return {};
  if (is_text(*value)) return {value->get<std::string>()};
  if (!value->is_array() || value->empty() || value->size() > max || !std::ranges::all_of(*value, is_text))
    refuse(key, fmt::format("a text, or a list of 1..{} texts", max));
  return value->get<std::vector<std::string>>();
}

std::string ConfigObject::word(const std::string& key, const std::string& fallback,
                               const std::vector<std::string>& allowed) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string() || std::ranges::find(allowed, value->get<std::string>()) == allowed.end())
    refuse(key, join(allowed));
  return value->get<std::string>();
}

std::int64_t ConfigObject::whole(const std::string& key, std::int64_t fallback, std::int64_t min,
                                 std::int64_t max) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!is_whole(*value, min, max)) refuse(key, fmt::format("a whole number in {}..{}", min, max));
  return value->get<std::int64_t>();
}

std::optional<double> ConfigObject::number(const std::string& key, double min, double max) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= min && number <= max)) refuse(key, fmt::format("a number in {}..{}", min, max));
  return number;
}

bool ConfigObject::flag(const std::string& key, bool fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) refuse(key, "true or false");
  return value->get<bool>();
}

std::vector<int> ConfigObject::whole_numbers(const std::string& key, std::size_t max_count, int min,
                                             int max) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return {};
  const auto fits = [&](const nlohmann::json& item) { return is_whole(item, min, max); };
  if (!value->is_array() || value->empty() || value->size() > max_count || !std::ranges::all_of(*value, fits))
    refuse(key, fmt::format("a list of 1..{} whole numbers in {}..{}", max_count, min, max));
  return value->get<std::vector<int>>();
}

void ConfigObject::finish() const {
  for (const auto& [key, value] : m_value.items()) {
    if (std::ranges::find(m_known, key) != m_known.end()) continue;
    throw usage_error("{}: {} has no '{}'{}; it may have {}", m_file,
                      m_path.empty() ? "a training config" : m_path, one_line(key),
                      did_you_mean(key, m_known), join(m_known));
  }
}

}  // namespace orthocover
