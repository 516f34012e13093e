#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// Least scene pixels per pixel of level 1, in training and in maps: a scene that is coarser than its model
/// is enlarged twice at most, beyond which there is only blur to see.
inline constexpr double kFinestScale = 0.5;

/// Patches along one axis of a level's grid. Starts are multiples of the network's size multiple, so that the
/// same pixel meets the same phase of every stride in each patch, and a wider scene changes nothing in its
/// interior.
struct AxisPlan {
  std::int64_t origin = 0;  ///< first grid pixel that is covered
  std::int64_t extent = 0;  ///< grid pixels covered, a multiple of the size multiple
  std::int64_t patch = 0;   ///< patch side along this axis, px
  std::vector<std::int64_t>
      starts;  ///< ascending; starts.front() == origin, starts.back() + patch == origin + extent
};

/// Spreads patches evenly over [begin, end).
///
/// A scene smaller than the patch gets one patch of its own size; else the patch shrinks to what the evenly
/// spread count needs, so that the work stays near the scene's size times the overlap.
/// @param patch_px upper limit of the patch, a multiple of `multiple`
/// @param overlap_px least overlap of neighbours
/// @param multiple of patch sizes and starts
AxisPlan plan_axis(std::int64_t begin, std::int64_t end, std::int64_t patch_px, std::int64_t overlap_px,
                   std::int64_t multiple);

/// The same axis with its patches moved by a share of the step to the next one, and one patch more.
///
/// The patch keeps its side, and the first and the last one stay at the rims, so that the same pixels are
/// covered: { s0, s0 + h, s1 + h, ..., last }. All overlaps are at least those of `plan`. Where there is one
/// patch, or the share of a step is less than `multiple`, nothing moves.
/// @param share of the step between neighbours, 0 (the plan itself) to below 1
/// @param multiple of starts
AxisPlan shifted(const AxisPlan& plan, double share, std::int64_t multiple);

/// The patches of one stitch level. A level's grid has pixel (i, j) over the scene pixels
/// [j * scale.x, (j + 1) * scale.x) x [i * scale.y, (i + 1) * scale.y).
struct LevelPlan {
  int level = 1;     ///< stitch level s
  PixelScale scale;  ///< scene pixels per level pixel: s * model ground size / scene ground size
  AxisPlan x;
  AxisPlan y;

  std::int64_t patches() const { return static_cast<std::int64_t>(x.starts.size() * y.starts.size()); }
  /// Patch `index` (row by row) in level pixels.
  Window patch(std::int64_t index) const;
  /// Patches that meet a window of level pixels, row by row.
  std::vector<std::int64_t> patches_meeting(const Window& window) const;
  /// Network input pixels of all patches.
  std::int64_t cost_px() const { return patches() * x.patch * y.patch; }
};

/// What the levels are planned from.
struct LevelRequest {
  std::int64_t scene_cols = 0;
  std::int64_t scene_rows = 0;
  Window region;            ///< scene pixels that the map must cover
  std::vector<int> levels;  ///< stitch levels, ascending, the first is always used
  PixelScale base_scale;    ///< scene pixels per pixel of level 1
  std::int64_t patch_px = 1024;
  double overlap = 0.25;  ///< share of the patch
  std::int64_t multiple = 32;
  double grid_shift = 0;  ///< share of its own step that each level's patches are moved by: shifted()
};

/// The levels of a run, and those that make no sense for the scene.
struct LevelPlans {
  std::vector<LevelPlan> used;
  std::vector<std::pair<int, std::string>> left_out;  ///< level, reason
};

/// Side of what a level should show of a scene, level pixels, unless patches are smaller.
inline constexpr std::int64_t kContextPx = 512;

/// Least share of a level's nominal window, (s * min(patch, kContextPx))^2, that the scene must fill; below
/// it the level is left out.
inline constexpr double kLeastWindowShare = 0.5;

LevelPlans plan_levels(const LevelRequest& request);

}  // namespace orthocover
