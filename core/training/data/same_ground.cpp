#include "core/training/data/same_ground.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "core/geometry/box_index.h"

namespace orthocover {
namespace {

/// What of a scene shows a window of another; empty where nothing does or can be told.
Window on_grid_of(const RasterInfo& from, const Window& window, const TrainingScene& to) {
  if (from.path == to.source->info().path) return window;
  return to.same_ground ? to.same_ground(from, window) : Window{};
}

/// Whether anything of a scene shows on another: most don't, and need no look at their windows.
/// @param gap_m around it
bool may_show(const TrainingScene& from, double gap_m, const TrainingScene& to) {
  const RasterInfo& info = from.source->info();
  return !on_grid_of(info, with_gap(from, info.window(), gap_m), to).empty();
}

/// Parts and their classes, by scenes.
class PartsOfScenes {
 public:
  PartsOfScenes(const std::vector<TrainingScene>& scenes, const std::vector<PartWindow>& windows)
      : m_scenes(scenes), m_windows(scenes.size()) {
    for (const PartWindow& window : windows) m_windows[window.scene].push_back(window);
  }

  std::vector<SameGround> same_ground(std::size_t parts) {
    m_covered.resize(parts);
    for (std::size_t to = 0; to < m_scenes.size(); ++to) cover(to);
    std::vector<SameGround> same;
    for (std::size_t part = 0; part < parts; ++part) same.push_back(lost_with(part));
    return same;
  }

 private:
  /// Counts what the ground of other scenes' windows covers of a scene.
  void cover(std::size_t to) {
    std::vector<Window> own;
    for (const PartWindow& window : m_windows[to]) own.push_back(window.window);
    if (own.empty()) return;
    const BoxIndex index(own);
    const std::vector<std::map<PartClass, Window>> labels = labels_in(to, index);
    for (const auto& boxes : labels) {
      for (const auto& [of, box] : boxes) ++m_all[of];
    }
    for (std::size_t from = 0; from < m_scenes.size(); ++from) {
      const RasterInfo& info = m_scenes[from].source->info();
      if (from == to || m_windows[from].empty() || !may_show(m_scenes[from], 0, m_scenes[to])) continue;
      for (const PartWindow& window : m_windows[from]) {
        const Window ground = on_grid_of(info, window.window, m_scenes[to]);
        for (const std::size_t i : index.meeting(ground)) {
          for (const auto& [of, box] : labels[i]) {
            if (of.part != window.part && ground.contains(box)) ++m_covered[window.part][of];
          }
        }
      }
    }
  }

  /// Where the labels of each class lie in a scene's windows.
  std::vector<std::map<PartClass, Window>> labels_in(std::size_t scene, const BoxIndex& index) const {
    const std::vector<PartWindow>& windows = m_windows[scene];
    std::vector<std::map<PartClass, Window>> labels(windows.size());
    for (const LabelledPiece& piece : m_scenes[scene].labels->pieces()) {
      for (const std::size_t i : index.meeting(piece.bounds)) {
        Window& box = labels[i][{windows[i].part, static_cast<std::size_t>(piece.class_index)}];
        box = unite(box, intersect(piece.bounds, windows[i].window));
      }
    }
    return labels;
  }

  SameGround lost_with(std::size_t part) const {
    std::map<std::size_t, std::vector<PartClass>> lost;
    for (const auto& [of, count] : m_covered[part]) {
      if (count >= m_all.at(of)) lost[of.part].push_back(of);
    }
    SameGround same;
    for (const auto& [other, classes] : lost) {
      if (std::ssize(classes) ==
          std::distance(m_all.lower_bound({other, 0}), m_all.lower_bound({other + 1, 0})))
        same.parts.push_back(other);
      else
        std::ranges::copy(classes, std::back_inserter(same.lost));
    }
    return same;
  }

  const std::vector<TrainingScene>& m_scenes;
  std::vector<std::vector<PartWindow>> m_windows;   ///< by scene
  std::map<PartClass, int> m_all;                   ///< windows that have labels of it
  std::vector<std::map<PartClass, int>> m_covered;  ///< those on a part's ground
};

/// Windows become parts that do not meet: what lies in several is judged once.
void part_overlaps(std::vector<LabelledRegion>& regions) {
  const BoxIndex index(windows_of(regions));
  std::vector<LabelledRegion> parts;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    std::vector<Window> before;
    for (const std::size_t other : index.meeting(regions[i].window))
      if (other < i) before.push_back(regions[other].window);
    for (const Window& window : cut_out(regions[i].window, before))
      parts.push_back({regions[i].name, window});
  }
  regions = std::move(parts);
}

}  // namespace

std::vector<SameGround> same_ground_of(const std::vector<TrainingScene>& scenes,
                                       const std::vector<PartWindow>& windows, std::size_t parts) {
  return PartsOfScenes(scenes, windows).same_ground(parts);
}

Window with_gap(const TrainingScene& scene, const Window& window, double gap_m) {
  const PixelScale gap = scene.pixels_along(gap_m);
  return expand(window, static_cast<std::int64_t>(std::ceil(gap.x)),
                static_cast<std::int64_t>(std::ceil(gap.y)));
}

void settle_held_out(std::vector<TrainingScene>& scenes, double gap_m) {
  for (TrainingScene& scene : scenes) part_overlaps(scene.held_out);
  for (TrainingScene& scene : scenes) {
    for (const TrainingScene& other : scenes) {
      if (&other == &scene || other.held_out.empty() || !may_show(other, gap_m, scene)) continue;
      for (const LabelledRegion& region : other.held_out) {
        const Window held = on_grid_of(other.source->info(), with_gap(other, region.window, gap_m), scene);
        if (!held.empty()) scene.withheld.push_back(held);
      }
    }
  }
}

}  // namespace orthocover
