#include "core/vectorize/polygon_assembler.h"

#include <algorithm>

namespace orthocover::vectorize {
namespace {

bool is_before(const FinePoint& a, const FinePoint& b) {
  return a.y != b.y ? a.y < b.y : a.x < b.x;
}

FinePoint start_of(const ArcView& arc) {
  return arc.is_reversed ? arc.points.back() : arc.points.front();
}
FinePoint end_of(const ArcView& arc) {
  return arc.is_reversed ? arc.points.front() : arc.points.back();
}
Direction start_direction(const ArcView& arc) {
  return arc.is_reversed ? opposite(arc.finish) : arc.start;
}
Direction end_direction(const ArcView& arc) {
  return arc.is_reversed ? opposite(arc.start) : arc.finish;
}

}  // namespace

void PolygonAssembler::link(std::span<const ArcView> arcs) {
  m_links.clear();
  for (std::uint32_t i = 0; i < arcs.size(); ++i) m_links.push_back({start_of(arcs[i]), i});
  std::ranges::sort(m_links, is_before, &Link::start);
}

std::uint32_t PolygonAssembler::next_arc(std::span<const ArcView> arcs, std::uint32_t arc) const {
  const FinePoint at = end_of(arcs[arc]);
  auto link = std::ranges::lower_bound(m_links, at, is_before, &Link::start);
  // Two go on from here where the component touches itself: the left one parts the rings.
  const auto other = link + 1;
  if (other != m_links.end() && other->start == at &&
      start_direction(arcs[other->arc]) == left_of(end_direction(arcs[arc]))) {
    link = other;
  }
  return link->arc;
}

void PolygonAssembler::trace_ring(std::span<const ArcView> arcs, std::uint32_t first) {
  Ring ring{m_points.size(), 0, 0, false};
  std::int64_t area = 0;
  for (std::uint32_t arc = first; !m_used[arc]; arc = next_arc(arcs, arc)) {
    m_used[arc] = true;
    const ArcView& view = arcs[arc];
    const auto& points = view.points;
    if (view.is_reversed)
      m_points.insert(m_points.end(), points.rbegin(), points.rend() - 1);
    else
      m_points.insert(m_points.end(), points.begin(), points.end() - 1);
    area += view.is_reversed ? -view.area_px : view.area_px;
  }
  ring.end = m_points.size();
  const auto begin = m_points.begin() + static_cast<std::ptrdiff_t>(ring.begin);
  ring.first =
      static_cast<std::size_t>(std::min_element(begin, m_points.end(), is_before) - m_points.begin());
  ring.is_shell = area > 0;
  m_rings.push_back(ring);
}

void PolygonAssembler::emit(const Ring& ring, RasterPolygon& polygon) const {
  const auto add = [&](const FinePoint& p) {
    polygon.vertices.push_back(
        {static_cast<double>(p.x) / FinePoint::kFine, static_cast<double>(p.y) / FinePoint::kFine});
  };
  for (std::size_t i = ring.first; i < ring.end; ++i) add(m_points[i]);
  for (std::size_t i = ring.begin; i <= ring.first; ++i) add(m_points[i]);
  polygon.ring_ends.push_back(static_cast<std::uint32_t>(polygon.vertices.size()));
}

void PolygonAssembler::add_part(std::span<const ArcView> arcs, RasterPolygon& polygon) {
  m_points.clear();
  m_rings.clear();
  m_used.assign(arcs.size(), false);
  link(arcs);
  for (std::uint32_t i = 0; i < arcs.size(); ++i) {
    if (!m_used[i]) trace_ring(arcs, i);
  }
  std::ranges::sort(m_rings, [&](const Ring& a, const Ring& b) {
    return a.is_shell != b.is_shell ? a.is_shell : is_before(m_points[a.first], m_points[b.first]);
  });
  for (const Ring& ring : m_rings) emit(ring, polygon);
  polygon.part_ends.push_back(static_cast<std::uint32_t>(polygon.ring_ends.size()));
}

void sort_parts(RasterPolygon& polygon) {
  if (polygon.part_ends.size() < 2) return;
  struct Part {
    std::uint32_t first_ring;
    std::uint32_t end_ring;
    RasterVertex start;
  };
  const auto ring_begin = [&](std::uint32_t ring) { return ring == 0 ? 0 : polygon.ring_ends[ring - 1]; };
  std::vector<Part> parts;
  std::uint32_t first = 0;
  for (const std::uint32_t end : polygon.part_ends) {
    parts.push_back({first, end, polygon.vertices[ring_begin(first)]});
    first = end;
  }
  std::ranges::sort(parts, [](const Part& a, const Part& b) {
    return a.start.row != b.start.row ? a.start.row < b.start.row : a.start.col < b.start.col;
  });
  RasterPolygon sorted;
  sorted.vertices.reserve(polygon.vertices.size());
  for (const Part& part : parts) {
    for (std::uint32_t ring = part.first_ring; ring < part.end_ring; ++ring) {
      sorted.vertices.insert(sorted.vertices.end(), polygon.vertices.begin() + ring_begin(ring),
                             polygon.vertices.begin() + polygon.ring_ends[ring]);
      sorted.ring_ends.push_back(static_cast<std::uint32_t>(sorted.vertices.size()));
    }
    sorted.part_ends.push_back(static_cast<std::uint32_t>(sorted.ring_ends.size()));
  }
  polygon.vertices = std::move(sorted.vertices);
  polygon.ring_ends = std::move(sorted.ring_ends);
  polygon.part_ends = std::move(sorted.part_ends);
}

}  // namespace orthocover::vectorize
