#include "core/nn/weights/json_field.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"

namespace orthocover::nn {

void JsonField::refuse(std::string_view allowed) const {
  throw model_error("{}: {} is {}; allowed: {}", m_file, m_path.empty() ? "the whole" : m_path,
                    shown(m_value), allowed);
}

bool JsonField::has(const char* key) const {
  return object().contains(key);
}

JsonField JsonField::at(const char* key) const {
  if (!has(key)) {
    throw model_error("{}: {}'{}' is missing", m_file, m_path.empty() ? "" : m_path + ": ", key);
  }
  return {m_value.at(key), m_file, m_path.empty() ? key : m_path + "." + key};
}

std::vector<JsonField> JsonField::items(std::size_t min, std::size_t max) const {
  if (!m_value.is_array() || m_value.size() < min || m_value.size() > max) {
    refuse(min == max ? fmt::format("a list of {}", min) : fmt::format("a list of {}..{} items", min, max));
  }
  std::vector<JsonField> fields;
  for (std::size_t i = 0; i < m_value.size(); ++i) {
    fields.push_back({m_value[i], m_file, fmt::format("{}[{}]", m_path, i)});
  }
  return fields;
}

std::string JsonField::text(std::size_t min_length, std::size_t max_length) const {
  const bool fits = m_value.is_string() && m_value.get_ref<const std::string&>().size() >= min_length &&
                    m_value.get_ref<const std::string&>().size() <= max_length;
  if (!fits) refuse(fmt::format("a text of {}..{} bytes", min_length, max_length));
  if (has_control_characters(m_value.get_ref<const std::string&>()))
    refuse("one line of plain text, no control characters");
  return m_value.get<std::string>();
}

std::string JsonField::paragraphs() const {
  if (!m_value.is_string()) refuse("a text");
  if (printable(m_value.get_ref<const std::string&>()) != m_value.get_ref<const std::string&>())
    refuse("plain text; its only control characters are line breaks and tabs");
  return m_value.get<std::string>();
}

std::string JsonField::word(const std::vector<std::string>& allowed) const {
  const bool known = m_value.is_string() &&
                     std::find(allowed.begin(), allowed.end(), m_value.get<std::string>()) != allowed.end();
  if (!known) refuse(join(allowed));
  return m_value.get<std::string>();
}

std::int64_t JsonField::whole(std::int64_t min, std::int64_t max) const {
  const bool in_type = m_value.is_number_integer() &&
                       (!m_value.is_number_unsigned() ||
                        m_value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max());
  if (!in_type || m_value.get<std::int64_t>() < min || m_value.get<std::int64_t>() > max) {
    refuse(fmt::format("a whole number in {}..{}", min, max));
  }
  return m_value.get<std::int64_t>();
}

double JsonField::number(double min, double max) const {
  const bool fits = m_value.is_number() && std::isfinite(m_value.get<double>()) &&
                    m_value.get<double>() >= min && m_value.get<double>() <= max;
  if (!fits) refuse(fmt::format("a number in {}..{}", min, max));
  return m_value.get<double>();
}

double JsonField::positive() const {
  if (!m_value.is_number() || !std::isfinite(m_value.get<double>()) || !(m_value.get<double>() > 0)) {
    refuse("a number above 0");
  }
  return m_value.get<double>();
}

const nlohmann::json& JsonField::object() const {
  if (!m_value.is_object()) refuse("an object");
  return m_value;
}

}  // namespace orthocover::nn
