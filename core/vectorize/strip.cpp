#include "core/vectorize/strip.h"

#include "core/base/items_by_owner.h"
#include "core/vectorize/disjoint_sets.h"
#include "core/vectorize/polygon_assembler.h"

namespace orthocover::vectorize {
namespace {

std::vector<std::uint32_t> copy_of(std::span<const std::uint32_t> row) {
  return {row.begin(), row.end()};
}

std::vector<PixelTally> tallies_of(const StripLabels& labels) {
  std::vector<PixelTally> tallies;
  tallies.reserve(labels.components().size());
  for (const Component& c : labels.components())
    tallies.push_back({c.pixels, 0, 0, c.first_row, c.first_col, c.last_row});
  return tallies;
}

void add_confidence(const ClassRows& rows, const StripLabels& labels, const StripConfidence& confidence,
                    std::int64_t cols, std::vector<PixelTally>& tallies) {
  for (std::int64_t y = rows.first_row() + 1; y < rows.end_row(); ++y) {
    const auto offset = static_cast<std::size_t>((y - rows.first_row() - 1) * cols);
    const auto changes = rows.changes(y);
    const auto row_labels = labels.row(y);
    std::int32_t start = 0;
    for (std::size_t run = 0; run < changes.size(); start = changes[run++]) {
      if (row_labels[run] == StripLabels::kNone) continue;
      PixelTally& tally = tallies[row_labels[run]];
      for (auto x = static_cast<std::size_t>(start); x < static_cast<std::size_t>(changes[run]); ++x) {
        if (confidence.valid[offset + x] == 0) continue;
        tally.confidence += static_cast<double>(confidence.values[offset + x]);
        ++tally.rated;
      }
    }
  }
}

/// Which components make one feature, and which features go on in other strips.
void group(TracedStrip& strip, bool is_last) {
  const auto& components = strip.labels.components();
  DisjointSets sets;
  for (std::size_t i = 0; i < components.size(); ++i) sets.add();
  for (const auto& [a, b] : strip.labels.diagonals()) sets.join(a, b);
  std::vector<bool> is_open(components.size());
  for (std::uint32_t i = 0; i < components.size(); ++i) {
    const Component& c = components[i];
    if (c.from_above || (c.at_bottom && !is_last)) is_open[sets.find(i)] = true;
  }
  strip.features.resize(components.size());
  strip.is_open.resize(components.size());
  for (std::uint32_t i = 0; i < components.size(); ++i) {
    strip.features[i] = sets.find(i);
    strip.is_open[i] = is_open[strip.features[i]];
  }
}

class Finisher {
 public:
  Finisher(const TracedStrip& strip, const SimplifySettings& settings, const CornerIndex& corners)
      : m_strip(strip), m_simplifier(settings, corners) {}

  StripYield finish() {
    simplify();
    assign();
    share();
    assemble();
    return std::move(m_yield);
  }

 private:
  struct Arc {
    std::size_t begin;
    std::size_t end;
    const ArcPiece* piece;
    std::int64_t area_px;
  };

  std::uint16_t code(std::uint32_t component) const {
    return component == StripLabels::kNone ? std::uint16_t{0} : m_strip.labels.components()[component].code;
  }
  bool is_closed(std::uint32_t component) const {
    return component != StripLabels::kNone && !m_strip.is_open[component];
  }
  bool is_open(std::uint32_t component) const {
    return component != StripLabels::kNone && m_strip.is_open[component];
  }

  void simplify() {
    const StripGraph& graph = m_strip.graph;
    m_points.reserve(graph.points.size());
    for (const ArcPiece& piece : graph.pieces) {
      if (!piece.is_complete()) continue;
      const std::span points(graph.points.data() + piece.begin, piece.end - piece.begin);
      const std::size_t begin = m_points.size();
      m_simplifier.simplify(points, piece.is_free_loop, code(piece.left), code(piece.right), m_points);
      m_arcs.push_back({begin, m_points.size(), &piece, area_along(points)});
    }
  }

  void assign() {
    for (const Arc& arc : m_arcs) {
      if (is_closed(arc.piece->left)) m_arcs_of.count(arc.piece->left);
      if (is_closed(arc.piece->right)) m_arcs_of.count(arc.piece->right);
    }
    m_arcs_of.end_of_counting();
    for (std::uint32_t i = 0; i < m_arcs.size(); ++i) {
      const ArcPiece& piece = *m_arcs[i].piece;
      // The lowest bit tells that the arc is walked backwards.
      if (is_closed(piece.left)) m_arcs_of.put(piece.left, 2 * i + 1);
      if (is_closed(piece.right)) m_arcs_of.put(piece.right, 2 * i);
    }
  }

  void share() {
    for (const Arc& arc : m_arcs) {
      const ArcPiece& piece = *arc.piece;
      if (!is_open(piece.left) && !is_open(piece.right)) continue;
      SharedArc shared;
      shared.points.assign(m_points.begin() + static_cast<std::ptrdiff_t>(arc.begin),
                           m_points.begin() + static_cast<std::ptrdiff_t>(arc.end));
      shared.start = piece.start;
      shared.finish = piece.finish;
      shared.area_px = arc.area_px;
      if (is_open(piece.left)) shared.left = piece.left;
      if (is_open(piece.right)) shared.right = piece.right;
      m_yield.arcs.push_back(std::move(shared));
    }
  }

  void assemble() {
    const auto& components = m_strip.labels.components();
    ItemsByOwner parts(components.size());
    for (std::uint32_t i = 0; i < components.size(); ++i) {
      if (is_closed(i)) parts.count(m_strip.features[i]);
    }
    parts.end_of_counting();
    for (std::uint32_t i = 0; i < components.size(); ++i) {
      if (is_closed(i)) parts.put(m_strip.features[i], i);
    }
    for (std::uint32_t feature = 0; feature < components.size(); ++feature) {
      if (!parts.of(feature).empty()) make_feature(parts.of(feature));
    }
  }

  void make_feature(std::span<const std::uint32_t> parts) {
    FinishedFeature& feature = m_yield.features.emplace_back();
    PixelTally tally;
    for (const std::uint32_t part : parts) {
      m_views.clear();
      for (const std::uint32_t item : m_arcs_of.of(part)) {
        const Arc& arc = m_arcs[item / 2];
        m_views.push_back({std::span(m_points).subspan(arc.begin, arc.end - arc.begin), (item & 1) != 0,
                           arc.piece->start, arc.piece->finish, arc.area_px});
      }
      m_assembler.add_part(m_views, feature.polygon);
      tally.add(m_strip.tallies[part]);
    }
    sort_parts(feature.polygon);
    feature.code = code(parts.front());
    feature.tally = tally;
    if (tally.rated > 0) feature.polygon.confidence = tally.confidence / static_cast<double>(tally.rated);
  }

  const TracedStrip& m_strip;
  ArcSimplifier m_simplifier;
  PolygonAssembler m_assembler;
  std::vector<FinePoint> m_points;
  std::vector<Arc> m_arcs;
  ItemsByOwner m_arcs_of{m_strip.labels.components().size()};
  std::vector<ArcView> m_views;
  StripYield m_yield;
};

}  // namespace

std::int64_t area_along(std::span<const GridPoint> points) {
  std::int64_t area = 0;
  for (std::size_t i = 0; i + 1 < points.size(); ++i)
    area += static_cast<std::int64_t>(points[i].x) * (points[i + 1].y - points[i].y);
  return area;
}

TracedStrip trace(const std::shared_ptr<const ClassRows>& rows, bool eight, bool is_last, bool keep_rows,
                  const std::optional<StripConfidence>& confidence, std::int64_t cols) {
  TracedStrip strip{StripLabels(*rows, eight), {}, {}, {}, {}, {}, {}};
  strip.graph = trace_strip(*rows, strip.labels, is_last, keep_rows ? rows : nullptr);
  strip.tallies = tallies_of(strip.labels);
  if (confidence) add_confidence(*rows, strip.labels, *confidence, cols, strip.tallies);
  strip.context_row = copy_of(strip.labels.row(rows->first_row()));
  strip.bottom_row = copy_of(strip.labels.row(rows->end_row() - 1));
  group(strip, is_last);
  return strip;
}

StripYield finish(const TracedStrip& strip, const SimplifySettings& settings, const CornerIndex& corners) {
  return Finisher(strip, settings, corners).finish();
}

}  // namespace orthocover::vectorize
