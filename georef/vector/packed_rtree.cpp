#include "georef/vector/packed_rtree.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

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

/// Nodes of each level, from the leaves to the root.
std::vector<std::size_t> level_sizes(std::size_t entries) {
  std::vector<std::size_t> sizes = {nodes_for(entries)};
  while (sizes.back() > 1) sizes.push_back(nodes_for(sizes.back()));
  return sizes;
}

/// Where the `part`th of `parts` equal shares of `count` begins.
std::size_t share(std::size_t count, std::size_t part, std::size_t parts) {
  return part * count / parts;
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
    const auto begin = m_entries.begin() + static_cast<std::ptrdiff_t>(share(size(), i, slices));
    const auto end = m_entries.begin() + static_cast<std::ptrdiff_t>((i + 1) * size() / slices);
    std::sort(begin, end, by_y);
  }
}

PackedRtree::Node PackedRtree::node_of(std::span<const Entry> cells, std::size_t depth, RtreeBox& box) {
  Node node;
  node.blob.reserve(kNodeBytes);
  put(node.blob, depth, 2);
  put(node.blob, cells.size(), 2);
  box = cells.empty() ? RtreeBox{} : cells.front().box;
  for (const Entry& cell : cells) {
    put(node.blob, static_cast<std::uint64_t>(cell.id), 8);
    for (const float side : {cell.box.min_x, cell.box.max_x, cell.box.min_y, cell.box.max_y})
      put(node.blob, side);
    box = unite(box, cell.box);
  }
  node.blob.resize(kNodeBytes, '\0');
  return node;
}

std::vector<PackedRtree::Entry> PackedRtree::pack_level(const std::vector<Entry>& cells, const Level& level,
                                                        const std::function<void(const Node&)>& node) {
  std::vector<Entry> above;
  std::size_t parent = 0;
  for (std::size_t i = 0; i < level.nodes; ++i) {
    const std::size_t begin = share(cells.size(), i, level.nodes);
    const std::size_t end = share(cells.size(), i + 1, level.nodes);
    while (level.parents > 0 && i >= share(level.nodes, parent + 1, level.parents)) ++parent;
    RtreeBox box;
    Node made =
        node_of(std::span(cells).subspan(begin, end - begin), level.parents == 0 ? level.depth : 0, box);
    made.number = level.first + static_cast<std::int64_t>(i);
    made.parent = level.parents == 0 ? 0 : level.first_parent + static_cast<std::int64_t>(parent);
    node(made);
    above.push_back({box, made.number});
  }
  return above;
}

void PackedRtree::pack(const std::function<void(const Node&)>& node,
                       const std::function<void(std::int64_t id, std::int64_t leaf)>& row) {
  sort_by_tiles();
  std::vector<Entry> cells = std::exchange(m_entries, {});
  const std::vector<std::size_t> sizes = level_sizes(cells.size());
  std::vector<std::pair<std::int64_t, std::int64_t>> leaf_of;
  leaf_of.reserve(cells.size());
  Level level;
  for (level.depth = 0; level.depth < sizes.size(); ++level.depth) {
    level.nodes = sizes[level.depth];
    level.parents = level.nodes == 1 ? 0 : sizes[level.depth + 1];
    if (level.nodes == 1) level.first = 1;
    level.first_parent = level.parents == 1 ? 1 : level.first + static_cast<std::int64_t>(level.nodes);
    std::vector<Entry> above = pack_level(cells, level, node);
    for (std::size_t i = 0; level.depth == 0 && i < above.size(); ++i) {
      for (std::size_t k = share(cells.size(), i, above.size()); k < share(cells.size(), i + 1, above.size());
           ++k)
        leaf_of.emplace_back(cells[k].id, above[i].id);
    }
    cells = std::move(above);
    level.first += static_cast<std::int64_t>(level.nodes);
  }
  std::ranges::sort(leaf_of);
  for (const auto& [id, leaf] : leaf_of) row(id, leaf);
}

}  // namespace orthocover
