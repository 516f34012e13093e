#include "georef/labels/class_codes.h"

#include "core/base/error.h"

namespace orthocover {

ClassCodes::ClassCodes(std::string path, const std::vector<std::int64_t>& left_out)
    : m_path(std::move(path)), m_values(1, 0) {
  for (const std::int64_t value : left_out) m_codes.emplace(value, std::uint16_t{0});
}

std::uint16_t ClassCodes::code_of(std::int64_t value) {
  {
    const std::shared_lock lock(m_mutex);
    const auto found = m_codes.find(value);
    if (found != m_codes.end()) return found->second;
  }
  return add(value);
}

std::uint16_t ClassCodes::add(std::int64_t value) {
  const std::unique_lock lock(m_mutex);
  const auto [entry, is_new] = m_codes.try_emplace(value, static_cast<std::uint16_t>(m_values.size()));
  if (!is_new) return entry->second;
  if (m_values.size() > kMaxValues) {
    m_codes.erase(entry);
    throw data_error(
        "{}: has more than {} different values, so it looks like an image or like identifiers, not like "
        "classes; name another band, or group its values into classes first (gdal_calc.py)",
        m_path, kMaxValues);
  }
  m_values.push_back(value);
  return entry->second;
}

std::int64_t ClassCodes::value_of(std::uint16_t code) const {
  const std::shared_lock lock(m_mutex);
  return m_values.at(code);
}

}  // namespace orthocover
