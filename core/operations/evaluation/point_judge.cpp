#include "core/operations/evaluation/point_judge.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

void tell(RunContext& run, const JudgedMap& map, std::int64_t points, const std::string& what) {
  if (points > 0) run.log(LogLevel::Warning, fmt::format("{}: {} {}", map.points, points, what));
}

/// Points that somebody adds where he likes are no random sample.
bool is_drawn(const ReferencePoint& point) {
  return point.map_value.has_value();
}

}  // namespace

bool has_answer(const ReferencePoints& read) {
  const bool is_sample = std::ranges::any_of(read.points, is_drawn);
  return std::ranges::any_of(read.points, [&](const ReferencePoint& point) {
    return point.class_index && (!is_sample || is_drawn(point));
  });
}

void PointJudge::add_strata(const JudgedMap& map, RunContext& run) {
  const RasterInfo& info = map.map.info();
  const bool has_ground = info.ground_size_m.has_value();
  if (!m_found.strata.empty() && has_ground != m_found.has_ground)
    throw data_error("{}: has {} known ground size, unlike maps before; judge them apart", info.path,
                     has_ground ? "a" : "no");
  m_found.has_ground = has_ground;
  AreaSums ground(map.scale);
  const std::vector<std::uint64_t> counts = count_values(map.map, m_legend, run, &ground);
  for (std::size_t c = 0; c < m_found.mapped.size(); ++c) {
    const std::uint8_t value = m_legend.classes()[c].value;
    const double area = ground.ground(value);
    m_found.mapped[c] += area;
    m_inputs.push_back(map.input);
    m_found.strata.push_back(
        {static_cast<int>(c), area, counts[value], std::vector<std::uint64_t>(m_found.mapped.size())});
  }
}

void PointJudge::count(const JudgedMap& map, const std::vector<ReferencePoint>& points, RunContext& run) {
  const auto strata = std::span(m_found.strata).last(m_found.mapped.size());
  const auto drawn = std::ranges::count_if(points, is_drawn);
  const auto added = drawn > 0 ? std::ssize(points) - drawn : 0;
  tell(run, map, added,
       fmt::format("of {} points have no map_value, so sample-points did not draw them; they are left out",
                   points.size()));
  std::vector<std::uint8_t> value;
  int others = 0;
  for (const ReferencePoint& point : points) {
    if (added > 0 && !is_drawn(point)) continue;
    map.map.read({point.col, point.row, 1, 1}, value);
    if (point.map_value.value_or(value[0]) != value[0]) ++others;
    const auto called = m_legend.index_of(value[0]);
    if (!point.class_index || !called) {
      ++(point.class_index ? m_found.unmapped : m_found.unanswered);
      continue;
    }
    const auto truth = static_cast<std::uint8_t>(*point.class_index);
    const auto predicted = static_cast<std::uint8_t>(*called);
    m_found.matrix.add({&truth, 1}, {&predicted, 1});
    ++strata[predicted].points[truth];
  }
  if (others > 0)
    throw data_error(
        "{}: map_value of {} of {} points is not what {} has there; draw new ones on it by sample-points",
        map.points, others, points.size(), map.input);
}

void PointJudge::add(const JudgedMap& map, const ReferencePoints& read, RunContext& run) {
  add_strata(map, run);
  count(map, read.points, run);
  m_found.off_map += static_cast<std::uint64_t>(read.off_map);
  tell(run, map, read.off_map, fmt::format("of its points are not on {}; they are left out", map.input));
  tell(run, map, read.repeated, "of its points lie in the pixel of another one; each pixel counts once");
}

PointEvaluation PointJudge::estimate(RunContext& run) const try {
  PointEvaluation points = m_found;
  points.areas = estimate_areas(points.strata, m_legend.size());
  double all = 0;
  for (const Stratum& each : points.strata) all += each.area;
  for (const std::size_t i : points.areas->left_out) {
    const Stratum& own = points.strata[i];
    points.left_out.push_back(
        fmt::format("class '{}' of {}, {:.2g} % of what is mapped, has {} of 2 points that an estimate needs",
                    m_legend.classes()[static_cast<std::size_t>(own.map_class)].name, m_inputs[i],
                    100 * own.area / all, std::accumulate(own.points.begin(), own.points.end(), 0ULL)));
    run.log(LogLevel::Warning, "left out of areas and accuracies: " + points.left_out.back());
  }
  return points;
} catch (const Error& error) {
  run.log(LogLevel::Warning, fmt::format("no area estimates: {}", error.what()));
  return m_found;
}

}  // namespace orthocover::operations
