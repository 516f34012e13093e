#include "core/training/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/text.h"
#include "core/geometry/box_index.h"

namespace orthocover {
namespace {

using Members = std::map<std::string, std::vector<std::size_t>>;

Members members_of(const std::vector<TrainingScene>& scenes, SplitBy by) {
  Members members;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    if (!scenes[i].train_only) members[by == SplitBy::Scene ? scenes[i].name : scenes[i].place].push_back(i);
  }
  return members;
}

std::vector<std::string> names_of(const Members& members) {
  std::vector<std::string> names;
  for (const auto& [name, scenes] : members) names.push_back(name);
  return names;
}

/// Holds out the scenes of a name, and keeps those that are for training only from training.
void hold_out_members(SplitBy by, const std::string& name, std::vector<TrainingScene>& scenes) {
  for (TrainingScene& scene : scenes) {
    if ((by == SplitBy::Scene ? scene.name : scene.place) != name) continue;
    if (scene.train_only)
      scene.withheld = {scene.source->info().window()};
    else
      hold_out_whole(scene);
  }
}

/// The annotated regions of a scene where all its labels lie in them, else all of it.
std::vector<LabelledRegion> regions_of_all(const TrainingScene& scene) {
  const std::vector<LabelledRegion>& regions = scene.labels->regions();
  const auto outside = [&](const LabelledPiece& piece) {
    return std::ranges::none_of(regions, [&](const LabelledRegion& region) {
      return region.window.contains(centre_of(piece.bounds));
    });
  };
  if (std::ranges::none_of(scene.labels->pieces(), outside)) return regions;
  return {{"", scene.source->info().window()}};
}

ClassAreas areas_of(const std::vector<TrainingScene>& scenes, const std::vector<std::size_t>& members) {
  ClassAreas areas(256);
  for (const std::size_t i : members) {
    const double pixel_m2 = scenes[i].ground_size_m * scenes[i].ground_size_m;
    for (const LabelledPiece& piece : scenes[i].labels->pieces())
      areas[static_cast<std::size_t>(piece.class_index)] += piece.area_px * pixel_m2;
  }
  return areas;
}

void split_whole_scenes(const SplitOptions& options, std::vector<TrainingScene>& scenes) {
  const char* what = options.by == SplitBy::Scene ? "scene" : "place";
  const Members members = members_of(scenes, options.by);
  std::vector<std::string> held = options.hold_out;
  for (const std::string& name : held) {
    const std::vector<std::string> names = names_of(members);
    if (!members.contains(name)) {
      throw usage_error("--hold-out (hold_out): no {} is called '{}'{}; there are {}", what, name,
                        did_you_mean(name, names), join(names));
    }
  }
  if (held.empty()) {
    if (members.size() < 2) {
      throw data_error("a split by {} needs at least two, there is only '{}'; split by blocks", what,
                       join(names_of(members)));
    }
    std::vector<ClassAreas> parts;
    std::vector<PartWindow> windows;
    for (const auto& [name, indices] : members) {
      for (const std::size_t i : indices) {
        for (const LabelledRegion& region : regions_of_all(scenes[i]))
          windows.push_back({parts.size(), i, region.window});
      }
      parts.push_back(areas_of(scenes, indices));
    }
    const std::vector<bool> drawn =
        draw_held_out(parts, options.share, options.seed, same_ground_of(scenes, windows, parts.size()));
    std::size_t part = 0;
    for (const auto& [name, indices] : members) {
      if (drawn[part++]) held.push_back(name);
    }
    if (held.empty()) {
      throw data_error(
          "no {} can be held out: each has a class that no other has; name some with --hold-out "
          "(hold_out), or split by blocks",
          what);
    }
  }
  for (const std::string& name : held) hold_out_members(options.by, name, scenes);
  settle_held_out(scenes, 0);
}

void check_blocks(const SplitOptions& options, const std::vector<TrainingScene>& scenes) {
  if (!options.hold_out.empty())
    throw usage_error("--hold-out (hold_out): blocks have no names, '{}' can't be held out; leave it out",
                      options.hold_out[0]);
  for (const TrainingScene& scene : scenes) {
    if (!scene.has_ground_size && !scene.train_only) {
      throw usage_error(
          "{}: its ground size is unknown, so it can't be split into blocks; give ground_size_m",
          scene.source->info().path);
    }
  }
}

void check_something_left(const std::vector<TrainingScene>& scenes) {
  if (std::ranges::none_of(scenes, is_seen))
    throw data_error("all labels are held out, nothing is left to train on; hold out less");
}

/// Draws parts for one class after the other.
class Draw {
 public:
  Draw(const std::vector<ClassAreas>& parts, double share, std::vector<SameGround> same_ground)
      : m_parts(parts), m_share(share), m_same_ground(std::move(same_ground)), m_held(parts.size()) {
    m_same_ground.resize(parts.size());
    for (const ClassAreas& part : parts) {
      m_total.resize(std::max(m_total.size(), part.size()));
      m_parts_left.resize(m_total.size());
      for (std::size_t c = 0; c < part.size(); ++c) {
        m_total[c] += part[c];
        m_parts_left[c] += part[c] > 0 ? 1 : 0;
      }
    }
    m_held_area.resize(m_total.size());
  }

  std::vector<bool> run(std::vector<std::size_t> order) {
    std::vector<std::size_t> classes(m_total.size());
    std::iota(classes.begin(), classes.end(), 0);
    std::ranges::stable_sort(classes, {}, [counts = m_parts_left](std::size_t c) { return counts[c]; });
    for (const std::size_t c : classes) {
      for (const std::size_t part : order) {
        if (m_held[part] || m_parts[part][c] <= 0) continue;
        const Taking taking = taking_of(part);
        const bool wanted = m_held_area[c] == 0 || brings_nearer(taking);
        if (wanted && leaves_every_class(taking)) take(taking);
      }
    }
    return m_held;
  }

 private:
  /// What holding a part out takes from training.
  struct Taking {
    std::vector<std::size_t> held;  ///< the part and those whose labels all lie on its ground
    std::set<PartClass> lost;       ///< for neither side
    ClassAreas held_area;
    ClassAreas lost_area;
    std::vector<int> parts;  ///< by class
  };

  Taking taking_of(std::size_t part) const {
    const std::size_t classes = m_total.size();
    Taking taking{{part}, {}, ClassAreas(classes), ClassAreas(classes), std::vector<int>(classes)};
    for (std::size_t i = 0; i < taking.held.size(); ++i) {
      const std::size_t held = taking.held[i];
      for (std::size_t c = 0; c < m_parts[held].size(); ++c) {
        taking.held_area[c] += m_parts[held][c];
        if (m_lost.contains({held, c}))
          taking.lost_area[c] -= m_parts[held][c];
        else if (m_parts[held][c] > 0)
          ++taking.parts[c];
      }
      for (const std::size_t other : m_same_ground[held].parts) {
        if (!m_held[other] && std::ranges::find(taking.held, other) == taking.held.end())
          taking.held.push_back(other);
      }
    }
    for (const std::size_t held : taking.held) {
      for (const auto [other, c] : m_same_ground[held].lost) {
        const bool is_held = m_held[other] || std::ranges::find(taking.held, other) != taking.held.end();
        if (is_held || m_parts[other][c] <= 0 || m_lost.contains({other, c}) ||
            !taking.lost.insert({other, c}).second)
          continue;
        taking.lost_area[c] += m_parts[other][c];
        ++taking.parts[c];
      }
    }
    return taking;
  }

  bool brings_nearer(const Taking& taking) const {
    double change = 0;
    for (std::size_t c = 0; c < m_total.size(); ++c) {
      const double total = m_total[c] - taking.lost_area[c];
      if (total <= 0) continue;
      const double before = m_total[c] > 0 ? m_held_area[c] / m_total[c] : 0;
      const double after = (m_held_area[c] + taking.held_area[c]) / total;
      change += std::abs(m_share - after) - std::abs(m_share - before);
    }
    return change < 0;
  }

  bool leaves_every_class(const Taking& taking) const {
    for (std::size_t c = 0; c < m_total.size(); ++c) {
      if (taking.parts[c] > 0 && m_parts_left[c] <= taking.parts[c]) return false;
    }
    return true;
  }

  void take(const Taking& taking) {
    for (const std::size_t part : taking.held) m_held[part] = true;
    m_lost.insert(taking.lost.begin(), taking.lost.end());
    for (std::size_t c = 0; c < m_total.size(); ++c) {
      m_held_area[c] += taking.held_area[c];
      m_total[c] -= taking.lost_area[c];
      m_parts_left[c] -= taking.parts[c];
    }
  }

  const std::vector<ClassAreas>& m_parts;
  double m_share;
  std::vector<SameGround> m_same_ground;
  std::vector<bool> m_held;
  std::set<PartClass> m_lost;
  ClassAreas m_total;  ///< on either side
  ClassAreas m_held_area;
  std::vector<int> m_parts_left;  ///< to train on, by class
};

}  // namespace

std::vector<bool> draw_held_out(const std::vector<ClassAreas>& parts, double share, std::uint64_t seed,
                                const std::vector<SameGround>& same_ground) {
  if (share <= 0) return std::vector<bool>(parts.size());
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), 0);
  Random random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.index(i)]);
  return Draw(parts, share, same_ground).run(std::move(order));
}

void hold_out_whole(TrainingScene& scene) {
  scene.held_out = regions_of_all(scene);
  if (is_seen(scene))  // what reaches out of a region is nobody's
    scene.withheld = {scene.source->info().window()};
}

void apply_split(const SplitOptions& options, std::vector<TrainingScene>& scenes) {
  if (options.by == SplitBy::Region)
    return HoldOut(options.hold_out, options.share, options.seed).apply(scenes);
  if (options.hold_out.empty() && options.share <= 0) return;
  if (options.by == SplitBy::Blocks) {
    check_blocks(options, scenes);
    split_into_blocks(options, scenes);
  } else {
    split_whole_scenes(options, scenes);
  }
  check_something_left(scenes);
}

FoldPlan FoldPlan::by_place(const std::vector<TrainingScene>& scenes) {
  FoldPlan plan;
  plan.m_folds = names_of(members_of(scenes, SplitBy::Place));
  if (plan.m_folds.size() < 2) {
    throw usage_error(
        "--cross-validate place: needs scenes of at least two places, there is only '{}'; name the 'place' "
        "of each source in the training config",
        join(plan.m_folds));
  }
  return plan;
}

void FoldPlan::clear(std::vector<TrainingScene>& scenes) {
  for (TrainingScene& scene : scenes) scene.held_out.clear(), scene.withheld.clear();
}

void FoldPlan::apply(std::size_t fold, std::vector<TrainingScene>& scenes) const {
  clear(scenes);
  hold_out_members(SplitBy::Place, m_folds[fold], scenes);
  settle_held_out(scenes, 0);
  if (std::ranges::none_of(scenes, is_seen))
    throw data_error(
        "--cross-validate place: other places show the ground of '{}' only, nothing is left to train on",
        m_folds[fold]);
}

}  // namespace orthocover
