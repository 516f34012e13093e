#include "core/vectorize/outline_check.h"

#include <algorithm>
#include <cmath>

#include "core/vectorize/grid_point.h"

namespace orthocover::vectorize {
namespace {

/// Larger outlines are no buildings, and dear to check.
constexpr std::int32_t kLongestSide = 4096;

int sign(std::int64_t value) {
  return (value > 0) - (value < 0);
}

/// Whether two segments have a point in common.
bool meet(const FinePoint& a, const FinePoint& b, const FinePoint& c, const FinePoint& d) {
  if (sign(cross(a, b, c)) * sign(cross(a, b, d)) < 0 && sign(cross(c, d, a)) * sign(cross(c, d, b)) < 0)
    return true;
  return is_on(a, b, c) || is_on(a, b, d) || is_on(c, d, a) || is_on(c, d, b);
}

}  // namespace

OutlineCheck::OutlineCheck(const SimplifySettings& settings, const CornerIndex& corners,
                           std::span<const GridPoint> original, std::span<const FinePoint> outline)
    : m_settings(settings),
      m_corners(corners),
      m_original(original),
      m_outline(outline),
      m_is_closed(original.front() == original.back()) {
  m_box = {original[0].x, original[0].y, original[0].x, original[0].y};
  const auto widen = [&](std::int32_t left, std::int32_t top, std::int32_t right, std::int32_t bottom) {
    m_box = {std::min(m_box.left, left), std::min(m_box.top, top), std::max(m_box.right, right),
             std::max(m_box.bottom, bottom)};
  };
  for (const GridPoint& p : original) widen(p.x, p.y, p.x, p.y);
  for (const FinePoint& p : outline) {
    const std::int32_t x = p.x / FinePoint::kFine;
    const std::int32_t y = p.y / FinePoint::kFine;
    widen(x - 1, y - 1, x + 1, y + 1);
  }
  const auto reach = [&](double pixel) {
    return static_cast<std::int32_t>(
               std::min<double>(kLongestSide, kCornerReach * settings.tolerance / pixel)) +
           1;
  };
  const std::int32_t cols = reach(settings.pixel_height / settings.pixel_side());
  const std::int32_t rows = reach(settings.pixel_height);
  widen(m_box.left - cols, m_box.top - rows, m_box.right + cols, m_box.bottom + rows);
  if (m_box.right - m_box.left > kLongestSide || m_box.bottom - m_box.top > kLongestSide) return;
  for (std::size_t i = 0; i + 1 < original.size(); ++i) {
    const GridPoint& a = original[i];
    const GridPoint& b = original[i + 1];
    m_own_corners.emplace(a.y, a.x);
    m_own_corners.emplace(b.y, b.x);
    if (a.y == b.y) m_own_horizontals.emplace(a.y, std::min(a.x, b.x));
    for (std::int32_t y = std::min(a.y, b.y); y < std::max(a.y, b.y); ++y) m_own_verticals.emplace(y, a.x);
  }
}

bool OutlineCheck::is_clear() const {
  return !m_own_corners.empty() && is_on_map() && is_simple() && holds_no_corner() && meets_no_edge();
}

/// Whether the outline has no ground that the raster has not.
bool OutlineCheck::is_on_map() const {
  const auto is_within = [](std::int32_t at, std::int64_t end) {
    return at >= 0 && at <= end * FinePoint::kFine;
  };
  return std::ranges::all_of(m_outline, [&](const FinePoint& p) {
    return is_within(p.x, m_settings.raster_cols) && is_within(p.y, m_settings.raster_rows);
  });
}

/// Whether the outline does not meet itself.
bool OutlineCheck::is_simple() const {
  const std::size_t edges = m_outline.size() - 1;
  for (std::size_t i = 0; i < edges; ++i) {
    for (std::size_t j = i + 2; j < edges; ++j) {
      if (m_is_closed && i == 0 && j + 1 == edges) continue;
      if (meet(m_outline[i], m_outline[i + 1], m_outline[j], m_outline[j + 1])) return false;
    }
  }
  return true;
}

/// Whether a point lies between the original and the outline, or on the outline.
bool OutlineCheck::lies_between(const FinePoint& p) const {
  bool inside = false;
  for (std::size_t i = 0; i + 1 < m_outline.size(); ++i) {
    if (is_on(m_outline[i], m_outline[i + 1], p)) return true;
    inside ^= ray_crosses(m_outline[i], m_outline[i + 1], p);
  }
  for (std::size_t i = 0; i + 1 < m_original.size(); ++i)
    inside ^= ray_crosses(to_fine(m_original[i]), to_fine(m_original[i + 1]), p);
  return inside;
}

bool OutlineCheck::holds_no_corner() const {
  for (std::int32_t y = m_box.top; y <= m_box.bottom; ++y) {
    if (!m_corners.has_row(y)) continue;
    const auto columns = m_corners.columns(y);
    for (auto x = std::ranges::lower_bound(columns, m_box.left); x != columns.end() && *x <= m_box.right;
         ++x) {
      if (!m_own_corners.contains({y, *x}) && lies_between(to_fine({*x, y}))) return false;
    }
  }
  return true;
}

bool OutlineCheck::is_end(const FinePoint& p) const {
  return !m_is_closed && (p == m_outline.front() || p == m_outline.back());
}

double OutlineCheck::distance(const FinePoint& p, const FinePoint& a, const FinePoint& b) const {
  const auto [dx, dy] = m_settings.step(b.x - a.x, b.y - a.y);
  const auto [px, py] = m_settings.step(p.x - a.x, p.y - a.y);
  const double share = std::clamp((px * dx + py * dy) / (dx * dx + dy * dy), 0.0, 1.0);
  return std::hypot(px - share * dx, py - share * dy) / FinePoint::kFine;
}

/// Whether an edge of another boundary does not meet the outline, but at common ends, and is farther from
/// its vertices than that boundary may move, which may get right angles too.
bool OutlineCheck::is_edge_apart(const GridPoint& from, const GridPoint& to) const {
  const FinePoint a = to_fine(from);
  const FinePoint b = to_fine(to);
  for (std::size_t i = 0; i + 1 < m_outline.size(); ++i) {
    const FinePoint& c = m_outline[i];
    const FinePoint& d = m_outline[i + 1];
    if (!meet(a, b, c, d)) continue;
    const bool starts_there = (is_end(a) && (a == c || a == d)) || (is_end(b) && (b == c || b == d));
    // From a common end they may go on in different directions only.
    const bool is_collinear = cross(a, b, c) == 0 && cross(a, b, d) == 0;
    if (!starts_there || is_collinear) return false;
  }
  for (std::size_t i = m_is_closed ? 0 : 1; i + 1 < m_outline.size(); ++i) {
    if (distance(m_outline[i], a, b) <= kCornerReach * m_settings.tolerance) return false;
  }
  return true;
}

bool OutlineCheck::meets_no_edge() const {
  for (std::int32_t y = m_box.top; y <= m_box.bottom; ++y) {
    if (!m_corners.has_row(y)) continue;
    for (const std::int32_t x : m_corners.vertical_edges(y)) {
      if (x < m_box.left || x > m_box.right || m_own_verticals.contains({y, x})) continue;
      if (!is_edge_apart({x, y}, {x, y + 1})) return false;
    }
    const auto columns = m_corners.columns(y);
    auto x = std::ranges::lower_bound(columns, m_box.left);
    if (x != columns.begin()) --x;
    for (; x != columns.end() && *x <= m_box.right; ++x) {
      const bool goes_right = (*m_corners.edges_at({*x, y}) & bit(kRight)) != 0;
      if (!goes_right || m_own_horizontals.contains({y, *x})) continue;
      if (!is_edge_apart({*x, y}, {*(x + 1), y})) return false;
    }
  }
  return true;
}

}  // namespace orthocover::vectorize
