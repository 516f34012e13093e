#pragma once

#include <initializer_list>

#include "core/vectorize/right_angles.h"
#include "core/vectorize/simplify_settings.h"
#include "core/vectorize/swept_area.h"

namespace orthocover::vectorize {

/// Simplifies boundaries, each once for both of its sides, so that the polygons still fit together without
/// gap or overlap. The result depends on the boundary and the corners around it alone, not on tiles, threads
/// or order. See SweptArea for why results never cross. What one side loses to the other is kept small, too.
class ArcSimplifier {
 public:
  /// @param corners must hold all rows of the boundaries, and reach_rows() more on both sides
  ArcSimplifier(const SimplifySettings& settings, const CornerIndex& corners);

  /// @param arc from node to node, or closed with its first point repeated at the end
  /// @param is_free_loop closed without a node
  /// @param out gets the vertices, both ends included
  /// @param left, right codes on both sides
  void simplify(std::span<const GridPoint> arc, bool is_free_loop, std::uint16_t left, std::uint16_t right,
                std::vector<FinePoint>& out);

 private:
  double squared_tolerance() const;
  double distance_squared(const GridPoint& p, const GridPoint& a, const GridPoint& b) const;
  std::size_t farthest_from_line(std::size_t first, std::size_t last, double& distance2) const;
  bool is_fixed(const GridPoint& p) const;
  void keep_by_distance();
  void keep_all(std::initializer_list<std::size_t> corners);
  void split(std::size_t first, std::size_t last);
  bool has_twin() const;
  bool twin_starts(Direction direction) const;
  void keep_by_area();
  double triangle_area(std::size_t a, std::size_t b, std::size_t c) const;
  void balance_area();
  double area_budget_px2() const;
  std::int64_t swept_twice(std::size_t first, std::size_t last) const;
  void emit(std::vector<FinePoint>& out);
  FinePoint rounded_part(const GridPoint& corner, const GridPoint& end) const;
  void emit_smooth(std::span<const GridPoint> before, std::span<const GridPoint> after,
                   std::vector<FinePoint>& out);
  std::span<const GridPoint> stretch(std::size_t first, std::size_t last) const {
    return std::span(m_arc).subspan(first, last - first + 1);
  }

  const SimplifySettings& m_settings;
  const CornerIndex& m_corners;
  SweptArea m_area;
  RightAngles m_right_angles;
  std::vector<GridPoint> m_arc;  ///< in canonical direction
  bool m_is_closed = false;
  bool m_is_free_loop = false;
  std::vector<std::size_t> m_kept;  ///< ascending positions in m_arc
  std::vector<std::size_t> m_next;  ///< memory of balance_area(): the kept position that follows
};

}  // namespace orthocover::vectorize
