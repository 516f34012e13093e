#include "core/vectorize/arc_simplifier.h"

#include <array>
#include <cmath>
#include <limits>
#include <queue>

#include "core/vectorize/visvalingam.h"

namespace orthocover::vectorize {
namespace {

/// Vertices that a rounded corner becomes, without the middles of its sides.
constexpr int kCornerSteps = 4;
/// How far from a corner its rounding may begin, in tolerances or pixels, whichever are larger.
constexpr double kRoundedTolerances = 8;
/// Of parts of sides, in FinePoint's units for each pixel.
constexpr std::int32_t kLeastScale = 32;

/// Of a strip of the tolerance's width along a boundary, the share that may go from one side to the other.
constexpr double kStripShare = 0.05;
/// Of the area inside a loop, the share that it may lose or win.
constexpr double kLoopShare = 0.01;
/// Squared lengths and areas that differ by less are equal: what they are made of has seven digits.
constexpr double kEqual = 1 + 1e-6;

bool needs_reversal(std::span<const GridPoint> arc, bool is_free_loop) {
  const GridPoint& first = arc.front();
  const GridPoint& last = arc.back();
  if (is_free_loop) return arc[1].y != first.y;
  if (first != last) return comes_before(last, first);
  return comes_before(arc[arc.size() - 2], arc[1]);
}

Direction first_direction(const GridPoint& from, const GridPoint& to) {
  if (from.y == to.y) return to.x > from.x ? kRight : kLeft;
  return to.y > from.y ? kDown : kUp;
}

}  // namespace

ArcSimplifier::ArcSimplifier(const SimplifySettings& settings, const CornerIndex& corners)
    : m_settings(settings), m_corners(corners), m_area(corners), m_right_angles(m_settings, corners) {}

void ArcSimplifier::simplify(std::span<const GridPoint> arc, bool is_free_loop, std::uint16_t left,
                             std::uint16_t right, std::vector<FinePoint>& out) {
  const std::size_t start = out.size();
  if (arc.size() <= 2 || !m_settings.changes_boundaries()) {
    for (const GridPoint& point : arc) out.push_back(to_fine(point));
    return;
  }
  m_arc.assign(arc.begin(), arc.end());
  const bool reverse = needs_reversal(arc, is_free_loop);
  if (reverse) std::ranges::reverse(m_arc);
  m_is_closed = arc.front() == arc.back();
  m_is_free_loop = is_free_loop;
  m_kept.clear();
  if (m_settings.tolerance <= 0) {
    for (std::size_t i = 0; i < m_arc.size(); ++i) m_kept.push_back(i);
  } else if (m_settings.method == SimplifyMethod::DouglasPeucker) {
    keep_by_distance();
  } else {
    keep_by_area();
  }
  const auto& wants_right_angles = m_settings.is_right_angled;
  std::optional<std::vector<FinePoint>> outline;
  if (wants_right_angles && m_settings.tolerance > 0 &&
      (wants_right_angles(left) || wants_right_angles(right)))
    outline = m_right_angles.fit(m_arc, m_kept, is_free_loop);
  if (outline) {
    out.insert(out.end(), outline->begin(), outline->end());
  } else {
    if (m_settings.tolerance > 0) balance_area();
    emit(out);
  }
  if (reverse) std::reverse(out.begin() + static_cast<std::ptrdiff_t>(start), out.end());
}

double ArcSimplifier::squared_tolerance() const {
  return m_settings.tolerance * m_settings.tolerance * kEqual;
}

double ArcSimplifier::distance_squared(const GridPoint& p, const GridPoint& a, const GridPoint& b) const {
  const auto [dx, dy] = m_settings.step(b.x - a.x, b.y - a.y);
  auto [px, py] = m_settings.step(p.x - a.x, p.y - a.y);
  const double length2 = dx * dx + dy * dy;
  if (length2 > 0) {
    const double share = std::clamp((px * dx + py * dy) / length2, 0.0, 1.0);
    px -= share * dx;
    py -= share * dy;
  }
  return px * px + py * py;
}

std::size_t ArcSimplifier::farthest_from_line(std::size_t first, std::size_t last, double& distance2) const {
  std::size_t farthest = first;
  distance2 = 0;
  for (std::size_t i = first + 1; i < last; ++i) {
    const double d = distance_squared(m_arc[i], m_arc[first], m_arc[last]);
    if (d > distance2 * kEqual) distance2 = d, farthest = i;
  }
  return farthest;
}

void ArcSimplifier::split(std::size_t first, std::size_t last) {
  // An explicit stack: a boundary may have millions of corners.
  std::vector<std::pair<std::size_t, std::size_t>> stack = {{first, last}};
  const double limit2 = squared_tolerance();
  while (!stack.empty()) {
    const auto [from, to] = stack.back();
    stack.pop_back();
    double distance2 = 0;
    std::size_t farthest = farthest_from_line(from, to, distance2);
    if (distance2 <= limit2 && m_area.is_clear(stretch(from, to))) {
      m_kept.push_back(to);
      continue;
    }
    if (farthest == from) farthest = (from + to) / 2;
    stack.emplace_back(farthest, to);
    stack.emplace_back(from, farthest);
  }
}

bool ArcSimplifier::is_fixed(const GridPoint& p) const {
  return (p.x == 0 || p.x == m_settings.raster_cols) && (p.y == 0 || p.y == m_settings.raster_rows);
}

void ArcSimplifier::keep_by_distance() {
  const std::size_t last = m_arc.size() - 1;
  double distance2 = 0;
  const std::size_t middle = m_is_closed ? farthest_from_line(0, last, distance2) : 0;
  m_kept.push_back(0);
  for (std::size_t i = 1; i <= last; ++i) {
    if (i == last || i == middle || is_fixed(m_arc[i])) split(m_kept.back(), i);
  }
  if (m_is_closed && m_kept.size() == 3) {
    // Both halves became the same line: the farther corner keeps the loop open.
    double second2 = 0;
    const std::size_t a = farthest_from_line(0, middle, distance2);
    const std::size_t b = farthest_from_line(middle, last, second2);
    const bool is_first = distance2 * kEqual >= second2;
    keep_all({0, is_first ? a : middle, is_first ? middle : b, last});
  } else if (!m_is_closed && m_kept.size() == 2 && has_twin()) {
    keep_all({0, farthest_from_line(0, last, distance2), last});
  }
}

/// Starts again from corners that must stay.
void ArcSimplifier::keep_all(std::initializer_list<std::size_t> corners) {
  m_kept.clear();
  for (const std::size_t corner : corners) {
    if (m_kept.empty())
      m_kept.push_back(corner);
    else
      split(m_kept.back(), corner);
  }
}

bool ArcSimplifier::has_twin() const {
  const Direction own = first_direction(m_arc[0], m_arc[1]);
  const auto edges = m_corners.edges_at(m_arc.front());
  return std::ranges::any_of(std::array{kUp, kRight, kDown, kLeft}, [&](Direction d) {
    return d != own && edges && (*edges & bit(d)) != 0 && twin_starts(d);
  });
}

/// Whether the boundary that leaves this one's first node in a direction leads to its last node, so close to
/// the straight line that it could become the same line.
bool ArcSimplifier::twin_starts(Direction direction) const {
  const GridPoint& start = m_arc.front();
  const GridPoint& end = m_arc.back();
  const double limit2 = squared_tolerance();
  const std::int64_t top = std::min(start.y, end.y) - m_settings.reach_rows();
  const std::int64_t bottom = std::max(start.y, end.y) + m_settings.reach_rows();
  GridPoint at = start;
  while (true) {
    const auto next = m_corners.follow(at, direction, top, bottom);
    if (!next) return false;
    if (*next == end) return true;
    const std::uint8_t edges = *m_corners.edges_at(*next);
    if (std::popcount(edges) > 2 || distance_squared(*next, start, end) > limit2) return false;
    at = *next;
    direction = static_cast<Direction>(
        std::countr_zero(static_cast<std::uint8_t>(edges & ~bit(opposite(direction)))));
  }
}

double ArcSimplifier::triangle_area(std::size_t a, std::size_t b, std::size_t c) const {
  const double ux = m_arc[b].x - m_arc[a].x;
  const double uy = m_arc[b].y - m_arc[a].y;
  const double vx = m_arc[c].x - m_arc[a].x;
  const double vy = m_arc[c].y - m_arc[a].y;
  return std::abs(ux * vy - uy * vx) / 2 * m_settings.pixel_height;
}

void ArcSimplifier::keep_by_area() {
  VisvalingamRequest request;
  request.points = m_arc.size();
  // A boundary that keeps a corner, and a loop that keeps two, can't fall upon another.
  request.least_inside = m_is_closed ? 2 : 1;
  request.area_limit = squared_tolerance();
  request.area = [&](std::size_t a, std::size_t b, std::size_t c) {
    return is_fixed(m_arc[b]) ? std::numeric_limits<double>::infinity() : triangle_area(a, b, c);
  };
  request.may_join = [&](std::size_t a, std::size_t c) { return m_area.is_clear(stretch(a, c)); };
  m_kept = visvalingam(request);
}

/// Twice the area between the boundary and the line from one position to another; positive on its right.
std::int64_t ArcSimplifier::swept_twice(std::size_t first, std::size_t last) const {
  std::int64_t twice = 0;
  const GridPoint& o = m_arc[first];
  for (std::size_t i = first + 1; i < last; ++i) {
    const GridPoint& a = m_arc[i];
    const GridPoint& b = m_arc[i + 1];
    twice += static_cast<std::int64_t>(a.x - o.x) * (b.y - o.y) -
             static_cast<std::int64_t>(b.x - o.x) * (a.y - o.y);
  }
  return twice;
}

/// What one side may lose to the other.
double ArcSimplifier::area_budget_px2() const {
  double length = 0;
  std::int64_t loop = 0;
  for (std::size_t i = 0; i + 1 < m_arc.size(); ++i) {
    length += std::sqrt(distance_squared(m_arc[i + 1], m_arc[i], m_arc[i]));
    loop += static_cast<std::int64_t>(m_arc[i].x - m_arc[0].x) * (m_arc[i + 1].y - m_arc[i].y);
  }
  const double strip = kStripShare * m_settings.tolerance * length / m_settings.pixel_height;
  if (m_is_closed) return std::min(strip, kLoopShare * static_cast<double>(std::abs(loop)));
  return strip;
}

/// Lines that cut off the convex side of a boundary make small areas smaller. Corners come back, those first
/// whose line sweeps most, until what one side loses is within the budget.
void ArcSimplifier::balance_area() {
  const auto budget = static_cast<std::int64_t>(2 * area_budget_px2() * kEqual);
  struct Piece {
    std::int64_t twice;
    std::size_t from;
    std::size_t to;
    bool operator<(const Piece& other) const {
      return twice != other.twice ? twice < other.twice : from > other.from;
    }
  };
  // What sweeps to the right, and what sweeps to the left.
  std::array<std::priority_queue<Piece>, 2> queues;
  std::int64_t total = 0;
  m_next.assign(m_arc.size(), 0);
  const auto add = [&](std::size_t from, std::size_t to) {
    m_next[from] = to;
    const std::int64_t twice = swept_twice(from, to);
    total += twice;
    if (twice != 0) queues[twice > 0 ? 0 : 1].push({std::abs(twice), from, to});
  };
  for (std::size_t k = 0; k + 1 < m_kept.size(); ++k) add(m_kept[k], m_kept[k + 1]);
  while (std::abs(total) > budget) {
    auto& queue = queues[total > 0 ? 0 : 1];
    const Piece piece = queue.top();
    queue.pop();
    total -= total > 0 ? piece.twice : -piece.twice;
    double distance2 = 0;
    const std::size_t middle = farthest_from_line(piece.from, piece.to, distance2);
    m_kept.assign(1, piece.from);
    split(piece.from, middle);
    split(middle, piece.to);
    for (std::size_t k = 0; k + 1 < m_kept.size(); ++k) add(m_kept[k], m_kept[k + 1]);
  }
  m_kept.assign(1, 0);
  while (m_kept.back() + 1 < m_arc.size()) m_kept.push_back(m_next[m_kept.back()]);
}

void ArcSimplifier::emit(std::vector<FinePoint>& out) {
  if (!m_settings.smooth) {
    for (const std::size_t kept : m_kept) out.push_back(to_fine(m_arc[kept]));
    return;
  }
  const std::size_t start = out.size();
  const std::size_t last = m_kept.size() - 1;
  if (!m_is_free_loop) out.push_back(to_fine(m_arc.front()));
  for (std::size_t k = 1; k < last; ++k)
    emit_smooth(stretch(m_kept[k - 1], m_kept[k]), stretch(m_kept[k], m_kept[k + 1]), out);
  if (!m_is_free_loop) {
    out.push_back(to_fine(m_arc.back()));
    return;
  }
  // The point that a free loop starts at is a corner like all others.
  emit_smooth(stretch(m_kept[last - 1], m_kept[last]), stretch(0, m_kept[1]), out);
  if (out.back() != out[start]) out.push_back(out[start]);
}

/// The end of a side's part that the rounding of a corner is about: that of the side itself, unless half of
/// it is far more than the tolerance, as of a building, which would lose much of its ground.
FinePoint ArcSimplifier::rounded_part(const GridPoint& corner, const GridPoint& end) const {
  const double finest = std::max({m_settings.tolerance, 1.0, m_settings.pixel_height});
  double length = std::sqrt(distance_squared(end, corner, corner));
  std::int32_t scale = FinePoint::kFine;
  for (; length / 2 > kRoundedTolerances * finest && scale > kLeastScale; scale /= 2) length /= 2;
  const FinePoint from = to_fine(corner);
  return {from.x + (end.x - corner.x) * scale, from.y + (end.y - corner.y) * scale};
}

/// Rounds a corner by the curve that repeated cutting of corners (Chaikin) leads to: the parabola from the
/// middle of one side, or of the part of it that counts, to that of the other.
/// @source R. F. Riesenfeld, On Chaikin's algorithm, 1975
void ArcSimplifier::emit_smooth(std::span<const GridPoint> before, std::span<const GridPoint> after,
                                std::vector<FinePoint>& out) {
  const FinePoint corner = to_fine(after.front());
  if (is_fixed(after.front()) || !m_area.is_corner_clear(before, after)) {
    out.push_back(corner);
    return;
  }
  const FinePoint a = rounded_part(after.front(), before.front());
  const FinePoint c = rounded_part(after.front(), after.back());
  // Nothing is rounded, so neighbours stay in line.
  static_assert(FinePoint::kFine % kLeastScale == 0 && kLeastScale % (2 * kCornerSteps * kCornerSteps) == 0);
  const auto blend = [](std::int64_t p, std::int64_t q, std::int64_t r, std::int64_t t) {
    const std::int64_t s = kCornerSteps - t;
    const std::int64_t sum = s * s * (p + q) + 4 * s * t * q + t * t * (q + r);
    return static_cast<std::int32_t>(sum / (2 * kCornerSteps * kCornerSteps));
  };
  for (int t = 0; t <= kCornerSteps; ++t) {
    const FinePoint point{blend(a.x, corner.x, c.x, t), blend(a.y, corner.y, c.y, t)};
    if (out.empty() || out.back() != point) out.push_back(point);
  }
}

}  // namespace orthocover::vectorize
