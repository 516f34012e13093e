#include "core/training/training_scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/random.h"
#include "core/base/text.h"
#include "core/training/block_split.h"

namespace orthocover {
namespace {

/// Enlarging more would only show the network blur.
constexpr double kFinestScale = 0.5;

/// Scene pixels per patch pixel from which on the borders of patches need not be met exactly.
constexpr double kCoarseScale = 2;

Window centre_of(const Window& window) {
  return {window.col + window.cols / 2, window.row + window.rows / 2, 1, 1};
}

/// The regions of a name with the classes that were drawn in them.
struct Candidate {
  TrainingScene* scene;
  std::vector<LabelledRegion> regions;
  std::set<int> classes;
};

std::vector<Candidate> candidates_of(std::vector<TrainingScene>& scenes) {
  std::vector<Candidate> candidates;
  for (TrainingScene& scene : scenes) {
    if (scene.train_only) continue;
    const auto first = static_cast<std::ptrdiff_t>(candidates.size());
    for (const LabelledRegion& region : scene.labels->regions()) {
      auto candidate =
          std::ranges::find_if(candidates.begin() + first, candidates.end(),
                               [&](const Candidate& c) { return c.regions.front().name == region.name; });
      if (candidate == candidates.end()) candidate = candidates.insert(candidate, Candidate{&scene, {}, {}});
      candidate->regions.push_back(region);
      for (const LabelledPiece& piece : scene.labels->pieces()) {
        if (region.window.contains(centre_of(piece.bounds))) candidate->classes.insert(piece.class_index);
      }
    }
  }
  std::erase_if(candidates, [](const Candidate& candidate) { return candidate.classes.empty(); });
  return candidates;
}

/// By which corners may be off.
constexpr double kRounding = 1e-4;

/// What of a scene shows a window of another; empty where nothing does or can be told.
Window on_grid_of(const RasterInfo& from, const Window& window, const RasterInfo& to) {
  if (from.path == to.path) return window;
  const auto& a = from.georeference;
  const auto& b = to.georeference;
  if (!a.geotransform || !b.geotransform || a.crs_wkt.empty() || a.crs_wkt != b.crs_wkt) return {};
  const std::array<double, 6>& out = *a.geotransform;
  const std::array<double, 6>& in = *b.geotransform;
  const double determinant = in[1] * in[5] - in[2] * in[4];
  if (determinant == 0) return {};
  double left = 1e15, top = 1e15, right = -1e15, bottom = -1e15;
  for (const std::int64_t col : {window.col, window.right()}) {
    for (const std::int64_t row : {window.row, window.bottom()}) {
      const auto c = static_cast<double>(col), r = static_cast<double>(row);
      const double x = out[0] + c * out[1] + r * out[2] - in[0];
      const double y = out[3] + c * out[4] + r * out[5] - in[3];
      const double to_col = (x * in[5] - y * in[2]) / determinant;
      const double to_row = (y * in[1] - x * in[4]) / determinant;
      left = std::min(left, to_col), right = std::max(right, to_col);
      top = std::min(top, to_row), bottom = std::max(bottom, to_row);
    }
  }
  const Window scene = to.window();
  const auto inside = [](double at, std::int64_t size) {
    return static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(size)));
  };
  const std::int64_t first_col = inside(std::floor(left + kRounding), scene.cols);
  const std::int64_t first_row = inside(std::floor(top + kRounding), scene.rows);
  return {first_col, first_row, inside(std::ceil(right - kRounding), scene.cols) - first_col,
          inside(std::ceil(bottom - kRounding), scene.rows) - first_row};
}

void shuffle(std::vector<Candidate>& candidates, Random& random) {
  for (std::size_t i = candidates.size(); i > 1; --i)
    std::swap(candidates[i - 1], candidates[random.index(i)]);
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
  // A window of whole scene pixels is not quite that of the patch, which would shift labels by up to half a
  // scene pixel: on a fine grid that is much.
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

Window with_gap(const TrainingScene& scene, const Window& window, double gap_m) {
  const PixelScale gap = scene.pixels_along(gap_m);
  return expand(window, static_cast<std::int64_t>(std::ceil(gap.x)),
                static_cast<std::int64_t>(std::ceil(gap.y)));
}

std::string data_type_of(const RasterInfo& scene) {
  const std::string& first = scene.bands.front().data_type;
  const bool is_all =
      std::ranges::all_of(scene.bands, [&](const BandInfo& band) { return band.data_type == first; });
  return is_all ? first : "Float32";
}

void withhold_same_ground(std::vector<TrainingScene>& scenes, double gap_m) {
  for (TrainingScene& scene : scenes) {
    for (const TrainingScene& other : scenes) {
      if (&other == &scene || other.held_out.empty()) continue;
      for (const LabelledRegion& region : other.held_out) {
        const Window held =
            on_grid_of(other.source->info(), with_gap(other, region.window, gap_m), scene.source->info());
        if (!held.empty()) scene.withheld.push_back(held);
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
      if (index >= classes) continue;
      double held_px = piece.area_px;
      for (const LabelledPiece& part : seen_parts(scene, piece)) held_px -= part.area_px;
      areas[index] += held_px * scene.ground_size_m * scene.ground_size_m;
    }
  }
  return areas;
}

std::vector<LabelledPiece> seen_parts(const TrainingScene& scene, const LabelledPiece& piece) {
  std::vector<Window> unseen;
  const auto take = [&](const Window& window) {
    if (!intersect(window, piece.bounds).empty()) unseen.push_back(window);
  };
  for (const Window& window : scene.withheld) take(window);
  for (const LabelledRegion& region : scene.held_out) take(region.window);
  std::vector<LabelledPiece> parts;
  for (const Window& window : cut_out(piece.bounds, unseen)) {
    parts.push_back(piece);
    parts.back().bounds = window;
    parts.back().area_px *= static_cast<double>(window.pixels()) / static_cast<double>(piece.bounds.pixels());
  }
  return parts;
}

bool is_held_out(const TrainingScene& scene, const LabelledPiece& piece) {
  return seen_parts(scene, piece).empty();
}

bool is_seen(const TrainingScene& scene) {
  return std::ranges::any_of(scene.labels->pieces(),
                             [&](const LabelledPiece& piece) { return !is_held_out(scene, piece); });
}

void HoldOut::apply(std::vector<TrainingScene>& scenes) const {
  if (m_names.empty())
    by_share(scenes);
  else
    by_name(scenes);
  withhold_same_ground(scenes, 0);
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
        known.push_back(region.name);
        if (name != region.name && name != scene.name + ":" + region.name) continue;
        scene.held_out.push_back(region);
        found = true;
      }
    }
    if (!found)
      throw usage_error("--hold-out (hold_out): no region is called '{}'{}; there are {}", name,
                        did_you_mean(name, known), shortened(join(known)));
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
    std::ranges::copy(candidate.regions, std::back_inserter(candidate.scene->held_out));
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
