#include "core/training/patch_sampler.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

void append(std::vector<double>& cumulative, double weight) {
  cumulative.push_back((cumulative.empty() ? 0 : cumulative.back()) + weight);
}

/// Places tried for one where classes meet.
constexpr int kMostPlaces = 12;
/// Side of the surroundings that are looked at, in patch pixels.
constexpr std::int64_t kSurroundings = 8;

/// How much of a boundary labels show: 2 where two classes meet, 1 where a class meets what is unlabelled.
int boundary_of(const std::vector<std::uint8_t>& labels) {
  const auto [low, high] = std::ranges::minmax(labels);
  if (low == high) return 0;
  const bool two_classes =
      std::ranges::any_of(labels, [&](std::uint8_t label) { return label != low && label != kIgnoreLabel; });
  return two_classes ? 2 : 1;
}

}  // namespace

PatchSampler::PatchSampler(const std::vector<TrainingScene>& scenes, SamplingOptions options)
    : m_scenes(scenes),
      m_options(std::move(options)),
      m_area_m2(static_cast<std::size_t>(m_options.classes)),
      m_sources(static_cast<std::size_t>(m_options.classes)) {
  // Further data of little weight and coarse pixels must not make its classes seem common.
  std::vector<double> weighted_area(m_area_m2.size());
  for (std::size_t scene = 0; scene < scenes.size(); ++scene) {
    const double pixel_m2 = scenes[scene].ground_size_m * scenes[scene].ground_size_m;
    const BoxIndex unseen(unseen_windows(scenes[scene]));
    for (const LabelledPiece& piece : scenes[scene].labels->pieces()) {
      if (piece.class_index >= m_options.classes) continue;
      const auto index = static_cast<std::size_t>(piece.class_index);
      for (const LabelledPiece& part : parts_beside(unseen, piece)) {
        std::vector<Source>& sources = m_sources[index];
        if (sources.empty() || sources.back().scene != scene) sources.push_back({scene, {}, {}});
        sources.back().bounds.push_back(part.bounds);
        append(sources.back().cumulative, part.share * std::sqrt(std::max(1.0, part.area_px / part.share)));
        m_area_m2[index] += part.area_px * pixel_m2;
        weighted_area[index] += scenes[scene].weight * part.area_px * pixel_m2;
      }
    }
  }
  for (const std::vector<Source>& sources : m_sources) {
    m_scene_cumulative.emplace_back();
    for (const Source& source : sources) append(m_scene_cumulative.back(), scenes[source.scene].weight);
  }
  for (const double area : weighted_area) append(m_class_cumulative, area > 0 ? 1 / std::sqrt(area) : 0);
  if (m_class_cumulative.empty() || m_class_cumulative.back() == 0) {
    throw data_error("no class of the legend has labels to train on");
  }
  for (const double share : m_options.level_shares) append(m_level_cumulative, share);
}

PixelScale PatchSampler::draw_scale(Random& random, std::size_t scene, PatchRequest& request) const {
  if (m_options.ground_range_m) {
    const double wanted_m =
        random.log_uniform(m_options.ground_range_m->first, m_options.ground_range_m->second);
    request.level = std::max(1, static_cast<int>(std::lround(wanted_m / m_options.ground_size_m)));
    return patch_scale(m_scenes[scene], wanted_m);
  }
  request.level = m_options.levels[random.weighted(m_level_cumulative)];
  const double wanted_m =
      m_options.ground_size_m * request.level * random.log_uniform(1 / m_options.jitter, m_options.jitter);
  return patch_scale(m_scenes[scene], wanted_m);
}

PatchSampler::Place PatchSampler::draw_place(Random& random, const PatchRequest& request,
                                             const Window& bounds) const {
  const bool at_boundary = random.chance(m_options.boundary_share);
  Place best{};
  int best_boundary = -1;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < (at_boundary ? kMostPlaces : 1) && best_boundary < 2; ++i) {
    const Place place{static_cast<double>(bounds.col) + random.uniform() * static_cast<double>(bounds.cols),
                      static_cast<double>(bounds.row) + random.uniform() * static_cast<double>(bounds.rows)};
    if (!at_boundary) return place;
    const auto side = [](double scale) {
      return std::max<std::int64_t>(kSurroundings, std::llround(kSurroundings * scale));
    };
    const std::int64_t cols = side(request.scale.x), rows = side(request.scale.y);
    m_scenes[request.scene].labels->read(
        {std::llround(place.x) - cols / 2, std::llround(place.y) - rows / 2, cols, rows}, kSurroundings,
        kSurroundings, labels);
    const int boundary = boundary_of(labels);
    if (boundary > best_boundary) best = place, best_boundary = boundary;
  }
  return best;
}

PatchRequest PatchSampler::request(std::uint64_t index) const {
  Random random(m_options.seed, index);
  const std::size_t index_of_class = random.weighted(m_class_cumulative);
  const Source& source = m_sources[index_of_class][random.weighted(m_scene_cumulative[index_of_class])];
  const Window& bounds = source.bounds[random.weighted(source.cumulative)];
  PatchRequest request;
  request.scene = source.scene;
  request.scale = draw_scale(random, source.scene, request);
  const auto [x, y] = draw_place(random, request, bounds);
  const double side = m_options.patch_px;
  // The place may come to lie anywhere in the patch but at its very rim.
  const auto start = [&](double centre, double scale) {
    return static_cast<std::int64_t>(std::floor(centre / scale - random.uniform(0.1, 0.9) * side));
  };
  request.window.col = start(x, request.scale.x);
  request.window.row = start(y, request.scale.y);
  request.window.cols = request.window.rows = m_options.patch_px;
  request.seed = static_cast<std::uint64_t>(random.uniform() * 0x1p53);
  return request;
}

}  // namespace orthocover
