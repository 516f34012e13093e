#include "core/ports/memory_classes.h"

#include <limits>

#include "core/base/error.h"

namespace orthocover {

MemoryClassSource::MemoryClassSource(RasterInfo info, Value value, Valid valid,
                                     std::vector<ClassEntry> classes)
    : m_info(std::move(info)),
      m_value(std::move(value)),
      m_valid(std::move(valid)),
      m_classes(std::move(classes)) {}

PixelSize MemoryClassSource::pixel_size() const {
  const double side = m_info.ground_size_m.value_or(1);
  return {side, side, m_info.ground_size_m.has_value()};
}

std::uint16_t MemoryClassSource::code_of(std::int64_t value) const {
  const auto [entry, is_new] = m_codes.try_emplace(value, 0);
  if (is_new) {
    if (m_values.size() == std::numeric_limits<std::uint16_t>::max())
      throw data_error("{}: has more than {} different values", m_info.path, m_values.size());
    m_values.push_back(value);
    entry->second = static_cast<std::uint16_t>(m_values.size());
  }
  return entry->second;
}

void MemoryClassSource::read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const {
  if (row < 0 || rows < 0 || row + rows > m_info.rows)
    throw internal_error("rows {} to {} are outside the raster", row, row + rows);
  const std::scoped_lock lock(m_mutex);
  for (std::int64_t r = row; r < row + rows; ++r) {
    for (std::int64_t col = 0; col < m_info.cols; ++col)
      *codes++ = !m_valid || m_valid(col, r) ? code_of(m_value(col, r)) : kNoCode;
  }
}

std::int64_t MemoryClassSource::value_of(std::uint16_t code) const {
  const std::scoped_lock lock(m_mutex);
  if (code == kNoCode || code > m_values.size()) throw internal_error("code {} stands for no value", code);
  return m_values[code - 1U];
}

}  // namespace orthocover
