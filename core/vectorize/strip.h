#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "core/ports/feature_sink.h"
#include "core/vectorize/arc_simplifier.h"
#include "core/vectorize/strip_graph.h"

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

/// Confidence of the pixels of a strip, context row left out.
struct StripConfidence {
  Buffer<float> values;             ///< @shape [rows, cols]
  std::vector<std::uint8_t> valid;  ///< @shape [rows, cols]
};

/// A strip after tracing.
struct TracedStrip {
  StripLabels labels;
  StripGraph graph;
  std::vector<PixelTally> tallies;         ///< per component
  std::vector<std::uint32_t> context_row;  ///< component of each run of the context row
  std::vector<std::uint32_t> bottom_row;   ///< component of each run of the last row
  std::vector<std::uint32_t> features;     ///< per component its feature: one of the feature's components
  std::vector<bool> is_open;               ///< per component whether its feature goes on in another strip
};

/// @param rows context row first
/// @param eight components that touch at a corner are one feature
/// @param is_last whether the raster ends below
/// @param keep_rows the corners keep the rows, for those who need vertical edges
TracedStrip trace(const std::shared_ptr<const ClassRows>& rows, bool eight, bool is_last, bool keep_rows,
                  const std::optional<StripConfidence>& confidence, std::int64_t cols);

/// A finished boundary that a feature beyond the strip needs too.
struct SharedArc {
  std::vector<FinePoint> points;
  Direction start = kUp;
  Direction finish = kUp;
  std::int64_t area_px = 0;
  std::uint32_t left = StripLabels::kNone;  ///< open component of the strip; kNone: closed, or no class
  std::uint32_t right = StripLabels::kNone;
};

/// What a strip gives to the whole.
struct StripYield {
  std::vector<FinishedFeature> features;  ///< those that lie wholly inside
  std::vector<SharedArc> arcs;
};

/// Simplifies the boundaries that lie wholly inside a strip, and makes its polygons.
/// @param strip its labels and points may be dropped afterwards, but for the pieces that leave it
StripYield finish(const TracedStrip& strip, const SimplifySettings& settings, const CornerIndex& corners);

/// Integral of x dy along a boundary.
std::int64_t area_along(std::span<const GridPoint> points);

}  // namespace orthocover::vectorize
