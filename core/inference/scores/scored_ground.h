#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/geometry/schedule.h"

namespace orthocover {

/// The ground for which patches went through the network. Patches without data are left out, as the copy of
/// the scene that they are read from has it; a valid pixel that an overview has lost may lie there.
class ScoredGround {
 public:
  explicit ScoredGround(const std::vector<LevelPlan>& levels);

  void add(const ScheduleStep& step, bool has_scores);

  /// 1 where a pixel has scores of any level; nothing where all of the window has.
  /// @param window scene pixels, all of whose patches were added
  /// @return @shape [rows, cols]
  std::optional<std::vector<std::uint8_t>> mask(const Window& window) const;

 private:
  std::vector<Window> scored(const Window& window) const;

  const std::vector<LevelPlan>& m_levels;
  std::vector<std::vector<bool>> m_has_scores;  ///< by level and patch
  bool m_is_everywhere = true;
};

}  // namespace orthocover
