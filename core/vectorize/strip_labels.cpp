#include "core/vectorize/strip_labels.h"

namespace orthocover::vectorize {
namespace {

/// One row's runs while it is labelled.
struct Row : RowRuns {
  std::span<const std::uint16_t> codes;
  std::uint32_t* labels;

  std::uint16_t code(std::size_t run) const { return run < codes.size() ? codes[run] : 0; }
};

/// Gives the runs of `row` the labels of the runs that they overlap in `above`, and joins those.
void label_row(const Row& above, const Row& row, DisjointSets& sets) {
  std::size_t a = 0;
  for (std::size_t b = 0; b < row.runs(); ++b) {
    row.labels[b] = StripLabels::kNone;
    if (row.code(b) == 0) continue;
    while (above.end(a) <= row.start(b)) ++a;
    for (std::size_t k = a; k < above.runs() && above.start(k) < row.end(b); ++k) {
      if (above.code(k) != row.code(b)) continue;
      row.labels[b] =
          row.labels[b] == StripLabels::kNone ? above.labels[k] : sets.join(row.labels[b], above.labels[k]);
    }
    if (row.labels[b] == StripLabels::kNone) row.labels[b] = sets.add();
  }
}

/// Calls found(label above, label below) where runs of equal code touch at a corner only.
template <class Found>
void find_diagonals(const Row& above, const Row& row, const Found& found) {
  std::size_t a = 0;
  for (std::size_t b = 0; b < row.changes.size(); ++b) {
    while (a < above.changes.size() && above.changes[a] < row.changes[b]) ++a;
    if (a == above.changes.size()) return;
    if (above.changes[a] != row.changes[b]) continue;
    if (above.code(a) != 0 && above.code(a) == row.code(b + 1)) found(above.labels[a], row.labels[b + 1]);
    if (row.code(b) != 0 && row.code(b) == above.code(a + 1)) found(above.labels[a + 1], row.labels[b]);
  }
}

}  // namespace

StripLabels::StripLabels(const ClassRows& rows, bool diagonals) : m_first_row(rows.first_row()) {
  m_labels.resize(rows.change_count() + static_cast<std::size_t>(rows.rows()));
  DisjointSets sets;
  std::uint32_t nothing = kNone;
  Row above{{}, {}, &nothing};
  for (std::int64_t y = rows.first_row(); y < rows.end_row(); ++y) {
    const Row row{{rows.changes(y)}, rows.codes(y), labels_from(y)};
    label_row(above, row, sets);
    m_begin.push_back(m_begin.back() + row.runs());
    if (diagonals) {
      find_diagonals(above, row, [&](std::uint32_t p, std::uint32_t q) { m_diagonals.emplace_back(p, q); });
    }
    above = row;
  }
  number_components(sets);
  for (std::int64_t y = rows.first_row(); y < rows.end_row(); ++y)
    measure_row(y, rows.changes(y), rows.codes(y), y + 1 == rows.end_row());
}

/// Replaces provisional labels by numbers of components, in reading order of their first pixel.
void StripLabels::number_components(DisjointSets& sets) {
  std::vector<std::uint32_t> number(sets.size());
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < sets.size(); ++i) {
    const std::uint32_t root = sets.find(i);
    number[i] = root == i ? count++ : number[root];
  }
  m_components.resize(count);
  for (std::uint32_t& label : m_labels) label = label == kNone ? kNone : number[label];
  for (auto& [p, q] : m_diagonals) p = number[p], q = number[q];
}

void StripLabels::measure_row(std::int64_t y, std::span<const std::int32_t> changes,
                              std::span<const std::uint16_t> codes, bool is_last) {
  const std::uint32_t* labels = labels_from(y);
  std::int32_t start = 0;
  for (std::size_t run = 0; run < changes.size(); start = changes[run++]) {
    if (labels[run] == kNone) continue;
    Component& component = m_components[labels[run]];
    component.code = codes[run];
    if (y == m_first_row) {
      component.from_above = true;
      continue;
    }
    if (component.pixels == 0) {
      component.first_row = static_cast<std::int32_t>(y);
      component.first_col = start;
    }
    component.pixels += changes[run] - start;
    component.last_row = static_cast<std::int32_t>(y);
    component.at_bottom = component.at_bottom || is_last;
  }
}

}  // namespace orthocover::vectorize
