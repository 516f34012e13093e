#include "core/vectorize/region_sieve.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace orthocover::vectorize {
namespace {

constexpr std::uint32_t kNone = StripLabels::kNone;

/// Runs of a row with their components.
struct LabelledRow : RowRuns {
  std::span<const std::uint32_t> labels;
};

/// Calls met(component, component, length in pixels) for runs that lie above each other, and with length 0
/// for those that touch at a corner only.
template <class Met>
void meet_rows(const LabelledRow& above, const LabelledRow& row, const Met& met) {
  std::size_t a = 0;
  for (std::size_t b = 0; b < row.runs(); ++b) {
    while (a > 0 && above.end(a - 1) >= row.start(b)) --a;
    while (above.end(a) < row.start(b)) ++a;
    for (std::size_t k = a; k < above.runs() && above.start(k) <= row.end(b); ++k) {
      if (above.labels[k] == kNone || row.labels[b] == kNone) continue;
      const std::int32_t length = std::min(above.end(k), row.end(b)) - std::max(above.start(k), row.start(b));
      met(above.labels[k], row.labels[b], length);
    }
  }
}

}  // namespace

RegionSieve::RegionSieve(const SieveSettings& settings) : m_settings(settings) {}

/// Numbers that hold for the whole raster: those of the strip above where a component comes from there.
void RegionSieve::number_regions(const StripLabels& labels, const ClassRows& rows,
                                 std::vector<std::uint32_t>& regions) {
  const auto& components = labels.components();
  regions.assign(components.size(), kNone);
  const auto context = labels.row(rows.first_row());
  for (std::size_t run = 0; run < m_bottom.size(); ++run) {
    if (m_bottom[run] == kNone) continue;
    std::uint32_t& region = regions[context[run]];
    region = region == kNone ? m_regions.find(m_bottom[run]) : m_regions.join(region, m_bottom[run]);
  }
  for (std::size_t i = 0; i < components.size(); ++i) {
    if (regions[i] == kNone) {
      regions[i] = m_regions.add();
      m_pixels.push_back(0);
      m_codes.push_back(components[i].code);
    }
    m_pixels[regions[i]] += components[i].pixels;
  }
  for (const auto& [a, b] : labels.diagonals()) m_regions.join(regions[a], regions[b]);
}

void RegionSieve::note_borders(const StripLabels& labels, const ClassRows& rows,
                               const std::vector<std::uint32_t>& regions) {
  const auto& components = labels.components();
  const auto may_be_small = [&](std::uint32_t c) { return components[c].pixels < m_settings.min_pixels; };
  const auto note = [&](std::uint32_t a, std::uint32_t b, const Length& length) {
    if (components[a].code == components[b].code || (!may_be_small(a) && !may_be_small(b))) return;
    const auto [low, high] = std::minmax(regions[a], regions[b]);
    m_strip_borders.push_back({low, high, length});
  };
  for (std::int64_t y = rows.first_row() + 1; y < rows.end_row(); ++y) {
    const LabelledRow above{{rows.changes(y - 1)}, labels.row(y - 1)};
    const LabelledRow row{{rows.changes(y)}, labels.row(y)};
    for (std::size_t run = 1; run < row.runs(); ++run) {
      if (row.labels[run - 1] != kNone && row.labels[run] != kNone)
        note(row.labels[run - 1], row.labels[run], {0, 1});
    }
    meet_rows(above, row, [&](std::uint32_t a, std::uint32_t b, std::int32_t length) {
      if (length > 0 || m_settings.eight_connected) note(a, b, {length, 0});
    });
  }
}

/// Adds up the borders of the strip by pairs.
void RegionSieve::flush_borders() {
  std::ranges::sort(m_strip_borders, {}, [](const Border& b) { return std::tie(b.region, b.neighbour); });
  for (std::size_t i = 0; i < m_strip_borders.size();) {
    Border sum = m_strip_borders[i];
    for (++i; i < m_strip_borders.size() && m_strip_borders[i].region == sum.region &&
              m_strip_borders[i].neighbour == sum.neighbour;
         ++i) {
      sum.length += m_strip_borders[i].length;
    }
    m_borders.push_back(sum);
  }
  m_strip_borders.clear();
}

void RegionSieve::add(const ClassRows& rows) {
  const StripLabels labels(rows, m_settings.eight_connected);
  std::vector<std::uint32_t>& regions = m_strips.emplace_back();
  number_regions(labels, rows, regions);
  note_borders(labels, rows, regions);
  flush_borders();
  const auto bottom = labels.row(rows.end_row() - 1);
  m_bottom.assign(bottom.begin(), bottom.end());
  for (std::uint32_t& run : m_bottom) run = run == kNone ? kNone : regions[run];
}

std::vector<RegionSieve::Neighbours> RegionSieve::neighbours_of_small() {
  std::vector<Neighbours> lists(m_pixels.size());
  for (const Border& border : m_borders) {
    const std::uint32_t a = m_regions.find(border.region);
    const std::uint32_t b = m_regions.find(border.neighbour);
    if (is_small(a)) lists[a].push_back({b, border.length});
    if (is_small(b)) lists[b].push_back({a, border.length});
  }
  m_borders = {};
  return lists;
}

/// Brings a list up to date: each neighbour once, with the whole length of the common border.
void RegionSieve::gather(Neighbours& neighbours, std::uint32_t region) {
  for (Neighbour& n : neighbours) n.region = m_regions.find(n.region);
  std::erase_if(neighbours, [&](const Neighbour& n) { return n.region == region; });
  std::ranges::sort(neighbours, {}, &Neighbour::region);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    if (kept > 0 && neighbours[kept - 1].region == neighbours[i].region)
      neighbours[kept - 1].length += neighbours[i].length;
    else
      neighbours[kept++] = neighbours[i];
  }
  neighbours.resize(kept);
}

std::uint32_t RegionSieve::unite(std::uint32_t a, std::uint32_t b, std::uint16_t code,
                                 std::vector<Neighbours>& lists) {
  const std::int64_t pixels = m_pixels[a] + m_pixels[b];
  const std::uint32_t whole = m_regions.join(a, b);
  const std::uint32_t other = whole == a ? b : a;
  m_pixels[whole] = pixels;
  m_codes[whole] = code;
  if (is_small(whole))
    lists[whole].insert(lists[whole].end(), lists[other].begin(), lists[other].end());
  else
    lists[whole] = {};
  lists[other] = {};
  return whole;
}

void RegionSieve::merge(std::uint32_t region, std::vector<Neighbours>& lists) {
  const Neighbours around = lists[region];
  const auto best = std::ranges::max_element(around, [&](const Neighbour& a, const Neighbour& b) {
    return std::make_tuple(length_of(a.length), m_pixels[a.region], b.region) <
           std::make_tuple(length_of(b.length), m_pixels[b.region], a.region);
  });
  const std::uint16_t code = m_codes[best->region];
  std::uint32_t whole = unite(region, best->region, code, lists);
  ++m_merged_count;
  for (const Neighbour& neighbour : around) {
    const std::uint32_t other = m_regions.find(neighbour.region);
    if (other != whole && m_codes[other] == code) whole = unite(whole, other, code, lists);
  }
}

void RegionSieve::solve() {
  // Pixels of regions that were joined later lie with their first number.
  for (std::uint32_t i = 0; i < m_pixels.size(); ++i) {
    const std::uint32_t root = m_regions.find(i);
    if (root != i) m_pixels[root] += m_pixels[i], m_pixels[i] = 0;
  }
  m_first_codes = m_codes;
  std::vector<Neighbours> lists = neighbours_of_small();
  using Entry = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (std::uint32_t i = 0; i < m_pixels.size(); ++i) {
    if (m_regions.find(i) == i && is_small(i)) queue.emplace(m_pixels[i], i);
  }
  while (!queue.empty()) {
    const auto [pixels, region] = queue.top();
    queue.pop();
    if (m_regions.find(region) != region || m_pixels[region] != pixels) continue;
    gather(lists[region], region);
    const bool has_border =
        std::ranges::any_of(lists[region], [&](const Neighbour& n) { return length_of(n.length) > 0; });
    if (!has_border) continue;
    merge(region, lists);
    const std::uint32_t whole = m_regions.find(region);
    if (is_small(whole)) queue.emplace(m_pixels[whole], whole);
  }
  for (std::uint32_t i = 0; i < m_pixels.size(); ++i) {
    if (m_regions.find(i) != i || !is_small(i)) continue;
    ++m_island_count;
    if (m_settings.drop_islands) m_codes[i] = 0;  // no class
  }
  note_changes();
}

/// What recode() needs to know, and no more.
void RegionSieve::note_changes() {
  for (std::vector<std::uint32_t>& regions : m_strips) {
    std::vector<Change>& changes = m_changes.emplace_back();
    for (std::uint32_t c = 0; c < regions.size(); ++c) {
      const std::uint16_t code = m_codes[m_regions.find(regions[c])];
      if (code != m_first_codes[regions[c]]) changes.push_back({c, code});
    }
    regions = {};
  }
}

ClassRows RegionSieve::recode(std::size_t strip, const ClassRows& rows, const ClassRows& context) const {
  const StripLabels labels(rows, false);
  std::vector<std::uint16_t> codes;
  for (const Component& component : labels.components()) codes.push_back(component.code);
  for (const Change& change : m_changes[strip]) codes[change.component] = change.code;
  ClassRows recoded(rows.first_row());
  recoded.append_row_of(context, context.end_row() - 1);
  std::vector<std::uint16_t> row_codes;
  for (std::int64_t y = rows.first_row() + 1; y < rows.end_row(); ++y) {
    row_codes.clear();
    const auto row_labels = labels.row(y);
    for (std::size_t run = 0; run < rows.changes(y).size(); ++run)
      row_codes.push_back(row_labels[run] == kNone ? std::uint16_t{0} : codes[row_labels[run]]);
    recoded.append_runs(rows.changes(y), row_codes);
  }
  return recoded;
}

}  // namespace orthocover::vectorize
