#pragma once

#include <memory>
#include <vector>

#include "core/vectorize/class_rows.h"
#include "core/vectorize/corner_rows.h"
#include "core/vectorize/strip_labels.h"

namespace orthocover::vectorize {

/// Where a vertical edge comes out of a strip: position of the edge among the changes of the context row
/// (above) or of the last row (below).
struct StripExit {
  enum class Side : std::uint8_t { None, Above, Below };
  Side side = Side::None;
  std::uint32_t edge = 0;
};

/// A boundary between two components, as far as it runs inside one strip: from node to node, closed in
/// itself, or cut at the strip's rim.
struct ArcPiece {
  std::uint32_t begin = 0;  ///< into StripGraph::points
  std::uint32_t end = 0;    ///< one past the last; no point at all where it only passes through
  std::uint32_t left = StripLabels::kNone;  ///< component on its left as one walks along; kNone: no class
  std::uint32_t right = StripLabels::kNone;
  StripExit start_exit;  ///< where it comes in; else it starts at its first point
  StripExit end_exit;
  Direction start = kUp;      ///< of the first edge
  Direction finish = kUp;     ///< of the last edge
  bool is_free_loop = false;  ///< closed without a node; its first point comes again at the end

  bool is_complete() const {
    return start_exit.side == StripExit::Side::None && end_exit.side == StripExit::Side::None;
  }
};

/// All boundaries of a strip.
struct StripGraph {
  std::shared_ptr<const CornerRows> corners;
  std::vector<GridPoint> points;
  std::vector<ArcPiece> pieces;
};

/// Traces the boundaries of a strip.
/// @param rows context row first
/// @param labels of the same rows
/// @param is_last whether the raster ends below the strip; else its lower rim belongs to the next strip
/// @param kept_rows the corners' CornerRows::keep_pixel_rows(); may be null
StripGraph trace_strip(const ClassRows& rows, const StripLabels& labels, bool is_last,
                       std::shared_ptr<const ClassRows> kept_rows = nullptr);

}  // namespace orthocover::vectorize
