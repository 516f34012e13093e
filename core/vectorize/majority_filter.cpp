#include "core/vectorize/majority_filter.h"

#include <algorithm>

namespace orthocover::vectorize {
namespace {

/// Counts of the codes in a window; few codes are in it at a time.
class Counts {
 public:
  void add(std::uint16_t code) {
    if (code == ClassSource::kNoCode) return;
    for (Entry& entry : m_entries) {
      if (entry.code == code) return void(++entry.count);
    }
    m_entries.push_back({code, 1});
  }

  void remove(std::uint16_t code) {
    if (code == ClassSource::kNoCode) return;
    const auto entry = std::ranges::find(m_entries, code, &Entry::code);
    if (--entry->count > 0) return;
    *entry = m_entries.back();
    m_entries.pop_back();
  }

  std::uint16_t commonest(std::uint16_t own, const ClassSource& source) const {
    if (m_entries.size() == 1) return own;
    Entry best = *std::ranges::find(m_entries, own, &Entry::code);
    for (const Entry& entry : m_entries) {
      const bool wins =
          entry.count > best.count || (entry.count == best.count && best.code != own &&
                                       source.value_of(entry.code) < source.value_of(best.code));
      if (wins) best = entry;
    }
    return best.code;
  }

 private:
  struct Entry {
    std::uint16_t code;
    int count;
  };
  std::vector<Entry> m_entries;
};

}  // namespace

void MajorityFilter::read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const {
  const std::int64_t cols = info().cols;
  const std::int64_t first = std::max<std::int64_t>(0, row - m_radius);
  const std::int64_t end = std::min(info().rows, row + rows + m_radius);
  std::vector<std::uint16_t> around(static_cast<std::size_t>((end - first) * cols));
  m_source.read_rows(first, end - first, around.data());
  const auto at = [&](std::int64_t r, std::int64_t c) {
    return around[static_cast<std::size_t>((r - first) * cols + c)];
  };
  for (std::int64_t r = row; r < row + rows; ++r) {
    const std::int64_t top = std::max(first, r - m_radius);
    const std::int64_t bottom = std::min(end, r + m_radius + 1);
    Counts counts;
    const auto column = [&](std::int64_t c, auto&& change) {
      for (std::int64_t y = top; c >= 0 && c < cols && y < bottom; ++y) change(at(y, c));
    };
    for (std::int64_t c = 0; c < m_radius; ++c) column(c, [&](std::uint16_t code) { counts.add(code); });
    for (std::int64_t c = 0; c < cols; ++c) {
      column(c + m_radius, [&](std::uint16_t code) { counts.add(code); });
      const std::uint16_t own = at(r, c);
      *codes++ = own == kNoCode ? kNoCode : counts.commonest(own, m_source);
      column(c - m_radius, [&](std::uint16_t code) { counts.remove(code); });
    }
  }
}

}  // namespace orthocover::vectorize
