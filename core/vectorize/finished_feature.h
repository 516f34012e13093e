#pragma once

#include <cstdint>
#include <tuple>

#include "core/ports/feature_sink.h"

namespace orthocover::vectorize {

/// Pixels of a component, of a feature, or of what is known of one.
struct PixelTally {
  std::int64_t pixels = 0;
  std::int64_t rated = 0;  ///< pixels with a confidence
  double confidence = 0;   ///< sum over the rated pixels
  std::int32_t first_row = 0;
  std::int32_t first_col = 0;
  std::int32_t last_row = 0;

  void add(const PixelTally& other) {
    if (other.pixels == 0) return;
    const auto first = std::tie(first_row, first_col);
    if (pixels == 0 || std::tie(other.first_row, other.first_col) < first) {
      first_row = other.first_row;
      first_col = other.first_col;
    }
    last_row = pixels == 0 || other.last_row > last_row ? other.last_row : last_row;
    pixels += other.pixels;
    rated += other.rated;
    confidence += other.confidence;
  }
};

/// A feature with what its place among all others follows from: features come in the order of their last
/// row, then of their first pixel, however the raster was cut.
struct FinishedFeature {
  RasterPolygon polygon;
  std::uint16_t code = 0;
  PixelTally tally;

  auto place() const { return std::tie(tally.last_row, tally.first_row, tally.first_col); }
};

}  // namespace orthocover::vectorize
