#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "core/ports/class_source.h"

namespace orthocover {

/// A class raster computed from a formula: the in-memory twin of a class raster file.
class MemoryClassSource final : public ClassSource {
 public:
  using Value = std::function<std::int64_t(std::int64_t col, std::int64_t row)>;
  using Valid = std::function<bool(std::int64_t col, std::int64_t row)>;

  /// @param value (col, row) -> class value
  /// @param valid (col, row) -> whether the pixel belongs to a class; empty: everywhere
  MemoryClassSource(RasterInfo info, Value value, Valid valid = {}, std::vector<ClassEntry> classes = {});

  const RasterInfo& info() const override { return m_info; }
  /// The ground size of info(); metric where it has one.
  PixelSize pixel_size() const override;
  const std::vector<ClassEntry>& classes() const override { return m_classes; }
  void read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const override;
  std::int64_t value_of(std::uint16_t code) const override;

 private:
  std::uint16_t code_of(std::int64_t value) const;

  RasterInfo m_info;
  Value m_value;
  Valid m_valid;
  std::vector<ClassEntry> m_classes;
  mutable std::mutex m_mutex;
  mutable std::map<std::int64_t, std::uint16_t> m_codes;  ///< by value, in the order they were met
  mutable std::vector<std::int64_t> m_values;             ///< by code - 1
};

}  // namespace orthocover
