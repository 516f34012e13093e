#include "core/inference/onednn/recording.h"

#include "core/inference/onednn/trace.h"

namespace orthocover::onednn {
namespace {

/// Recorded sizes as multiples of what the network needs: the base, one step more in each direction, and one
/// to check what is concluded from these.
constexpr std::int64_t kBase = 2;
constexpr std::int64_t kCheckedHeight = 4;
constexpr std::int64_t kCheckedWidth = 5;

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
  const auto traced = [&](std::int64_t rows, std::int64_t cols) {
    return trace(network, {bands, rows * m_multiple, cols * m_multiple});
  };
  m_base = traced(kBase, kBase);
  m_taller = traced(kBase + 1, kBase);
  m_wider = traced(kBase, kBase + 1);
  const Graph check = traced(kCheckedHeight, kCheckedWidth);
  demand_same_steps(m_base, m_taller);
  demand_same_steps(m_base, m_wider);
  demand_same_steps(m_base, check);
  const Graph concluded = at(kCheckedHeight * m_multiple, kCheckedWidth * m_multiple);
  for (std::size_t i = 0; i < check.ops.size(); ++i)
    if (check.ops[i].size != concluded.ops[i].size) throw Unsupported("sizes that are not linear");
}

Graph Recording::at(std::int64_t height, std::int64_t width) const {
  const std::int64_t rows = height / m_multiple - kBase;
  const std::int64_t cols = width / m_multiple - kBase;
  Graph graph = m_base;
  for (std::size_t i = 0; i < graph.ops.size(); ++i) {
    for (const std::size_t axis : {0U, 1U}) {
      const auto base = m_base.ops[i].size[axis];
      graph.ops[i].size[axis] =
          base + rows * (m_taller.ops[i].size[axis] - base) + cols * (m_wider.ops[i].size[axis] - base);
    }
    graph.ops[i].id = static_cast<int>(i);
  }
  infer_shapes(graph, {m_bands, height, width});
  return graph;
}

}  // namespace orthocover::onednn
