#include "core/inference/scores/scored_ground.h"

#include <algorithm>

namespace orthocover {
ScoredGround::ScoredGround(const std::vector<LevelPlan>& levels) : m_levels(levels) {
  for (const LevelPlan& level : levels) m_has_scores.emplace_back(static_cast<std::size_t>(level.patches()));
}

void ScoredGround::add(const ScheduleStep& step, bool has_scores) {
  m_has_scores[static_cast<std::size_t>(step.level)][static_cast<std::size_t>(step.patch)] = has_scores;
  m_is_everywhere = m_is_everywhere && has_scores;
}

/// The parts of a window under patches with scores.
std::vector<Window> ScoredGround::scored(const Window& window) const {
  std::vector<Window> parts;
  for (std::size_t i = 0; i < m_levels.size(); ++i) {
    const LevelPlan& level = m_levels[i];
    for (const std::int64_t patch : level.patches_meeting(pixels_under(window, level.scale.inverse()))) {
      if (!m_has_scores[i][static_cast<std::size_t>(patch)]) continue;
      const Window part = intersect(pixels_under(level.patch(patch), level.scale), window);
      if (!part.empty()) parts.push_back(part);
    }
  }
  return parts;
}

std::optional<std::vector<std::uint8_t>> ScoredGround::mask(const Window& window) const {
  if (m_is_everywhere) return std::nullopt;
  const std::vector<Window> parts = scored(window);
  if (std::ranges::find(parts, window) != parts.end()) return std::nullopt;
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(window.pixels()));
  for (const Window& part : parts) {
    for (std::int64_t row = part.row; row < part.bottom(); ++row)
      std::fill_n(mask.begin() + (row - window.row) * window.cols + part.col - window.col, part.cols, 1);
  }
  return mask;
}

}  // namespace orthocover
