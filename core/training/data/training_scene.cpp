#include "core/training/data/training_scene.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"
#include "core/geometry/box_index.h"
#include "core/geometry/level_plan.h"
#include "core/training/data/split.h"

namespace orthocover {
namespace {

/// Scene pixels per patch pixel from which on patches' borders need not be met exactly.
constexpr double kCoarseScale = 2;

/// The regions of a name with labelled ground.
struct Candidate {
  std::size_t scene;
  std::vector<LabelledRegion> regions;
  ClassAreas areas = ClassAreas(256);
};

std::vector<Candidate> candidates_of(const std::vector<TrainingScene>& scenes) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const TrainingScene& scene = scenes[i];
    if (scene.train_only) continue;
    const auto first = static_cast<std::ptrdiff_t>(candidates.size());
    for (const LabelledRegion& region : scene.labels->regions()) {
      auto candidate =
          std::ranges::find_if(candidates.begin() + first, candidates.end(),
                               [&](const Candidate& c) { return c.regions.front().name == region.name; });
      if (candidate == candidates.end()) candidate = candidates.insert(candidate, Candidate{i, {}});
      candidate->regions.push_back(region);
      for (const LabelledPiece& piece : scene.labels->pieces()) {
        const auto share = static_cast<double>(intersect(piece.bounds, region.window).pixels()) /
                           static_cast<double>(piece.bounds.pixels());
        candidate->areas[static_cast<std::size_t>(piece.class_index)] +=
            share * piece.area_px * scene.ground_size_m * scene.ground_size_m;
      }
    }
  }
  return candidates;
}

}  // namespace

PixelScale patch_scale(const TrainingScene& scene, double ground_size_m) {
  return scene.pixels_along(std::max(kFinestScale * scene.ground_size_m, ground_size_m));
}

Window scene_window(const PixelScale& scale, const Window& window) {
  const auto scaled = [](std::int64_t at, double by) { return std::llround(static_cast<double>(at) * by); };
  const Window out{scaled(window.col, scale.x), scaled(window.row, scale.y), 0, 0};
  return {out.col, out.row, std::max<std::int64_t>(1, scaled(window.right(), scale.x) - out.col),
          std::max<std::int64_t>(1, scaled(window.bottom(), scale.y) - out.row)};
}

void read_patch_labels(const LabelSource& source, const PixelScale& scale, const Window& window,
                       std::vector<std::uint8_t>& labels) {
  if (std::min(scale.x, scale.y) >= kCoarseScale)
    return source.read(scene_window(scale, window), window.cols, window.rows, labels);
  // A window of whole scene pixels is not quite that of the patch: labels would be off by up to half a scene
  // pixel, which is much on a fine grid.
  const auto below = [](std::int64_t at, double by) {
    return static_cast<std::int64_t>(std::floor((static_cast<double>(at) + 0.5) * by));
  };
  Window scene{below(window.col, scale.x), below(window.row, scale.y), 0, 0};
  scene.cols = below(window.right() - 1, scale.x) - scene.col + 1;
  scene.rows = below(window.bottom() - 1, scale.y) - scene.row + 1;
  std::vector<std::uint8_t> pixels;
  source.read(scene, scene.cols, scene.rows, pixels);
  labels.resize(static_cast<std::size_t>(window.pixels()));
  auto to = labels.begin();
  for (std::int64_t row = window.row; row < window.bottom(); ++row) {
    const auto from = pixels.begin() + (below(row, scale.y) - scene.row) * scene.cols;
    for (std::int64_t col = window.col; col < window.right(); ++col)
      *to++ = from[below(col, scale.x) - scene.col];
  }
}

std::vector<Window> unseen_windows(const TrainingScene& scene) {
  std::vector<Window> windows = windows_of(scene.held_out);
  windows.insert(windows.end(), scene.withheld.begin(), scene.withheld.end());
  return windows;
}

LabelledAreas labelled_areas(const std::vector<TrainingScene>& scenes, std::size_t classes) {
  LabelledAreas areas{std::vector<double>(classes), std::vector<double>(classes)};
  for (const TrainingScene& scene : scenes) {
    if (scene.train_only) continue;
    const BoxIndex held_out(windows_of(scene.held_out));
    for (const LabelledPiece& piece : scene.labels->pieces()) {
      const auto index = static_cast<std::size_t>(piece.class_index);
      if (index >= classes) continue;
      double held_px = piece.area_px;
      for (const LabelledPiece& part : parts_beside(held_out, piece)) held_px -= part.area_px;
      const double pixel_m2 = scene.ground_size_m * scene.ground_size_m;
      areas.all_m2[index] += piece.area_px * pixel_m2;
      areas.held_out_m2[index] += held_px * pixel_m2;
    }
  }
  return areas;
}

std::vector<LabelledPiece> parts_beside(const BoxIndex& windows, const LabelledPiece& piece) {
  std::vector<LabelledPiece> parts;
  for (const Window& window : windows.outside(piece.bounds)) {
    parts.push_back(piece);
    parts.back().bounds = window;
    const double share = static_cast<double>(window.pixels()) / static_cast<double>(piece.bounds.pixels());
    parts.back().area_px *= share;
    parts.back().share *= share;
  }
  return parts;
}

bool is_seen(const TrainingScene& scene) {
  const BoxIndex unseen(unseen_windows(scene));
  return std::ranges::any_of(scene.labels->pieces(), [&](const LabelledPiece& piece) {
    return !parts_beside(unseen, piece).empty();
  });
}

void HoldOut::apply(std::vector<TrainingScene>& scenes) const {
  if (m_names.empty())
    by_share(scenes);
  else
    by_name(scenes);
  settle_held_out(scenes, 0);
  if (std::ranges::none_of(scenes, is_seen))
    throw data_error("all labels are held out, nothing is left to train on; hold out fewer regions");
}

void HoldOut::by_name(std::vector<TrainingScene>& scenes) const {
  for (const std::string& name : m_names) {
    bool found = false;
    std::vector<std::string> known;
    for (TrainingScene& scene : scenes) {
      if (scene.train_only) continue;
      for (const LabelledRegion& region : scene.labels->regions()) {
        if (!region.name.empty()) known.push_back(region.name);
        if (!is_called(scene, region, name)) continue;
        found = true;
        // It may be named twice, as `region` and `scene:region`.
        const auto is_same = [&](const LabelledRegion& held) {
          return held.name == region.name && held.window == region.window;
        };
        if (std::ranges::none_of(scene.held_out, is_same)) scene.held_out.push_back(region);
      }
    }
    if (!found)
      throw usage_error("--hold-out (hold_out): no region is called '{}'{}; there are {}", name,
                        did_you_mean(name, known), known.empty() ? "none" : shortened(join(known)));
  }
}

void HoldOut::by_share(std::vector<TrainingScene>& scenes) const {
  const std::vector<Candidate> candidates = candidates_of(scenes);
  std::vector<ClassAreas> parts;
  std::vector<PartWindow> windows;
  for (const Candidate& candidate : candidates) {
    for (const LabelledRegion& region : candidate.regions)
      windows.push_back({parts.size(), candidate.scene, region.window});
    parts.push_back(candidate.areas);
  }
  const std::vector<bool> drawn =
      draw_held_out(parts, m_share, m_seed, same_ground_of(scenes, windows, parts.size()));
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (drawn[i])
      std::ranges::copy(candidates[i].regions, std::back_inserter(scenes[candidates[i].scene].held_out));
}

}  // namespace orthocover
