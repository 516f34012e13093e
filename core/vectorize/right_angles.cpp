#include "core/vectorize/right_angles.h"

#include <algorithm>
#include <cmath>

#include "core/vectorize/outline_check.h"

namespace orthocover::vectorize {
namespace {

constexpr std::size_t kMostSides = 256;
/// Before short ones are dropped, which takes the square of their number.
constexpr std::size_t kMostStairs = 16 * kMostSides;
/// Of an island's area, by which its outline may change it.
constexpr double kMostAreaChange = 0.05;

/// @param points of a loop, the first again at the end
template <class Points>
double area_in(const Points& points) {
  double twice = 0;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double x = static_cast<double>(points[i].x) - points[0].x;
    const double next_x = static_cast<double>(points[i + 1].x) - points[0].x;
    twice += x * (static_cast<double>(points[i + 1].y) - points[0].y) -
             next_x * (static_cast<double>(points[i].y) - points[0].y);
  }
  return twice / 2;
}

bool keeps_area(std::span<const GridPoint> arc, const std::vector<FinePoint>& vertices) {
  const double before = area_in(arc);
  const double after = area_in(vertices) / FinePoint::kFine / FinePoint::kFine;
  return std::abs(after - before) <= kMostAreaChange * std::abs(before);
}

}  // namespace

double RightAngles::along(const GridPoint& p) const {
  const auto [x, y] = m_settings.step(p.x, p.y);
  return x * m_cos + y * m_sin;
}

double RightAngles::across(const GridPoint& p) const {
  const auto [x, y] = m_settings.step(p.x, p.y);
  return y * m_cos - x * m_sin;
}

/// Mean direction of the sides, weighted by their length, where a quarter turn counts as none.
void RightAngles::find_direction(std::span<const std::size_t> kept) {
  double sum_cos = 0;
  double sum_sin = 0;
  for (std::size_t k = 0; k + 1 < kept.size(); ++k) {
    const GridPoint &a = m_arc[kept[k]], &b = m_arc[kept[k + 1]];
    const auto [dx, dy] = m_settings.step(b.x - a.x, b.y - a.y);
    const double angle = 4 * std::atan2(dy, dx);
    const double length = std::hypot(dx, dy);
    // Long sides tell the direction, stairs do not.
    sum_cos += length * length * std::cos(angle);
    sum_sin += length * length * std::sin(angle);
  }
  const double direction = std::atan2(sum_sin, sum_cos) / 4;
  m_cos = std::cos(direction);
  m_sin = std::sin(direction);
}

/// Neighbouring edges of one direction are one side.
std::vector<RightAngles::Side> RightAngles::sides_of(std::span<const std::size_t> kept) const {
  std::vector<Side> sides;
  for (std::size_t k = 0; k + 1 < kept.size(); ++k) {
    const GridPoint& a = m_arc[kept[k]];
    const GridPoint& b = m_arc[kept[k + 1]];
    const bool is_along = std::abs(along(b) - along(a)) >= std::abs(across(b) - across(a));
    if (!sides.empty() && sides.back().is_along == is_along)
      sides.back().to = kept[k + 1];
    else
      sides.push_back({is_along, kept[k], kept[k + 1], 0});
  }
  if (m_is_loop) {
    for (Side& side : sides) side.to = side.to + 1 == m_arc.size() ? 0 : side.to;
    if (sides.size() > 1 && sides.front().is_along == sides.back().is_along) {
      sides.front().from = sides.back().from;
      sides.pop_back();
    }
  }
  return sides;
}

double RightAngles::span_of(const Side& side) const {
  const GridPoint& a = m_arc[side.from];
  const GridPoint& b = m_arc[side.to];
  return std::abs(offset_of(b, !side.is_along) - offset_of(a, !side.is_along));
}

/// What is left of stairs and rounded corners goes to the sides around it.
void RightAngles::drop_short_sides(std::vector<Side>& sides) const {
  while (sides.size() > (m_is_loop ? 4U : 2U)) {
    const auto shortest =
        std::ranges::min_element(sides, {}, [&](const Side& side) { return span_of(side); });
    if (span_of(*shortest) >= 2 * m_settings.tolerance) return;
    const auto at = static_cast<std::size_t>(shortest - sides.begin());
    if (!m_is_loop && at == 0) {
      sides[1].from = sides[0].from;
      sides.erase(sides.begin());
    } else if (!m_is_loop && at + 1 == sides.size()) {
      sides[at - 1].to = sides[at].to;
      sides.pop_back();
    } else {
      const std::size_t before = (at + sides.size() - 1) % sides.size();
      const std::size_t behind = (at + 1) % sides.size();
      sides[before].to = sides[behind].to;
      for (const std::size_t gone : {std::max(at, behind), std::min(at, behind)})
        sides.erase(sides.begin() + static_cast<std::ptrdiff_t>(gone));
    }
  }
}

/// @return whether no corner is farther from its side than the tolerance
bool RightAngles::fit_lines(std::vector<Side>& sides) const {
  for (Side& side : sides) {
    double sum = 0;
    double weight = 0;
    for (std::size_t i = side.from; i != side.to; i = after(i)) {
      const GridPoint& a = m_arc[i];
      const GridPoint& b = m_arc[after(i)];
      const double length = std::abs(offset_of(b, !side.is_along) - offset_of(a, !side.is_along));
      sum += length * (offset_of(a, side.is_along) + offset_of(b, side.is_along)) / 2;
      weight += length;
    }
    if (weight <= 0) return false;
    side.offset = sum / weight;
  }
  if (!m_is_loop) {
    sides.front().offset = offset_of(m_arc.front(), sides.front().is_along);
    sides.back().offset = offset_of(m_arc.back(), sides.back().is_along);
  }
  return std::ranges::all_of(sides, [&](const Side& side) {
    for (std::size_t i = side.from;; i = after(i)) {
      if (std::abs(offset_of(m_arc[i], side.is_along) - side.offset) > m_settings.tolerance) return false;
      if (i == side.to) return true;
    }
  });
}

FinePoint RightAngles::meet(const Side& a, const Side& b) const {
  const double u = a.is_along ? b.offset : a.offset;
  const double v = a.is_along ? a.offset : b.offset;
  const double y = (u * m_sin + v * m_cos) / m_settings.pixel_height;
  const double x = u * m_cos - v * m_sin - y * m_settings.pixel_skew;
  return {static_cast<std::int32_t>(std::lround(x * FinePoint::kFine)),
          static_cast<std::int32_t>(std::lround(y * FinePoint::kFine))};
}

std::optional<std::vector<FinePoint>> RightAngles::vertices_of(const std::vector<Side>& sides) const {
  std::vector<FinePoint> vertices;
  if (!m_is_loop) vertices.push_back(to_fine(m_arc.front()));
  const std::size_t corners = m_is_loop ? sides.size() : sides.size() - 1;
  for (std::size_t i = 0; i < corners; ++i) {
    const Side& side = sides[i];
    const Side& next = sides[(i + 1) % sides.size()];
    if (side.is_along == next.is_along) return std::nullopt;
    const FinePoint vertex = meet(side, next);
    const FinePoint old = to_fine(m_arc[side.to]);
    const auto [dx, dy] = m_settings.step(vertex.x - old.x, vertex.y - old.y);
    const double moved = std::hypot(dx, dy) / FinePoint::kFine;
    if (moved > kCornerReach * m_settings.tolerance) return std::nullopt;
    if (!vertices.empty() && vertices.back() == vertex) return std::nullopt;
    vertices.push_back(vertex);
  }
  vertices.push_back(m_is_loop ? vertices.front() : to_fine(m_arc.back()));
  return vertices;
}

std::optional<std::vector<FinePoint>> RightAngles::fit(std::span<const GridPoint> arc,
                                                       std::span<const std::size_t> kept, bool is_free_loop) {
  m_arc = arc;
  m_is_loop = is_free_loop;
  if (arc.front() == arc.back() && !is_free_loop) return std::nullopt;
  find_direction(kept);
  std::vector<Side> sides = sides_of(kept);
  if (sides.size() > kMostStairs) return std::nullopt;
  drop_short_sides(sides);
  if (sides.size() < (m_is_loop ? 4U : 2U) || sides.size() > kMostSides) return std::nullopt;
  if (m_is_loop && sides.size() % 2 != 0) return std::nullopt;
  if (!fit_lines(sides)) return std::nullopt;
  auto vertices = vertices_of(sides);
  if (vertices && m_is_loop && !keeps_area(arc, *vertices)) return std::nullopt;
  if (!vertices || !OutlineCheck(m_settings, m_corners, arc, *vertices).is_clear()) return std::nullopt;
  return vertices;
}

}  // namespace orthocover::vectorize
