#pragma once

#include <span>
#include <vector>

#include "core/ports/feature_sink.h"
#include "core/vectorize/grid_point.h"

namespace orthocover::vectorize {

/// A finished boundary as one of its two sides sees it: walked so that the component lies on its right.
struct ArcView {
  std::span<const FinePoint> points;  ///< both ends included
  bool is_reversed = false;           ///< to be walked from the last point to the first
  Direction start = kUp;              ///< of the first edge before simplification, as stored
  Direction finish = kUp;             ///< of the last edge before simplification, as stored
  std::int64_t area_px = 0;           ///< integral of x dy along it before simplification, as stored
};

/// Joins the boundaries of one component to rings and adds them as one polygon: its shell, and the holes in
/// reading order of their first vertex. Every ring starts at its first vertex in reading order, so that the
/// polygon does not depend on the order of the arcs.
///
/// Where the component touches itself at a corner, rings part there, so that none touches itself.
class PolygonAssembler {
 public:
  /// @param arcs all boundaries of the component
  void add_part(std::span<const ArcView> arcs, RasterPolygon& polygon);

 private:
  struct Link {
    FinePoint start;
    std::uint32_t arc;
  };
  struct Ring {
    std::size_t begin;
    std::size_t end;
    std::size_t first;  ///< where to start
    bool is_shell;
  };

  void link(std::span<const ArcView> arcs);
  std::uint32_t next_arc(std::span<const ArcView> arcs, std::uint32_t arc) const;
  void trace_ring(std::span<const ArcView> arcs, std::uint32_t first);
  void emit(const Ring& ring, RasterPolygon& polygon) const;

  std::vector<Link> m_links;
  std::vector<bool> m_used;
  std::vector<FinePoint> m_points;
  std::vector<Ring> m_rings;
};

/// Brings the polygons of a feature into reading order of their first vertex.
void sort_parts(RasterPolygon& polygon);

}  // namespace orthocover::vectorize
