#include "core/inference/onednn/layout.h"

#include <algorithm>
#include <numeric>

namespace orthocover::onednn {
namespace {

constexpr std::int64_t kAlignment = 16;  ///< floats of a cache line

}  // namespace

Layout::Layout(const Graph& graph, std::int64_t block)
    : m_graph(graph), m_block(block), m_concat(graph.ops.size(), -1), m_places(graph.ops.size()) {
  find_lanes();
  find_last_readers();
  put_parts_into_concats();
  // Concats first: their parts come before them and need to know where to go.
  for (int op = static_cast<int>(graph.ops.size()); op-- > 0;)
    if (graph.ops[index(op)].kind == OpKind::Concat) place(op);
  for (int op = 0; op < static_cast<int>(graph.ops.size()); ++op)
    if (m_places[index(op)].buffer < 0) place(op);
}

void Layout::find_lanes() {
  for (const Op& op : m_graph.ops) {
    std::vector<int> lanes;
    const bool makes_channels = op.kind == OpKind::Conv && op.geometry.groups == 1;
    if (op.kind == OpKind::Image || makes_channels) {
      lanes = lanes_of_new(op.shape.channels);
    } else if (op.kind == OpKind::Concat) {
      lanes = lanes_of_all(op.inputs);
    } else {
      lanes = m_lanes[index(op.inputs[0])];
    }
    m_lanes.push_back(std::move(lanes));
  }
}

std::vector<int> Layout::lanes_of_new(std::int64_t channels) const {
  std::vector<int> lanes(static_cast<std::size_t>((channels + m_block - 1) / m_block * m_block), -1);
  std::iota(lanes.begin(), lanes.begin() + channels, 0);
  return lanes;
}

std::vector<int> Layout::lanes_of_all(const std::vector<int>& ops) const {
  std::vector<int> lanes;
  int start = 0;
  for (const int op : ops) {
    for (const int lane : m_lanes[index(op)]) lanes.push_back(lane < 0 ? -1 : lane + start);
    start += static_cast<int>(m_graph.ops[index(op)].shape.channels);
  }
  return lanes;
}

void Layout::find_last_readers() {
  m_last_reader.assign(m_graph.ops.size(), 0);
  for (int op = 0; op < static_cast<int>(m_graph.ops.size()); ++op)
    for (const int input : m_graph.ops[index(op)].reads()) m_last_reader[index(input)] = op;
  m_last_reader[index(m_graph.result)] = static_cast<int>(m_graph.ops.size());
}

void Layout::put_parts_into_concats() {
  for (int op = 0; op < static_cast<int>(m_graph.ops.size()); ++op) {
    if (m_graph.ops[index(op)].kind != OpKind::Concat) continue;
    const auto& parts = m_graph.ops[index(op)].inputs;
    for (const int part : parts) {
      const bool once = std::ranges::count(parts, part) == 1;
      if (once && m_concat[index(part)] < 0 && m_graph.ops[index(part)].kind != OpKind::Image)
        m_concat[index(part)] = op;
    }
  }
}

std::int64_t Layout::floats_of(int op) const {
  const Op& step = m_graph.ops[index(op)];
  return static_cast<std::int64_t>(m_lanes[index(op)].size()) * step.shape.pixels();
}

int Layout::new_buffer(std::int64_t floats, int first, int last) {
  m_buffers.push_back({(floats + kAlignment - 1) / kAlignment * kAlignment, first, last, 0});
  return static_cast<int>(m_buffers.size()) - 1;
}

void Layout::place(int op) {
  const Op& step = m_graph.ops[index(op)];
  if (step.kind == OpKind::Image) return;
  const int concat = m_concat[index(op)];
  if (concat >= 0) {
    Place place = m_places[index(concat)];
    for (const int part : m_graph.ops[index(concat)].inputs) {
      if (part == op) break;
      place.offset += floats_of(part);
    }
    m_places[index(op)] = place;
  } else if (step.residual >= 0) {
    put_sum_upon_term(op);
  }
  if (m_places[index(op)].buffer < 0)
    m_places[index(op)] = {new_buffer(floats_of(op), op, m_last_reader[index(op)]), 0};
  Buffer& buffer = m_buffers[index(m_places[index(op)].buffer)];
  buffer.first = std::min(buffer.first, op);
  buffer.last = std::max(buffer.last, m_last_reader[index(op)]);
}

void Layout::put_sum_upon_term(int op) {
  const Op& step = m_graph.ops[index(op)];
  const Place term = m_places[index(step.residual)];
  if (term.buffer < 0 || m_buffers[index(term.buffer)].last != op) return;
  if (m_buffers[index(term.buffer)].floats < floats_of(op) + term.offset) return;
  const auto is_elsewhere = [&](int other) {
    return other < 0 || m_places[index(other)].buffer != term.buffer;
  };
  if (std::ranges::all_of(step.inputs, is_elsewhere) && is_elsewhere(step.gate)) m_places[index(op)] = term;
}

Blocked Layout::map(int op, float* arena) const {
  const Op& step = m_graph.ops[index(op)];
  Blocked map{nullptr, m_block, static_cast<std::int64_t>(m_lanes[index(op)].size()) / m_block,
              step.shape.height, step.shape.width};
  const Place& place = m_places[index(op)];
  if (arena != nullptr && place.buffer >= 0)
    map.data = arena + m_buffers[index(place.buffer)].offset + place.offset;
  return map;
}

bool Layout::is_in_place(int part, int concat) const {
  return m_concat[index(part)] == concat;
}

bool Layout::shares_place(int a, int b) const {
  const Place& first = m_places[index(a)];
  const Place& second = m_places[index(b)];
  return first.buffer == second.buffer && first.offset == second.offset;
}

int Layout::add_scratch(int op, std::int64_t floats) {
  return new_buffer(floats, op, op);
}

void Layout::settle() {
  // Large ones first, each as low as it fits.
  std::vector<Buffer*> order;
  for (Buffer& buffer : m_buffers) order.push_back(&buffer);
  std::ranges::stable_sort(order, [](const Buffer* a, const Buffer* b) { return a->floats > b->floats; });
  std::vector<const Buffer*> settled;  // by offset
  for (Buffer* buffer : order) {
    std::int64_t offset = 0;
    for (const Buffer* other : settled) {
      if (other->last < buffer->first || buffer->last < other->first) continue;
      if (offset + buffer->floats <= other->offset) break;
      offset = std::max(offset, other->offset + other->floats);
    }
    buffer->offset = offset;
    m_floats = std::max(m_floats, offset + buffer->floats);
    const auto after = std::ranges::upper_bound(settled, offset, {}, &Buffer::offset);
    settled.insert(after, buffer);
  }
}

}  // namespace orthocover::onednn
