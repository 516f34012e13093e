#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// Largest value of an unsigned data type of 8 or 16 bits, 1 for all others.
/// @param data_type GDAL's or MLM's name: Byte, uint8, UInt16 ...
double full_range(const std::string& data_type);

/// What stretches `low`..`high` to 0..`range`; finite for a band of one value, too.
double stretch_gain(double low, double high, double range);

/// A scene whose patches are stretched, band by band, from bounds of its own to the full range of its data
/// type and cut off there: scenes of other light, camera and processing come to look alike. Its pixels are
/// read as they are, so that they are resampled before they are cut off, as those of a map are.
class StretchedSource final : public RasterSource {
 public:
  /// @param bounds (low, high) of each selected band, as scene_percentiles() finds them
  StretchedSource(std::shared_ptr<const RasterSource> source,
                  const std::vector<std::pair<double, double>>& bounds);

  const RasterInfo& info() const override { return m_source->info(); }
  std::vector<std::string> files() const override { return m_source->files(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    m_source->read(window, overview, out);
  }
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override {
    m_source->read_bytes(window, overview, out);
  }
  void adjust(PixelBlock& patch) const override;
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    m_source->read_validity(window, valid);
  }

 private:
  struct Line {
    float low;
    float gain;
  };

  std::shared_ptr<const RasterSource> m_source;
  std::vector<Line> m_lines;  ///< by band
  float m_range;
};

}  // namespace orthocover
