#include "core/metrics/seam_index.h"

#include <algorithm>
#include <limits>

namespace orthocover {
namespace {

/// Lower limits of the bins, px.
constexpr std::array kBinsFromPx{0., 4., 8., 16., 32., 64., 128., 256., 512.};
/// Of columns and rows where the axis has no border; beyond every bin.
constexpr std::uint8_t kNoBorder = kBinsFromPx.size();

/// Sides of patches that lie inside the scene, in level pixels, ascending.
std::vector<double> inner_borders(const AxisPlan& axis) {
  std::vector<double> borders;
  for (std::size_t i = 1; i < axis.starts.size(); ++i) {
    borders.push_back(static_cast<double>(axis.starts[i]));
    borders.push_back(static_cast<double>(axis.starts[i - 1] + axis.patch));
  }
  std::ranges::sort(borders);
  return borders;
}

double distance_to_nearest(const std::vector<double>& borders, double at) {
  const auto next = std::ranges::lower_bound(borders, at);
  double distance = std::numeric_limits<double>::infinity();
  if (next != borders.end()) distance = *next - at;
  if (next != borders.begin()) distance = std::min(distance, at - *std::prev(next));
  return distance;
}

std::vector<std::uint8_t> bins_along(const AxisPlan& axis, double scale, std::int64_t begin_px,
                                     std::int64_t count) {
  std::vector<std::uint8_t> bins(static_cast<std::size_t>(count), kNoBorder);
  const std::vector<double> borders = inner_borders(axis);
  for (std::int64_t i = 0; i < count && !borders.empty(); ++i) {
    const double distance = distance_to_nearest(borders, (static_cast<double>(begin_px + i) + 0.5) / scale);
    const auto above = std::ranges::upper_bound(kBinsFromPx, distance) - kBinsFromPx.begin();
    bins[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(above - 1);
  }
  return bins;
}

std::vector<SeamBin> empty_bins() {
  std::vector<SeamBin> bins;
  for (std::size_t i = 0; i < kBinsFromPx.size(); ++i) {
    bins.push_back({kBinsFromPx[i], std::nullopt, 0, 0});
    if (i + 1 < kBinsFromPx.size()) bins.back().to_px = kBinsFromPx[i + 1];
  }
  return bins;
}

/// Bins up to the farthest that occurs on the map: a pixel is as far as the nearer of its column and row.
std::size_t bins_in_use(const std::vector<std::uint8_t>& cols, const std::vector<std::uint8_t>& rows) {
  if (cols.empty() || rows.empty()) return 0;
  const std::uint8_t farthest = std::min(std::ranges::max(cols), std::ranges::max(rows));
  return farthest == kNoBorder ? 0 : farthest + 1U;
}

}  // namespace

SeamIndex::SeamIndex(Legend legend, const Window& region, const std::vector<LevelPlan>& grid)
    : m_legend(std::move(legend)) {
  for (int i = 0; i < m_legend.size(); ++i)
    m_class_of_value[m_legend.classes()[static_cast<std::size_t>(i)].value] = static_cast<std::uint8_t>(i);
  m_pairs.resize(static_cast<std::size_t>(m_legend.size()) * static_cast<std::size_t>(m_legend.size()));
  for (const LevelPlan& level : grid) {
    m_distances.push_back({bins_along(level.x, level.scale.x, region.col, region.cols),
                           bins_along(level.y, level.scale.y, region.row, region.rows)});
    SeamProfile profile{level.level, empty_bins()};
    profile.bins.resize(bins_in_use(m_distances.back().cols, m_distances.back().rows));
    m_profiles.push_back(std::move(profile));
  }
}

void SeamIndex::add(const Window& window, std::span<const std::uint8_t> first,
                    std::span<const std::uint8_t> second) {
  std::size_t at = 0;
  for (std::int64_t row = window.row; row < window.bottom(); ++row) {
    for (std::int64_t col = window.col; col < window.right(); ++col, ++at) {
      if (first[at] == kNoClass || second[at] == kNoClass) continue;
      ++m_valid;
      const bool changed = first[at] != second[at];
      if (changed) add_pair(first[at], second[at]);
      add_to_profiles(col, row, changed);
    }
  }
}

void SeamIndex::add_pair(std::uint8_t first, std::uint8_t second) {
  ++m_changed;
  const auto [one, other] = std::minmax(m_class_of_value[first], m_class_of_value[second]);
  ++m_pairs[static_cast<std::size_t>(one) * static_cast<std::size_t>(m_legend.size()) + other];
}

void SeamIndex::add_to_profiles(std::int64_t col, std::int64_t row, bool changed) {
  for (std::size_t i = 0; i < m_profiles.size(); ++i) {
    if (m_profiles[i].bins.empty()) continue;
    SeamBin& bin = m_profiles[i].bins[std::min(m_distances[i].cols[static_cast<std::size_t>(col)],
                                               m_distances[i].rows[static_cast<std::size_t>(row)])];
    ++bin.pixels;
    bin.changed += changed ? 1 : 0;
  }
}

double SeamIndex::share() const {
  return m_valid == 0 ? 0 : static_cast<double>(m_changed) / static_cast<double>(m_valid);
}

std::vector<SeamPair> SeamIndex::pairs() const {
  std::vector<SeamPair> pairs;
  const int classes = m_legend.size();
  for (int one = 0; one < classes; ++one) {
    for (int other = one + 1; other < classes; ++other) {
      const std::uint64_t pixels = m_pairs[static_cast<std::size_t>(one * classes + other)];
      if (pixels > 0) pairs.push_back({one, other, pixels});
    }
  }
  std::ranges::stable_sort(pairs, std::ranges::greater{}, &SeamPair::pixels);
  return pairs;
}

}  // namespace orthocover
