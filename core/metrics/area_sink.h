#pragma once

#include <array>
#include <string>

#include "core/geometry/area_scale.h"
#include "core/ports/raster_sink.h"

namespace orthocover {

/// Passes a map on to its sink and adds up the ground of each value of band 0, so that areas need no second
/// reading. Within a window the ground of a pixel may change along a row, but evenly.
class AreaSink final : public RasterSink {
 public:
  /// Both must outlive the object.
  AreaSink(RasterSink& target, const AreaScale& scale) : m_target(target), m_scale(scale) {}

  void write(const Window& window, int band, std::span<const std::uint8_t> pixels) override;
  void finish(const ValueCounts& counts) override { m_target.finish(counts); }
  void add_to(CommitSteps& steps) override { m_target.add_to(steps); }
  std::string finished_path() const override { return m_target.finished_path(); }

  /// Ground of all pixels of a value so far.
  double ground(std::uint8_t value) const { return m_ground[value]; }

 private:
  /// Ground of columns [from, to) of a row of pixels.
  double ground_of(double from, double to, std::int64_t row) const;
  void add_row(const Window& window, std::int64_t row, const std::uint8_t* values);

  RasterSink& m_target;
  const AreaScale& m_scale;
  std::array<double, 256> m_ground{};
};

}  // namespace orthocover
