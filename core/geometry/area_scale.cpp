#include "core/geometry/area_scale.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace orthocover {
namespace {

/// Nodes that a cubic passes through.
constexpr std::size_t kCubicNodes = 4;
/// A part that is crossed by nothing: a constant field has no structure.
constexpr double kEndless = 1e18;

std::size_t first_node(std::size_t part, std::size_t nodes) {
  return std::min(part == 0 ? 0 : part - 1, nodes - kCubicNodes);
}

std::size_t clamped_part(double position, std::size_t nodes) {
  return static_cast<std::size_t>(std::clamp(std::floor(position), 0.0, static_cast<double>(nodes - 2)));
}

/// Of a cubic from the begin of its part on.
double integral(const RowGround::Cubic& cubic, double share) {
  return share * (cubic[0] + share * (cubic[1] / 2 + share * (cubic[2] / 3 + share * cubic[3] / 4)));
}

}  // namespace

RowGround::RowGround(double part_cols, std::vector<Cubic> parts)
    : m_part_cols(part_cols),
      m_last_part(static_cast<double>(parts.size() - 1)),
      m_parts(std::move(parts)),
      m_passed(m_parts.size()) {
  for (std::size_t i = 1; i < m_parts.size(); ++i)
    m_passed[i] = m_passed[i - 1] + integral(m_parts[i - 1], 1);
}

double RowGround::before(std::int64_t col) const {
  const double position = static_cast<double>(col) / m_part_cols;
  const auto part = static_cast<std::size_t>(std::min(position, m_last_part));
  return m_part_cols * (m_passed[part] + integral(m_parts[part], position - static_cast<double>(part)));
}

AreaScale::AreaScale(double per_pixel)
    : m_part_cols(kEndless),
      m_part_rows(kEndless),
      m_density(kCubicNodes * kCubicNodes, per_pixel),
      m_passed(m_density.size()) {
  for (std::size_t i = 0; i < m_passed.size(); ++i)
    m_passed[i] = per_pixel * static_cast<double>(i % kCubicNodes);
}

AreaScale::AreaScale(double cols, double rows, int parts_across, int parts_down, const Density& density)
    : m_across(static_cast<std::size_t>(std::max(3, parts_across)) + 1),
      m_down(static_cast<std::size_t>(std::max(3, parts_down)) + 1),
      m_part_cols(cols / static_cast<double>(m_across - 1)),
      m_part_rows(rows / static_cast<double>(m_down - 1)),
      m_density(m_across * m_down),
      m_passed(m_density.size()) {
  for (std::size_t j = 0; j < m_down; ++j) {
    for (std::size_t i = 0; i < m_across; ++i)
      m_density[j * m_across + i] =
          density(static_cast<double>(i) * m_part_cols, static_cast<double>(j) * m_part_rows);
    const double* nodes = &m_density[j * m_across];
    double* passed = &m_passed[j * m_across];
    for (std::size_t i = 0; i + 1 < m_across; ++i)
      passed[i + 1] = passed[i] + integral(cubic_of(nodes, i, m_across), 1);
  }
}

AreaScale::Stencil AreaScale::stencil_at(double position, std::size_t nodes) {
  const std::size_t first = first_node(clamped_part(position, nodes), nodes);
  const double t = position - static_cast<double>(first);
  return {first,
          {-(t - 1) * (t - 2) * (t - 3) / 6, t * (t - 2) * (t - 3) / 2, -t * (t - 1) * (t - 3) / 2,
           t * (t - 1) * (t - 2) / 6}};
}

AreaScale::Cubic AreaScale::cubic_of(const double* nodes, std::size_t part, std::size_t count) {
  const std::size_t first = first_node(part, count);
  const double* y = nodes + first;
  const double d1 = y[1] - y[0];
  const double d2 = y[2] - 2 * y[1] + y[0];
  const double d3 = y[3] - 3 * y[2] + 3 * y[1] - y[0];
  const Cubic c = {y[0], d1 - d2 / 2 + d3 / 3, (d2 - d3) / 2, d3 / 6};
  const auto s = static_cast<double>(part - first);
  return {c[0] + s * (c[1] + s * (c[2] + s * c[3])), c[1] + s * (2 * c[2] + 3 * s * c[3]),
          c[2] + 3 * s * c[3], c[3]};
}

double AreaScale::at(double position, const Stencil& down) const {
  const Stencil across = stencil_at(position, m_across);
  double sum = 0;
  for (std::size_t j = 0; j < kCubicNodes; ++j) {
    const double* nodes = &m_density[(down.first + j) * m_across + across.first];
    double row = 0;
    for (std::size_t i = 0; i < kCubicNodes; ++i) row += across.weights[i] * nodes[i];
    sum += down.weights[j] * row;
  }
  return sum;
}

double AreaScale::integral_to(double position, const Stencil& down) const {
  const std::size_t part = clamped_part(position, m_across);
  double sum = 0;
  for (std::size_t j = 0; j < kCubicNodes; ++j) {
    const std::size_t row = (down.first + j) * m_across;
    const Cubic cubic = cubic_of(&m_density[row], part, m_across);
    sum += down.weights[j] * (m_passed[row + part] + integral(cubic, position - static_cast<double>(part)));
  }
  return sum;
}

double AreaScale::along_row(double from, double to, double row) const {
  const Stencil down = stencil_at(row / m_part_rows, m_down);
  const double a = from / m_part_cols;
  const double b = to / m_part_cols;
  // In one part without the difference of two long integrals.
  if (clamped_part(a, m_across) == clamped_part(b, m_across)) {
    return (to - from) * (at(a + kGauss[0] * (b - a), down) + at(a + kGauss[1] * (b - a), down)) / 2;
  }
  return m_part_cols * (integral_to(b, down) - integral_to(a, down));
}

RowGround AreaScale::row_ground(std::int64_t row) const {
  std::vector<double> nodes(m_across);
  for (const double share : kGauss) {
    const Stencil down = stencil_at((static_cast<double>(row) + share) / m_part_rows, m_down);
    for (std::size_t j = 0; j < kCubicNodes; ++j) {
      const double* from = &m_density[(down.first + j) * m_across];
      for (std::size_t i = 0; i < m_across; ++i) nodes[i] += down.weights[j] / 2 * from[i];
    }
  }
  std::vector<Cubic> parts;
  for (std::size_t part = 0; part + 1 < m_across; ++part)
    parts.push_back(cubic_of(nodes.data(), part, m_across));
  return {m_part_cols, std::move(parts)};
}

}  // namespace orthocover
