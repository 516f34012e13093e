#include "core/vectorize/coverage_merger.h"

#include <algorithm>
#include <utility>

namespace orthocover::vectorize {

namespace {
constexpr std::uint32_t kNone = StripLabels::kNone;
}

CoverageMerger::CoverageMerger(SimplifySettings settings, std::int64_t strip_rows, bool eight)
    : m_settings(std::move(settings)),
      m_eight(eight),
      m_corners(strip_rows),
      m_simplifier(m_settings, m_corners) {}

void CoverageMerger::add_corners(std::shared_ptr<const CornerRows> corners) {
  // Long boundaries need those of many strips, but only if they change.
  if (m_settings.changes_boundaries()) m_corners.add(std::move(corners));
}

std::uint32_t CoverageMerger::new_component(std::uint16_t code) {
  if (m_free_components.empty()) {
    m_components.emplace_back();
    m_free_components.push_back(static_cast<std::uint32_t>(m_components.size()) - 1);
  }
  const std::uint32_t id = m_free_components.back();
  m_free_components.pop_back();
  OpenComponent& component = m_components[id];
  component = {};
  component.parent = id;
  component.feature = id;
  component.code = code;
  component.is_alive = true;
  return id;
}

std::uint32_t CoverageMerger::find(std::uint32_t component) {
  if (component == kNone) return kNone;
  while (m_components[component].parent != component)
    component = m_components[component].parent = m_components[m_components[component].parent].parent;
  return component;
}

std::uint32_t CoverageMerger::find_feature(std::uint32_t component) {
  while (m_components[component].feature != component)
    component = m_components[component].feature = m_components[m_components[component].feature].feature;
  return component;
}

void CoverageMerger::join_features(std::uint32_t a, std::uint32_t b) {
  a = find_feature(a);
  b = find_feature(b);
  m_components[a].feature = b;
}

std::uint32_t CoverageMerger::join(std::uint32_t a, std::uint32_t b) {
  a = find(a);
  b = find(b);
  if (a == b) return a;
  join_features(a, b);
  if (m_components[a].arcs.size() < m_components[b].arcs.size()) std::swap(a, b);
  OpenComponent& to = m_components[a];
  OpenComponent& from = m_components[b];
  to.arcs.insert(to.arcs.end(), from.arcs.begin(), from.arcs.end());
  to.tally.add(from.tally);
  from.arcs = {};
  from.is_alive = false;
  from.parent = a;
  m_merged.push_back(b);
  return a;
}

std::uint32_t CoverageMerger::global(std::uint32_t local) const {
  return local == kNone ? kNone : m_global[local];
}

void CoverageMerger::take_components(const TracedStrip& strip) {
  const auto& components = strip.labels.components();
  m_global.assign(components.size(), kNone);
  for (std::size_t run = 0; run < m_bottom.size(); ++run) {
    if (m_bottom[run] == kNone) continue;
    std::uint32_t& id = m_global[strip.context_row[run]];
    id = id == kNone ? find(m_bottom[run]) : join(id, m_bottom[run]);
  }
  for (std::uint32_t i = 0; i < components.size(); ++i) {
    if (!strip.is_open[i]) continue;
    m_global[i] = m_global[i] == kNone ? new_component(components[i].code) : find(m_global[i]);
    m_components[m_global[i]].tally.add(strip.tallies[i]);
  }
  if (!m_eight) return;
  for (std::uint32_t i = 0; i < components.size(); ++i) {
    if (strip.is_open[i]) join_features(m_global[i], m_global[strip.features[i]]);
  }
}

void CoverageMerger::take_arc(SharedArc arc) {
  if (m_free_arcs.empty()) {
    m_arcs.emplace_back();
    m_free_arcs.push_back(static_cast<std::uint32_t>(m_arcs.size()) - 1);
  }
  const std::uint32_t id = m_free_arcs.back();
  m_free_arcs.pop_back();
  StoredArc& stored = m_arcs[id];
  stored.arc = std::move(arc);
  stored.uses = 0;
  const auto use = [&](std::uint32_t component, bool is_reversed) {
    if (component == kNone) return;
    m_components[find(component)].arcs.push_back({id, is_reversed});
    ++stored.uses;
  };
  use(stored.arc.left, true);
  use(stored.arc.right, false);
  if (stored.uses == 0) m_free_arcs.push_back(id);
}

void CoverageMerger::take_chain(OpenChains::Closed chain) {
  SharedArc arc;
  const auto code = [&](std::uint32_t c) {
    return c == kNone ? std::uint16_t{0} : m_components[find(c)].code;
  };
  m_simplifier.simplify(chain.points, chain.is_free_loop, code(chain.left), code(chain.right), arc.points);
  arc.points.shrink_to_fit();
  arc.start = chain.start;
  arc.finish = chain.finish;
  arc.area_px = area_along(chain.points);
  arc.left = chain.left;
  arc.right = chain.right;
  take_arc(std::move(arc));
}

FinishedFeature CoverageMerger::assemble(const std::vector<std::uint32_t>& parts) {
  FinishedFeature feature;
  PixelTally tally;
  std::vector<ArcView> views;
  for (const std::uint32_t part : parts) {
    views.clear();
    for (const ArcUse& use : m_components[part].arcs) {
      const SharedArc& arc = m_arcs[use.arc].arc;
      views.push_back({arc.points, use.is_reversed, arc.start, arc.finish, arc.area_px});
    }
    m_assembler.add_part(views, feature.polygon);
    tally.add(m_components[part].tally);
  }
  sort_parts(feature.polygon);
  feature.code = m_components[parts.front()].code;
  feature.tally = tally;
  if (tally.rated > 0) feature.polygon.confidence = tally.confidence / static_cast<double>(tally.rated);
  return feature;
}

void CoverageMerger::release(std::uint32_t component) {
  for (const ArcUse& use : m_components[component].arcs) {
    StoredArc& stored = m_arcs[use.arc];
    if (--stored.uses > 0) continue;
    stored.arc = {};
    m_free_arcs.push_back(use.arc);
  }
  m_components[component] = {};
  m_free_components.push_back(component);
}

void CoverageMerger::close_features(std::vector<FinishedFeature>& features, bool is_last) {
  // Components by feature, and whether any of a feature's components goes on.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_feature;
  std::vector<bool> goes_on(m_components.size());
  for (std::uint32_t i = 0; i < m_components.size(); ++i) {
    if (!m_components[i].is_alive) continue;
    const std::uint32_t feature = find_feature(i);
    by_feature.emplace_back(feature, i);
    if (m_components[i].at_bottom && !is_last) goes_on[feature] = true;
  }
  std::ranges::sort(by_feature);
  std::vector<std::uint32_t> parts;
  for (std::size_t i = 0; i < by_feature.size();) {
    const std::uint32_t feature = by_feature[i].first;
    parts.clear();
    for (; i < by_feature.size() && by_feature[i].first == feature; ++i)
      parts.push_back(by_feature[i].second);
    for (const std::uint32_t part : parts) m_components[part].feature = parts.front();
    if (goes_on[feature]) continue;
    features.push_back(assemble(parts));
    for (const std::uint32_t part : parts) release(part);
  }
}

/// Makes the strip's last row the border to the next one.
void CoverageMerger::settle(const TracedStrip& strip) {
  for (OpenComponent& component : m_components) component.at_bottom = false;
  m_bottom = strip.bottom_row;
  for (std::uint32_t& id : m_bottom) {
    id = find(global(id));
    if (id != kNone) m_components[id].at_bottom = true;
  }
  m_chains.rename_sides([&](std::uint32_t id) { return find(id); });
}

std::vector<FinishedFeature> CoverageMerger::add(const TracedStrip& strip, StripYield yield, bool is_last) {
  take_components(strip);
  for (SharedArc& arc : yield.arcs) {
    arc.left = global(arc.left);
    arc.right = global(arc.right);
    take_arc(std::move(arc));
  }
  const std::size_t bottom_edges = is_last ? 0 : strip.bottom_row.size() - 1;
  for (auto& closed : m_chains.add(
           strip.graph, [&](std::uint32_t local) { return global(local); }, bottom_edges)) {
    take_chain(std::move(closed));
  }
  settle(strip);
  std::vector<FinishedFeature> features = std::move(yield.features);
  close_features(features, is_last);
  for (const std::uint32_t merged : m_merged) {
    m_components[merged] = {};
    m_free_components.push_back(merged);
  }
  m_merged.clear();
  m_corners.drop_before(m_chains.first_row(strip.graph.corners->end_row()) - m_settings.reach_rows());
  std::ranges::sort(features, {}, &FinishedFeature::place);
  return features;
}

}  // namespace orthocover::vectorize
