#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "core/geometry/schedule.h"
#include "core/geometry/window.h"

namespace orthocover {

/// Between a vector file and the name of one of its layers, as QGIS writes it: `plots.gpkg|layername=2023`.
inline constexpr std::string_view kLayerMark = "|layername=";

/// The part of a scene that the user wants mapped.
class AreaMask {
 public:
  AreaMask() = default;
  AreaMask(const AreaMask&) = delete;
  AreaMask& operator=(const AreaMask&) = delete;
  virtual ~AreaMask() = default;

  /// Smallest window of scene pixels around the area, inside the scene.
  virtual Window bounds() const = 0;
  /// Whether a window may have pixels of the area; false is certain, and no pixel is looked at.
  virtual bool may_meet(const Window& window) const = 0;
  /// @param inside resized to [rows, cols]; 1 where the pixel's centre lies inside
  virtual void read(const Window& window, std::vector<std::uint8_t>& inside) const = 0;
};

/// Whether pixels of the area may lie under a patch; others are neither read nor computed.
/// @param patch level pixels
/// @param region scene pixels of the map
/// @param area may be null: the whole region
inline bool meets_area(const LevelPlan& level, const Window& patch, const Window& region,
                       const AreaMask* area) {
  if (area == nullptr) return true;
  const Window window = intersect(pixels_under(patch, level.scale), region);
  return !window.empty() && area->may_meet(window);
}

/// The steps that a run does, as far as that is known before the scene is read: those whose patch meets the
/// area.
/// @param area may be null: the whole region
inline std::vector<ScheduleStep> wanted_steps(std::span<const ScheduleStep> steps,
                                              const std::vector<LevelPlan>& levels, const Window& region,
                                              const AreaMask* area) {
  std::vector<ScheduleStep> wanted;
  std::ranges::copy_if(steps, std::back_inserter(wanted), [&](const ScheduleStep& step) {
    const LevelPlan& level = levels[static_cast<std::size_t>(step.level)];
    return meets_area(level, level.patch(step.patch), region, area);
  });
  return wanted;
}

}  // namespace orthocover
