#pragma once

#include <optional>
#include <vector>

#include "core/vectorize/corner_index.h"
#include "core/vectorize/simplify_settings.h"

namespace orthocover::vectorize {

/// Fits outlines whose sides run in two directions at right angles, for buildings: the main direction comes
/// from the outline itself, every side is the mean of the corners that it replaces, and the vertices are
/// where sides meet.
///
/// Its vertices are no corners of the raster, so the reasoning of SweptArea needs more: an outline is taken
/// only if no other boundary's corner lies between it and the original, no other boundary crosses it, and
/// every new vertex is farther from all other boundaries than these may move. Where that fails the caller
/// simplifies as usual.
class RightAngles {
 public:
  RightAngles(const SimplifySettings& settings, const CornerIndex& corners)
      : m_settings(settings), m_corners(corners) {}

  /// @param arc original corners; closed: the first comes again at the end
  /// @param kept positions of the corners that Douglas-Peucker keeps, both ends included
  /// @param is_free_loop closed without a node, so that no vertex is fixed
  /// @return the vertices, both ends included; nothing where right angles do not fit
  std::optional<std::vector<FinePoint>> fit(std::span<const GridPoint> arc, std::span<const std::size_t> kept,
                                            bool is_free_loop);

 private:
  /// A stretch that becomes one side.
  struct Side {
    bool is_along = false;  ///< runs in the main direction, else across it
    std::size_t from = 0;   ///< positions in the arc; in loops `to` may be the smaller one
    std::size_t to = 0;
    double offset = 0;  ///< of its line from the origin, across its direction @units m
  };

  void find_direction(std::span<const std::size_t> kept);
  std::vector<Side> sides_of(std::span<const std::size_t> kept) const;
  void drop_short_sides(std::vector<Side>& sides) const;
  bool fit_lines(std::vector<Side>& sides) const;
  double along(const GridPoint& p) const;
  double across(const GridPoint& p) const;
  double offset_of(const GridPoint& p, bool is_along) const { return is_along ? across(p) : along(p); }
  double span_of(const Side& side) const;
  std::optional<std::vector<FinePoint>> vertices_of(const std::vector<Side>& sides) const;
  FinePoint meet(const Side& a, const Side& b) const;
  std::size_t after(std::size_t position) const {
    return m_is_loop && position + 2 == m_arc.size() ? 0 : position + 1;
  }

  const SimplifySettings& m_settings;
  const CornerIndex& m_corners;
  std::span<const GridPoint> m_arc;
  bool m_is_loop = false;
  double m_cos = 1;
  double m_sin = 0;
};

}  // namespace orthocover::vectorize
