#include "core/geometry/level_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orthocover {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

std::vector<std::int64_t> even_starts(std::int64_t origin, std::int64_t slack, std::int64_t count,
                                      std::int64_t multiple) {
  std::vector<std::int64_t> starts;
  const std::int64_t steps = slack / multiple;
  for (std::int64_t i = 0; i < count; ++i) {
    starts.push_back(origin + (count == 1 ? 0 : steps * i / (count - 1)) * multiple);
  }
  return starts;
}

std::int64_t largest_step(const std::vector<std::int64_t>& starts) {
  std::int64_t step = 0;
  for (std::size_t i = 1; i < starts.size(); ++i) step = std::max(step, starts[i] - starts[i - 1]);
  return step;
}

/// Level pixels around the region that still look at it: a quarter of a patch, inside the scene.
std::pair<std::int64_t, std::int64_t> covered_span(std::int64_t begin_px, std::int64_t end_px,
                                                   std::int64_t scene_px, double scale,
                                                   std::int64_t patch_px) {
  const auto begin =
      static_cast<std::int64_t>(std::floor(static_cast<double>(begin_px) / scale)) - patch_px / 4;
  const auto end = static_cast<std::int64_t>(std::ceil(static_cast<double>(end_px) / scale)) + patch_px / 4;
  const auto whole = static_cast<std::int64_t>(std::ceil(static_cast<double>(scene_px) / scale));
  return {std::max<std::int64_t>(0, begin), std::min(whole, end)};
}

}  // namespace

AxisPlan plan_axis(std::int64_t begin, std::int64_t end, std::int64_t patch_px, std::int64_t overlap_px,
                   std::int64_t multiple) {
  AxisPlan plan;
  plan.origin = begin / multiple * multiple;
  plan.extent = round_up(std::max<std::int64_t>(1, end - plan.origin), multiple);
  overlap_px = std::min(round_up(overlap_px, multiple), patch_px - multiple);
  if (plan.extent <= patch_px) {
    plan.patch = plan.extent;
    plan.starts = {plan.origin};
    return plan;
  }
  const std::int64_t stride = patch_px - overlap_px;
  for (std::int64_t count = (plan.extent - overlap_px + stride - 1) / stride;; ++count) {
    const std::int64_t even = (plan.extent + (count - 1) * overlap_px + count - 1) / count;
    plan.patch = std::min(patch_px, round_up(even, multiple));
    plan.starts = even_starts(plan.origin, plan.extent - plan.patch, count, multiple);
    if (plan.patch - largest_step(plan.starts) >= overlap_px) return plan;
  }
}

AxisPlan shifted(const AxisPlan& plan, double share, std::int64_t multiple) {
  AxisPlan moved = plan;
  moved.starts = {plan.origin};
  for (std::size_t i = 1; i < plan.starts.size(); ++i) {
    const auto step = static_cast<double>(plan.starts[i] - plan.starts[i - 1]);
    const auto steps = static_cast<std::int64_t>(std::floor(share * step / static_cast<double>(multiple)));
    moved.starts.push_back(plan.starts[i - 1] + steps * multiple);
  }
  moved.starts.push_back(plan.starts.back());
  const auto repeated = std::ranges::unique(moved.starts);
  moved.starts.erase(repeated.begin(), repeated.end());
  return moved;
}

Window LevelPlan::patch(std::int64_t index) const {
  const auto columns = static_cast<std::int64_t>(x.starts.size());
  return {x.starts[static_cast<std::size_t>(index % columns)],
          y.starts[static_cast<std::size_t>(index / columns)], x.patch, y.patch};
}

std::vector<std::int64_t> LevelPlan::patches_meeting(const Window& window) const {
  const auto first = [](const AxisPlan& axis, std::int64_t begin) {
    return std::ranges::upper_bound(axis.starts, begin - axis.patch) - axis.starts.begin();
  };
  const auto end = [](const AxisPlan& axis, std::int64_t end_px) {
    return std::ranges::lower_bound(axis.starts, end_px) - axis.starts.begin();
  };
  std::vector<std::int64_t> found;
  for (auto row = first(y, window.row); row < end(y, window.bottom()); ++row) {
    for (auto col = first(x, window.col); col < end(x, window.right()); ++col)
      found.push_back(row * static_cast<std::int64_t>(x.starts.size()) + col);
  }
  return found;
}

LevelPlans plan_levels(const LevelRequest& request) {
  LevelPlans plans;
  const auto overlap_px =
      static_cast<std::int64_t>(std::lround(request.overlap * static_cast<double>(request.patch_px)));
  for (const int level : request.levels) {
    LevelPlan plan;
    plan.level = level;
    plan.scale = request.base_scale * level;
    const PixelScale nominal_px = plan.scale * static_cast<double>(std::min(request.patch_px, kContextPx));
    const auto share = [](std::int64_t px, double of) { return std::min(1.0, static_cast<double>(px) / of); };
    const double filled = share(request.scene_cols, nominal_px.x) * share(request.scene_rows, nominal_px.y);
    if (!plans.used.empty() && filled < kLeastWindowShare) {
      plans.left_out.emplace_back(level, fmt::format("the scene fills {:.0f} % of its {:.0f} px window",
                                                     100 * filled, nominal_px.mean()));
      continue;
    }
    const Window& region = request.region;
    const auto [left, right] =
        covered_span(region.col, region.right(), request.scene_cols, plan.scale.x, request.patch_px);
    const auto [top, bottom] =
        covered_span(region.row, region.bottom(), request.scene_rows, plan.scale.y, request.patch_px);
    plan.x = plan_axis(left, right, request.patch_px, overlap_px, request.multiple);
    plan.y = plan_axis(top, bottom, request.patch_px, overlap_px, request.multiple);
    plan.x = shifted(plan.x, request.grid_shift, request.multiple);
    plan.y = shifted(plan.y, request.grid_shift, request.multiple);
    plans.used.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace orthocover
