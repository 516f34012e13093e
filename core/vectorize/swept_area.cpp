#include "core/vectorize/swept_area.h"

#include <cmath>
#include <limits>

#include "core/vectorize/grid_point.h"

namespace orthocover::vectorize {
namespace {

/// Stretches up to this length are searched point by point.
constexpr std::size_t kShort = 24;

std::uint64_t key(const GridPoint& p) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(p.y)) << 32 | static_cast<std::uint32_t>(p.x);
}

/// Whether p, which does not lie on the stretch itself, lies on the line that closes it or inside.
bool encloses(std::span<const GridPoint> stretch, const GridPoint& p) {
  const GridPoint& first = stretch.front();
  const GridPoint& last = stretch.back();
  if (is_on(last, first, p)) return true;
  bool inside = ray_crosses(last, first, p);
  for (std::size_t i = 0; i + 1 < stretch.size(); ++i) inside ^= ray_crosses(stretch[i], stretch[i + 1], p);
  return inside;
}

}  // namespace

void SweptArea::note(std::int64_t row, std::int32_t low, std::int32_t high) {
  const auto i = static_cast<std::size_t>(row - m_top);
  m_low[i] = std::min(m_low[i], low);
  m_high[i] = std::max(m_high[i], high);
}

void SweptArea::measure_rows(std::span<const GridPoint> stretch) {
  const auto [top, bottom] = std::ranges::minmax(stretch, {}, &GridPoint::y);
  m_top = top.y;
  const std::size_t rows = static_cast<std::size_t>(bottom.y - top.y) + 1;
  m_low.assign(rows, std::numeric_limits<std::int32_t>::max());
  m_high.assign(rows, std::numeric_limits<std::int32_t>::min());
  for (std::size_t i = 0; i + 1 < stretch.size(); ++i) {
    const GridPoint& a = stretch[i];
    const GridPoint& b = stretch[i + 1];
    const auto [low, high] = std::minmax(a.x, b.x);
    const auto [from, to] = std::minmax(a.y, b.y);
    for (std::int32_t y = from; y <= to; ++y) note(y, low, high);
  }
  const GridPoint& a = stretch.front();
  const GridPoint& b = stretch.back();
  if (a.y == b.y) return;
  const double slope = static_cast<double>(b.x - a.x) / (b.y - a.y);
  const auto [from, to] = std::minmax(a.y, b.y);
  for (std::int32_t y = from; y <= to; ++y) {
    const double x = a.x + slope * (y - a.y);
    note(y, static_cast<std::int32_t>(std::floor(x)), static_cast<std::int32_t>(std::ceil(x)));
  }
}

void SweptArea::sort_own(std::span<const GridPoint> stretch) {
  m_own.clear();
  if (stretch.size() <= kShort) return;
  for (const GridPoint& point : stretch) m_own.push_back(key(point));
  std::ranges::sort(m_own);
}

bool SweptArea::is_own(std::span<const GridPoint> stretch, const GridPoint& point) const {
  if (stretch.size() <= kShort) return std::ranges::find(stretch, point) != stretch.end();
  return std::ranges::binary_search(m_own, key(point));
}

bool SweptArea::is_clear(std::span<const GridPoint> stretch) {
  if (stretch.size() <= 2) return true;
  measure_rows(stretch);
  sort_own(stretch);
  for (std::size_t i = 0; i < m_low.size(); ++i) {
    const auto y = static_cast<std::int32_t>(m_top + static_cast<std::int32_t>(i));
    const auto columns = m_corners.columns(y);
    for (auto x = std::ranges::lower_bound(columns, m_low[i]); x != columns.end() && *x <= m_high[i]; ++x) {
      const GridPoint point{*x, y};
      if (!is_own(stretch, point) && encloses(stretch, point)) return false;
    }
  }
  return true;
}

bool SweptArea::is_corner_clear(std::span<const GridPoint> before, std::span<const GridPoint> after) {
  // In doubled coordinates, so that the middles are whole numbers.
  const GridPoint& a = before.front();
  const GridPoint& b = after.front();
  const GridPoint& c = after.back();
  const GridPoint m{a.x + b.x, a.y + b.y};
  const GridPoint n{b.x + c.x, b.y + c.y};
  const GridPoint corner{2 * b.x, 2 * b.y};
  const auto [left, right] = std::minmax({m.x, n.x, corner.x});
  const auto [top, bottom] = std::minmax({m.y, n.y, corner.y});
  const auto half_up = [](std::int32_t v) { return (v + 1) / 2; };
  for (std::int32_t y = half_up(top); 2 * y <= bottom; ++y) {
    const auto columns = m_corners.columns(y);
    for (auto x = std::ranges::lower_bound(columns, half_up(left)); x != columns.end() && 2 * *x <= right;
         ++x) {
      const GridPoint doubled{2 * *x, 2 * y};
      const std::int64_t s = cross(m, corner, doubled);
      const std::int64_t t = cross(corner, n, doubled);
      const std::int64_t u = cross(n, m, doubled);
      const bool inside = (s >= 0 && t >= 0 && u >= 0) || (s <= 0 && t <= 0 && u <= 0);
      const GridPoint point{*x, y};
      if (inside && std::ranges::find(before, point) == before.end() &&
          std::ranges::find(after, point) == after.end()) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace orthocover::vectorize
