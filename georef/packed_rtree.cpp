#include "georef/packed_rtree.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace orthocover {
namespace {

constexpr std::size_t kCapacity = 51;  // cells of a node, SQLite's own limit
constexpr std::size_t kCellBytes = 24;
constexpr std::size_t kNodeBytes = 4 + kCapacity * kCellBytes;

std::size_t nodes_for(std::size_t count) {
  return std::max<std::size_t>(1, (count + kCapacity - 1) / kCapacity);
}

void put(std::string& blob, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) blob += static_cast<char>(value >> shift);
}

void put(std::string& blob, float value) {
  put(blob, std::bit_cast<std::uint32_t>(value), 4);
}

float down(double value) {
  const auto near = static_cast<float>(value);
  return near > value ? std::nextafter(near, -std::numeric_limits<float>::infinity()) : near;
}

float up(double value) {
  const auto near = static_cast<float>(value);
  return near < value ? std::nextafter(near, std::numeric_limits<float>::infinity()) : near;
}

RtreeBox unite(const RtreeBox& a, const RtreeBox& b) {
  return {std::min(a.min_x, b.min_x), std::max(a.max_x, b.max_x), std::min(a.min_y, b.min_y),
          std::max(a.max_y, b.max_y)};
}

/// Numbers of the first node of each level, from the leaves to the root, whose number is 1.
std::vector<std::size_t> level_sizes(std::size_t entries) {
  std::vector<std::size_t> sizes = {nodes_for(entries)};
  while (sizes.back() > 1) sizes.push_back(nodes_for(sizes.back()));
  return sizes;
}

}  // namespace

RtreeBox PackedRtree::box_of(double min_x, double max_x, double min_y, double max_y) {
  return {down(min_x), up(max_x), down(min_y), up(max_y)};
}

void PackedRtree::sort_by_tiles() {
  const auto by_x = [](const Entry& a, const Entry& b) {
    return a.box.min_x + a.box.max_x < b.box.min_x + b.box.max_x;
  };
  const auto by_y = [](const Entry& a, const Entry& b) {
    return a.box.min_y + a.box.max_y < b.box.min_y + b.box.max_y;
  };
  std::ranges::sort(m_entries, by_x);
  const auto slices = static_cast<std::size_t>(std::ceil(std::sqrt(nodes_for(size()))));
  for (std::size_t i = 0; i < slices; ++i) {
    const auto begin = m_entries.begin() + static_cast<std::ptrdiff_t>(i * size() / slices);
    const auto end = m_entries.begin() + static_cast<std::ptrdiff_t>((i + 1) * size() / slices);
    std::sort(begin, end, by_y);
  }
}

void PackedRtree::pack(const std::function<void(const Node&)>& node,
                       const std::function<void(std::int64_t id, std::int64_t leaf)>& row) {
  sort_by_tiles();
  const std::vector<std::size_t> sizes = level_sizes(size());
  std::vector<std::pair<std::int64_t, std::int64_t>> leaf_of;
  leaf_of.reserve(size());
  std::vector<Entry> cells = std::move(m_entries);
  m_entries.clear();
  std::int64_t first = 2;  // number of the level's first node
  for (std::size_t level = 0; level < sizes.size(); ++level) {
    const bool is_root = level + 1 == sizes.size();
    const std::size_t count = sizes[level];
    const std::size_t parents = is_root ? 1 : sizes[level + 1];
    const std::int64_t first_parent =
        level + 2 == sizes.size() ? 1 : first + static_cast<std::int64_t>(count);
    std::vector<Entry> above;
    std::size_t parent = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t begin = i * cells.size() / count;
      const std::size_t end = (i + 1) * cells.size() / count;
      while (!is_root && i >= (parent + 1) * count / parents) ++parent;
      Node made{is_root ? 1 : first + static_cast<std::int64_t>(i),
                is_root ? 0 : first_parent + static_cast<std::int64_t>(parent),
                {}};
      made.blob.reserve(kNodeBytes);
      put(made.blob, is_root ? level : 0, 2);
      put(made.blob, end - begin, 2);
      RtreeBox box = cells.empty() ? RtreeBox{} : cells[begin].box;
      for (std::size_t k = begin; k < end; ++k) {
        const Entry& cell = cells[k];
        put(made.blob, static_cast<std::uint64_t>(cell.id), 8);
        for (const float side : {cell.box.min_x, cell.box.max_x, cell.box.min_y, cell.box.max_y})
          put(made.blob, side);
        box = unite(box, cell.box);
        if (level == 0) leaf_of.emplace_back(cell.id, made.number);
      }
      made.blob.resize(kNodeBytes, '\0');
      node(made);
      above.push_back({box, made.number});
    }
    cells = std::move(above);
    first += static_cast<std::int64_t>(count);
  }
  std::ranges::sort(leaf_of);
  for (const auto& [id, leaf] : leaf_of) row(id, leaf);
}

}  // namespace orthocover
