#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace orthocover {

/// Lists of numbers, one for each owner, in one piece of memory. They are filled in two rounds over the same
/// items: count() all, end_of_counting(), put() all.
class ItemsByOwner {
 public:
  explicit ItemsByOwner(std::size_t owners = 0) : m_begin(owners + 1) {}
  void count(std::size_t owner) { ++m_begin[owner + 1]; }
  void end_of_counting() {
    std::partial_sum(m_begin.begin(), m_begin.end(), m_begin.begin());
    m_items.resize(m_begin.back());
    m_next.assign(m_begin.begin(), m_begin.end() - 1);
  }
  void put(std::size_t owner, std::uint32_t item) { m_items[m_next[owner]++] = item; }
  /// In the order of put().
  std::span<const std::uint32_t> of(std::size_t owner) const {
    return {m_items.data() + m_begin[owner], m_begin[owner + 1] - m_begin[owner]};
  }

 private:
  std::vector<std::size_t> m_begin;
  std::vector<std::size_t> m_next;
  std::vector<std::uint32_t> m_items;
};

}  // namespace orthocover
