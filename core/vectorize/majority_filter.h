#pragma once

#include "core/ports/class_source.h"

namespace orthocover::vectorize {

/// A class raster in which every pixel has the commonest class of the square around it. Pixels without class
/// stay without and have no say; where several classes are equally common the pixel keeps its own if that is
/// among them, else the smallest value wins.
class MajorityFilter final : public ClassSource {
 public:
  /// @param side of the square, odd @units px
  MajorityFilter(const ClassSource& source, int side) : m_source(source), m_radius(side / 2) {}

  const RasterInfo& info() const override { return m_source.info(); }
  PixelSize pixel_size() const override { return m_source.pixel_size(); }
  const std::vector<ClassEntry>& classes() const override { return m_source.classes(); }
  std::int64_t value_of(std::uint16_t code) const override { return m_source.value_of(code); }
  void read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const override;

 private:
  const ClassSource& m_source;
  std::int64_t m_radius;
};

}  // namespace orthocover::vectorize
