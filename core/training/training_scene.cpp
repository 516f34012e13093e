#include "core/training/training_scene.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

Window centre_of(const Window& window) {
  return {window.col + window.cols / 2, window.row + window.rows / 2, 1, 1};
}

/// A region with the classes that were drawn in it.
struct Candidate {
  TrainingScene* scene;
  LabelledRegion region;
  std::set<int> classes;
};

std::vector<Candidate> candidates_of(std::vector<TrainingScene>& scenes) {
  std::vector<Candidate> candidates;
  for (TrainingScene& scene : scenes) {
    if (scene.train_only) continue;
    for (const LabelledRegion& region : scene.labels->regions()) {
      Candidate candidate{&scene, region, {}};
      for (const LabelledPiece& piece : scene.labels->pieces()) {
        if (region.window.contains(centre_of(piece.bounds))) candidate.classes.insert(piece.class_index);
      }
      if (!candidate.classes.empty()) candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

void shuffle(std::vector<Candidate>& candidates, Random& random) {
  for (std::size_t i = candidates.size(); i > 1; --i)
    std::swap(candidates[i - 1], candidates[random.index(i)]);
}

}  // namespace

void withhold_same_ground(std::vector<TrainingScene>& scenes, double gap_m) {
  for (TrainingScene& scene : scenes) {
    const auto gap_px = gap_m > 0 ? static_cast<std::int64_t>(std::ceil(gap_m / scene.ground_size_m)) : 0;
    for (const TrainingScene& other : scenes) {
      if (&other == &scene || other.source->info().path != scene.source->info().path) continue;
      for (const LabelledRegion& region : other.held_out) {
        const Window& held = region.window;
        scene.withheld.push_back(
            {held.col - gap_px, held.row - gap_px, held.cols + 2 * gap_px, held.rows + 2 * gap_px});
      }
    }
  }
}

std::vector<Window> unseen_windows(const TrainingScene& scene) {
  std::vector<Window> windows(scene.withheld);
  for (const LabelledRegion& region : scene.held_out) windows.push_back(region.window);
  return windows;
}

std::vector<double> held_out_area_m2(const std::vector<TrainingScene>& scenes, std::size_t classes) {
  std::vector<double> areas(classes);
  for (const TrainingScene& scene : scenes) {
    if (scene.train_only) continue;
    for (const LabelledPiece& piece : scene.labels->pieces()) {
      const auto index = static_cast<std::size_t>(piece.class_index);
      if (index < classes && is_held_out(scene, piece))
        areas[index] += piece.area_px * scene.ground_size_m * scene.ground_size_m;
    }
  }
  return areas;
}

bool is_held_out(const TrainingScene& scene, const LabelledPiece& piece) {
  const Window centre = centre_of(piece.bounds);
  const auto covers = [&](const Window& window) { return window.contains(centre); };
  return std::ranges::any_of(scene.withheld, covers) ||
         std::ranges::any_of(scene.held_out, covers, &LabelledRegion::window);
}

void HoldOut::apply(std::vector<TrainingScene>& scenes) const {
  if (m_names.empty())
    by_share(scenes);
  else
    by_name(scenes);
  withhold_same_ground(scenes, 0);
  for (const TrainingScene& scene : scenes) {
    const auto& pieces = scene.labels->pieces();
    if (std::ranges::any_of(pieces, [&](const LabelledPiece& piece) { return !is_held_out(scene, piece); }))
      return;
  }
  throw data_error("all labels are held out, nothing is left to train on; hold out fewer regions");
}

void HoldOut::by_name(std::vector<TrainingScene>& scenes) const {
  for (const std::string& name : m_names) {
    bool found = false;
    std::vector<std::string> known;
    for (TrainingScene& scene : scenes) {
      if (scene.train_only) continue;
      for (const LabelledRegion& region : scene.labels->regions()) {
        known.push_back(region.name);
        if (name != region.name && name != scene.name + ":" + region.name) continue;
        scene.held_out.push_back(region);
        found = true;
      }
    }
    if (!found) throw usage_error("--hold-out: no region is called '{}'{}", name, did_you_mean(name, known));
  }
}

void HoldOut::by_share(std::vector<TrainingScene>& scenes) const {
  std::vector<Candidate> candidates = candidates_of(scenes);
  const auto wanted = static_cast<std::size_t>(m_share * static_cast<double>(candidates.size()) + 0.5);
  if (wanted == 0) return;
  Random random(m_seed);
  shuffle(candidates, random);
  std::map<int, int> regions_of_class;
  for (const Candidate& candidate : candidates) {
    for (const int index : candidate.classes) ++regions_of_class[index];
  }
  std::set<int> seen;
  const auto hold = [&](Candidate& candidate) {
    candidate.scene->held_out.push_back(candidate.region);
    seen.insert(candidate.classes.begin(), candidate.classes.end());
    for (const int index : candidate.classes) --regions_of_class[index];
    candidate.classes.clear();
  };
  const auto leaves_enough = [&](const Candidate& candidate) {
    return !candidate.classes.empty() &&
           std::ranges::all_of(candidate.classes, [&](int index) { return regions_of_class[index] > 1; });
  };
  // First one region for every class that is not yet seen, then any until the share is reached.
  std::size_t held = 0;
  for (const bool only_new : {true, false}) {
    for (Candidate& candidate : candidates) {
      if (held >= wanted && !only_new) break;
      const bool news =
          std::ranges::any_of(candidate.classes, [&](int index) { return !seen.contains(index); });
      if ((only_new && !news) || !leaves_enough(candidate)) continue;
      hold(candidate);
      ++held;
    }
  }
}

}  // namespace orthocover
