#include "core/metrics/pixel_coverage.h"

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

/// Shares this near 0 or 1 differ from them by rounding only.
constexpr double kRounding = 1e-12;

/// Twice the area of a ring, positive when it is drawn clockwise as seen with rows going down.
double turning_area(RasterRing ring) {
  double sum = 0;
  for_each_edge(ring, [&](const RasterVertex& a, const RasterVertex& b) {
    const RasterVertex& at = ring.front();
    sum += (a.col - at.col) * (b.row - at.row) - (b.col - at.col) * (a.row - at.row);
  });
  return sum;
}

double settled(double share) {
  if (std::abs(share) < kRounding) return 0;
  return std::abs(share - 1) < kRounding ? 1 : share;
}

}  // namespace

double PixelCoverage::Edge::col_at(double row) const {
  if (row <= top.row) return top.col;
  if (row >= bottom.row) return bottom.col;
  return top.col + (row - top.row) / (bottom.row - top.row) * (bottom.col - top.col);
}

PixelCoverage::PixelCoverage(const RasterPolygon& polygon, std::int64_t cols, std::int64_t rows)
    : m_cols(cols) {
  for_each_ring(polygon, [this](RasterRing ring, bool is_shell) { add_ring(ring, is_shell); });
  const auto height = static_cast<double>(rows);
  std::erase_if(m_edges, [&](const Edge& edge) { return edge.bottom.row <= 0 || edge.top.row >= height; });
  if (m_edges.empty()) return;
  std::ranges::sort(m_edges, {}, [](const Edge& edge) { return edge.top.row; });
  double bottom = 0;
  for (const Edge& edge : m_edges) bottom = std::max(bottom, edge.bottom.row);
  m_first_row = static_cast<std::int64_t>(std::floor(std::max(0.0, m_edges.front().top.row)));
  m_end_row = static_cast<std::int64_t>(std::ceil(std::min(height, bottom)));
}

void PixelCoverage::add_ring(RasterRing ring, bool is_shell) {
  // Clockwise, the left side of the ring goes up: an edge that goes down has the inside to its left.
  const double inside = (turning_area(ring) > 0) == is_shell ? -1 : 1;
  for_each_edge(ring, [&](const RasterVertex& from, const RasterVertex& to) {
    if (from.row < to.row)
      m_edges.push_back({from, to, inside});
    else if (to.row < from.row)
      m_edges.push_back({to, from, -inside});
  });
}

void PixelCoverage::read_row(std::int64_t row, std::vector<CoverageSpan>& spans) {
  spans.clear();
  const auto top = static_cast<double>(row);
  const double bottom = top + 1;
  while (m_next < m_edges.size() && m_edges[m_next].top.row < bottom)
    m_active.push_back(static_cast<std::uint32_t>(m_next++));
  std::erase_if(m_active, [&](std::uint32_t number) { return m_edges[number].bottom.row <= top; });
  m_steps.clear();
  for (const std::uint32_t number : m_active) {
    const Edge& edge = m_edges[number];
    const double from = std::max(top, edge.top.row);
    const double to = std::min(bottom, edge.bottom.row);
    if (from < to) add_piece(edge.col_at(from), edge.col_at(to), edge.sign * (to - from));
  }
  std::ranges::sort(m_steps, {}, &Step::col);
  double share = 0;
  for (std::size_t i = 0; i < m_steps.size();) {
    const std::int64_t begin = m_steps[i].col;
    for (; i < m_steps.size() && m_steps[i].col == begin; ++i) share += m_steps[i].share;
    const std::int64_t end = i < m_steps.size() ? m_steps[i].col : m_cols;
    const double whole = settled(share);
    if (whole > 0 && begin < end) spans.push_back({begin, end, whole});
  }
}

void PixelCoverage::add_piece(double col_a, double col_b, double height) {
  // The order does not matter for what lies to the right of the piece.
  double from = std::min(col_a, col_b);
  double to = std::max(col_a, col_b);
  const auto right = static_cast<double>(m_cols);
  const double width = to - from;
  if (from < 0) {
    const double beyond = to <= 0 ? height : height * (-from / width);
    m_steps.push_back({0, beyond});
    height -= beyond;
    from = 0;
    if (to <= 0) return;
  }
  if (from >= right) return;
  if (to > right) {
    height *= (right - from) / (to - from);
    to = right;
  }
  add_inside(from, to, height);
}

void PixelCoverage::add_inside(double from, double to, double height) {
  auto col = static_cast<std::int64_t>(std::floor(from));
  const double width = to - from;
  double passed = 0;  // part of the height above the pixel's right border
  for (double at = from; col < m_cols; ++col) {
    const double border = std::min(to, static_cast<double>(col + 1));
    const double reached = border >= to ? height : height * ((border - from) / width);
    const double own = reached - passed;
    const double left = own * ((at + border) / 2 - static_cast<double>(col));
    m_steps.push_back({col, own - left});
    if (col + 1 < m_cols) m_steps.push_back({col + 1, left});
    if (border >= to) return;
    passed = reached;
    at = border;
  }
}

}  // namespace orthocover
