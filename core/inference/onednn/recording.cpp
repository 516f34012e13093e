#include "core/inference/onednn/recording.h"

namespace orthocover::onednn {
namespace {

/// Recorded sizes, rows and columns, as multiples of what the network needs: two that all others are
/// concluded from, and one to check that. They lie on no line, so that sizes that depend on the other axis
/// are noticed.
constexpr Pair kBase{2, 2};
constexpr Pair kLarger{4, 5};
constexpr Pair kChecked{3, 3};

bool is_same_step(const Op& a, const Op& b) {
  return a.kind == b.kind && a.inputs == b.inputs && a.geometry == b.geometry &&
         a.align_corners == b.align_corners && a.activation == b.activation && a.weight.is_same(b.weight) &&
         a.bias.is_same(b.bias);
}

void demand_same_steps(const Graph& a, const Graph& b) {
  bool same = a.ops.size() == b.ops.size() && a.result == b.result;
  for (std::size_t i = 0; same && i < a.ops.size(); ++i) same = is_same_step(a.ops[i], b.ops[i]);
  if (!same) throw Unsupported("steps that depend on the size of the image");
}

}  // namespace

Recording::Recording(nn::SegmentationNetwork& network, int bands)
    : m_multiple(network.size_multiple()), m_bands(bands) {
  const auto traced = [&](const Pair& size) {
    return trace(network, {bands, size[0] * m_multiple, size[1] * m_multiple});
  };
  m_base = traced(kBase);
  m_larger = traced(kLarger);
  const Graph check = traced(kChecked);
  demand_same_steps(m_base, m_larger);
  demand_same_steps(m_base, check);
  const Graph concluded = at(kChecked[0] * m_multiple, kChecked[1] * m_multiple);
  for (std::size_t i = 0; i < check.ops.size(); ++i)
    if (check.ops[i].size != concluded.ops[i].size) throw Unsupported("sizes that are not linear");
}

Graph Recording::at(std::int64_t height, std::int64_t width) const {
  const Pair wanted{height / m_multiple, width / m_multiple};
  Graph graph = m_base;
  for (std::size_t i = 0; i < graph.ops.size(); ++i) {
    for (const std::size_t axis : {0U, 1U}) {
      const std::int64_t base = m_base.ops[i].size[axis];
      const std::int64_t grown = (m_larger.ops[i].size[axis] - base) * (wanted[axis] - kBase[axis]);
      const std::int64_t steps = kLarger[axis] - kBase[axis];
      if (grown % steps != 0) throw Unsupported("sizes that are no whole numbers");
      graph.ops[i].size[axis] = base + grown / steps;
    }
    graph.ops[i].id = static_cast<int>(i);
  }
  infer_shapes(graph, {m_bands, height, width});
  return graph;
}

}  // namespace orthocover::onednn
