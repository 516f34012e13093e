#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/geometry/area_scale.h"
#include "core/geometry/window.h"

namespace orthocover {

/// Adds up the ground of each value of a map block by block, so that areas need no second reading. Within a
/// block the ground of a pixel may change along a row, but evenly.
class AreaSums {
 public:
  using ByValue = std::array<double, 256>;

  /// @param scale must outlive the object
  explicit AreaSums(const AreaScale& scale) : m_scale(scale) {}

  /// Ground of a block's values; any thread may ask.
  /// @param values @shape [window.rows, window.cols]
  ByValue of(const Window& window, std::span<const std::uint8_t> values) const;
  void add(const ByValue& block);

  /// Ground of all pixels of a value so far.
  double ground(std::uint8_t value) const { return m_ground[value]; }

 private:
  /// Ground of columns [from, to) of a row of pixels.
  double ground_of(double from, double to, std::int64_t row) const;
  void add_row(const Window& window, std::int64_t row, const std::uint8_t* values, ByValue& ground) const;

  const AreaScale& m_scale;
  ByValue m_ground{};
};

}  // namespace orthocover
