#pragma once

#include <set>
#include <vector>

#include "core/vectorize/corner_index.h"
#include "core/vectorize/simplify_settings.h"

namespace orthocover::vectorize {

/// A vertex of an outline with right angles may lie this many tolerances from the corner that it replaces.
inline constexpr double kCornerReach = 2;

/// Whether an outline with vertices of its own can take the place of an original boundary, see RightAngles.
class OutlineCheck {
 public:
  /// @param original corners of the boundary
  /// @param outline the new one, with the same ends; closed if the original is
  OutlineCheck(const SimplifySettings& settings, const CornerIndex& corners,
               std::span<const GridPoint> original, std::span<const FinePoint> outline);

  bool is_clear() const;

 private:
  struct Box {
    std::int32_t left, top, right, bottom;
  };

  bool is_on_map() const;
  bool is_simple() const;
  bool holds_no_corner() const;
  bool meets_no_edge() const;
  bool is_edge_apart(const GridPoint& from, const GridPoint& to) const;
  bool lies_between(const FinePoint& p) const;
  bool is_end(const FinePoint& p) const;
  double distance(const FinePoint& p, const FinePoint& a, const FinePoint& b) const;

  const SimplifySettings& m_settings;
  const CornerIndex& m_corners;
  std::span<const GridPoint> m_original;
  std::span<const FinePoint> m_outline;
  bool m_is_closed;
  Box m_box{};  ///< pixels around both, and the tolerance more
  std::set<std::pair<std::int32_t, std::int32_t>> m_own_corners;      ///< row, column
  std::set<std::pair<std::int32_t, std::int32_t>> m_own_verticals;    ///< row and column of pixel edges
  std::set<std::pair<std::int32_t, std::int32_t>> m_own_horizontals;  ///< row and left column of whole edges
};

}  // namespace orthocover::vectorize
