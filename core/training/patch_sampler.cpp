#include "core/training/patch_sampler.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace orthocover {
namespace {

std::size_t draw(const std::vector<double>& cumulative, Random& random) {
  // Rounding must not reach the end, where an entry of no weight may stand.
  const double value = std::min(random.uniform() * cumulative.back(), std::nextafter(cumulative.back(), 0.0));
  return static_cast<std::size_t>(std::ranges::upper_bound(cumulative, value) - cumulative.begin());
}

void append(std::vector<double>& cumulative, double weight) {
  cumulative.push_back((cumulative.empty() ? 0 : cumulative.back()) + weight);
}

}  // namespace

PatchSampler::PatchSampler(const std::vector<TrainingScene>& scenes, SamplingOptions options)
    : m_scenes(scenes),
      m_options(std::move(options)),
      m_area_m2(static_cast<std::size_t>(m_options.classes)),
      m_sources(static_cast<std::size_t>(m_options.classes)) {
  for (std::size_t scene = 0; scene < scenes.size(); ++scene) {
    const double pixel_m2 = scenes[scene].ground_size_m * scenes[scene].ground_size_m;
    for (const LabelledPiece& piece : scenes[scene].labels->pieces()) {
      if (is_held_out(scenes[scene], piece)) continue;
      const auto index = static_cast<std::size_t>(piece.class_index);
      if (index >= m_sources.size()) continue;
      std::vector<Source>& sources = m_sources[index];
      if (sources.empty() || sources.back().scene != scene) sources.push_back({scene, {}, {}});
      sources.back().pieces.push_back(&piece);
      append(sources.back().cumulative, std::sqrt(std::max(1.0, piece.area_px)));
      m_area_m2[index] += piece.area_px * pixel_m2;
    }
  }
  for (const std::vector<Source>& sources : m_sources) {
    m_scene_cumulative.emplace_back();
    for (const Source& source : sources) append(m_scene_cumulative.back(), scenes[source.scene].weight);
  }
  for (const double area : m_area_m2) append(m_class_cumulative, area > 0 ? 1 / std::sqrt(area) : 0);
  if (m_class_cumulative.empty() || m_class_cumulative.back() == 0) {
    throw data_error("no class of the legend has labels to train on");
  }
  for (const double share : m_options.level_shares) append(m_level_cumulative, share);
}

double PatchSampler::draw_scale(Random& random, std::size_t scene, PatchRequest& request) const {
  request.level = m_options.levels[draw(m_level_cumulative, random)];
  const double wanted_m =
      m_options.ground_size_m * request.level * random.log_uniform(1 / m_options.jitter, m_options.jitter);
  // Enlarging beyond two times would only teach the network blur.
  return std::max(0.5, wanted_m / m_scenes[scene].ground_size_m);
}

PatchRequest PatchSampler::request(std::uint64_t index) const {
  Random random(m_options.seed, index);
  const std::size_t index_of_class = draw(m_class_cumulative, random);
  const Source& source = m_sources[index_of_class][draw(m_scene_cumulative[index_of_class], random)];
  const Window& bounds = source.pieces[draw(source.cumulative, random)]->bounds;
  PatchRequest request;
  request.scene = source.scene;
  request.scale = draw_scale(random, source.scene, request);
  const double x = static_cast<double>(bounds.col) + random.uniform() * static_cast<double>(bounds.cols);
  const double y = static_cast<double>(bounds.row) + random.uniform() * static_cast<double>(bounds.rows);
  const double side = m_options.patch_px;
  // The place may come to lie anywhere in the patch but at its very rim.
  const auto start = [&](double centre) {
    return static_cast<std::int64_t>(std::floor(centre / request.scale - random.uniform(0.1, 0.9) * side));
  };
  request.window.col = start(x);
  request.window.row = start(y);
  request.window.cols = request.window.rows = m_options.patch_px;
  request.seed = static_cast<std::uint64_t>(random.uniform() * 0x1p53);
  return request;
}

}  // namespace orthocover
