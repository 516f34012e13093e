#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace orthocover::vectorize {

/// Sets of numbers 0..size-1 that only grow together. The smallest member represents its set, so that the
/// outcome does not depend on the order of joins.
/// @source R. E. Tarjan, Efficiency of a good but not linear set union algorithm, 1975; with path halving
class DisjointSets {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(m_parent.size()); }

  std::uint32_t add() {
    m_parent.push_back(size());
    return size() - 1;
  }

  std::uint32_t find(std::uint32_t item) {
    while (m_parent[item] != item) item = m_parent[item] = m_parent[m_parent[item]];
    return item;
  }

  /// @return representative of the joined set
  std::uint32_t join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a < b) return m_parent[b] = a;
    return m_parent[a] = b;
  }

 private:
  std::vector<std::uint32_t> m_parent;
};

}  // namespace orthocover::vectorize
