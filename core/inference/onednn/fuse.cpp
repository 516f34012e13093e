#include "core/inference/onednn/graph.h"

#include <algorithm>

namespace orthocover::onednn {
namespace {

bool is_pointwise(const Op& op) {
  return op.kind == OpKind::Conv && op.geometry == Geometry{};
}

bool grows(const Shape& from, const Shape& to) {
  return from.height <= to.height && from.width <= to.width;
}

/// A convolution of 1 x 1 and a bilinear resampling may change places, since the weights of a resampling sum
/// up to 1. What makes fewer channels of fewer pixels comes first.
Graph with_late_growth(const Graph& graph) {
  const auto old = [&](int index) -> const Op& { return graph.ops[static_cast<std::size_t>(index)]; };
  Graph changed;
  std::vector<int> place;
  for (const Op& op : graph.ops) {
    Op next = op;
    for (int& input : next.inputs) input = place[static_cast<std::size_t>(input)];
    if (is_pointwise(op) && old(op.inputs[0]).kind == OpKind::Bilinear) {
      const Op& growth = old(op.inputs[0]);
      const Shape& small = old(growth.inputs[0]).shape;
      if (op.shape.channels < growth.shape.channels && grows(small, growth.shape)) {
        next.inputs = {place[static_cast<std::size_t>(growth.inputs[0])]};
        next.shape = {op.shape.channels, small.height, small.width};
        changed.ops.push_back(next);
        next = growth;
        next.inputs = {static_cast<int>(changed.ops.size()) - 1};
        next.shape = op.shape;
      }
    }
    place.push_back(static_cast<int>(changed.ops.size()));
    changed.ops.push_back(std::move(next));
  }
  changed.result = place[static_cast<std::size_t>(graph.result)];
  return changed;
}

/// A joined step takes the place of the later of its parts; the earlier one is left without a reader.
class Fuser {
 public:
  Fuser(const Graph& graph, bool separable)
      : m_graph(with_late_growth(graph)), m_readers(m_graph.ops.size(), 0), m_separable(separable) {
    for (const Op& op : m_graph.ops)
      for (const int input : op.reads()) ++readers(input);
    ++readers(m_graph.result);
  }

  Graph fused() {
    for (Op& op : m_graph.ops) visit(op);
    return without_unread();
  }

 private:
  Op& at(int index) { return m_graph.ops[static_cast<std::size_t>(index)]; }
  int& readers(int index) { return m_readers[static_cast<std::size_t>(index)]; }

  void visit(Op& op) {
    switch (op.kind) {
      case OpKind::Conv:
        take_padding(op);
        take_gate(op);
        take_depthwise(op);
        take_separable(op);
        break;
      case OpKind::Activate:
        give_activation(op);
        break;
      case OpKind::Add:
        give_residual(op);
        break;
      case OpKind::AveragePool:
        give_mean(op);
        break;
      default:
        break;
    }
  }

  void move_input(Op& op, int to) {
    --readers(op.inputs[0]);
    ++readers(to);
    op.inputs[0] = to;
  }

  void take_padding(Op& conv) {
    const Op& pad = at(conv.inputs[0]);
    if (pad.kind != OpKind::Pad) return;
    for (const std::size_t axis : {0U, 1U}) {
      conv.geometry.before[axis] += pad.geometry.before[axis];
      conv.geometry.after[axis] += pad.geometry.after[axis];
    }
    move_input(conv, pad.inputs[0]);
  }

  void take_gate(Op& conv) {
    const Op& product = at(conv.inputs[0]);
    const bool by_channel = product.kind == OpKind::Multiply && at(product.inputs[1]).shape.pixels() == 1;
    const bool pointwise = conv.geometry.kernel == Pair{1, 1} && conv.geometry.groups == 1;
    if (!by_channel || !pointwise || readers(conv.inputs[0]) != 1) return;
    conv.gate = product.inputs[1];
    ++readers(conv.gate);
    move_input(conv, product.inputs[0]);
  }

  void take_depthwise(Op& conv) {
    const Op& first = at(conv.inputs[0]);
    if (!m_separable || !is_pointwise(conv) || conv.gate >= 0 || !is_plain_depthwise(first)) return;
    if (readers(conv.inputs[0]) != 1) return;
    readers(conv.inputs[0]) = 0;
    conv.depthwise = std::make_shared<const Op>(first);
    conv.inputs = first.inputs;
    if (first.geometry.dilation == Pair{1, 1}) take_parts(conv);
  }

  /// Reads what a depthwise convolution's input is put together from.
  void take_parts(Op& conv) {
    const auto is_image = [&](int index) { return at(index).kind == OpKind::Image; };
    const int joined = conv.inputs[0];
    const std::vector<int>& parts = at(joined).inputs;
    if (at(joined).kind == OpKind::Concat && readers(joined) == 1 && std::ranges::none_of(parts, is_image)) {
      readers(joined) = 0;
      conv.inputs = parts;
    }
    bool grown = false;
    for (int& part : conv.inputs) {
      const Op& growth = at(part);
      if (growth.kind != OpKind::Bilinear || readers(part) != 1 || is_image(growth.inputs[0])) continue;
      if (!grows(at(growth.inputs[0]).shape, growth.shape)) continue;
      if (grown && growth.align_corners != conv.align_corners) continue;
      grown = true;
      conv.align_corners = growth.align_corners;
      readers(part) = 0;
      part = growth.inputs[0];
    }
  }

  void take_separable(Op& conv) {
    const Op& first = at(conv.inputs[0]);
    if (!is_pointwise(conv) || conv.depthwise || conv.gate >= 0 || !first.depthwise || first.pointwise)
      return;
    if (first.residual >= 0 || readers(conv.inputs[0]) != 1 || !is_free_or_relu(first)) return;
    readers(conv.inputs[0]) = 0;
    conv.pointwise = std::make_shared<const Op>(first);
    conv.depthwise = first.depthwise;
    conv.align_corners = first.align_corners;
    conv.inputs = first.inputs;
  }

  static bool is_free_or_relu(const Op& op) {
    return op.activation == Activation::None || op.activation == Activation::Relu;
  }

  bool is_plain_depthwise(const Op& op) {
    if (op.kind != OpKind::Conv || op.residual >= 0 || op.gate >= 0) return false;
    if (!is_free_or_relu(op)) return false;
    const Op& source = at(op.inputs[0]);
    const Geometry& g = op.geometry;
    const Pair apart{g.dilation[0], g.dilation[0]};
    return source.kind != OpKind::Image && g.groups == op.shape.channels &&
           g.groups == source.shape.channels && g.kernel == Pair{3, 3} && g.stride == Pair{1, 1} &&
           g.dilation == apart && g.before == apart && g.after == apart;
  }

  bool is_bare_conv(int index) {
    const Op& op = at(index);
    return op.kind == OpKind::Conv && readers(index) == 1 && op.activation == Activation::None && !op.pooled;
  }

  void give_activation(Op& op) {
    if (!is_bare_conv(op.inputs[0])) return;
    const Activation activation = op.activation;
    readers(op.inputs[0]) = 0;
    op = at(op.inputs[0]);
    op.activation = activation;
  }

  /// Means of 2 x 2 of what a convolution makes of the image.
  void give_mean(Op& op) {
    static const Geometry kPairs{{2, 2}, {2, 2}};
    const Op& conv = at(op.inputs[0]);
    if (!m_separable || op.geometry != kPairs || readers(op.inputs[0]) != 1) return;
    if (!makes_few_channels(m_graph, conv) || conv.shape.height != 2 * op.shape.height ||
        conv.shape.width != 2 * op.shape.width)
      return;
    const Shape shape = op.shape;
    readers(op.inputs[0]) = 0;
    op = at(op.inputs[0]);
    op.shape = shape;
    op.pooled = true;
  }

  void give_residual(Op& op) {
    // The later convolution first: what it adds is there anyway.
    const bool second_is_later = op.inputs[1] > op.inputs[0];
    for (const bool second : {second_is_later, !second_is_later}) {
      const int conv = op.inputs[second ? 1 : 0];
      const int other = op.inputs[second ? 0 : 1];
      if (conv == other || !is_bare_conv(conv) || at(conv).residual >= 0) continue;
      readers(conv) = 0;
      op = at(conv);
      op.residual = other;
      return;
    }
  }

  Graph without_unread() {
    std::vector<bool> needed(m_graph.ops.size(), false);
    needed[static_cast<std::size_t>(m_graph.result)] = true;
    for (std::size_t i = m_graph.ops.size(); i-- > 0;) {
      if (!needed[i]) continue;
      for (const int input : m_graph.ops[i].reads()) needed[static_cast<std::size_t>(input)] = true;
    }
    Graph kept;
    std::vector<int> index(m_graph.ops.size(), -1);
    const auto renamed = [&](int& old) {
      if (old >= 0) old = index[static_cast<std::size_t>(old)];
    };
    for (std::size_t i = 0; i < m_graph.ops.size(); ++i) {
      if (!needed[i]) continue;
      Op op = m_graph.ops[i];
      for (int& input : op.inputs) renamed(input);
      renamed(op.residual);
      renamed(op.gate);
      index[i] = static_cast<int>(kept.ops.size());
      kept.ops.push_back(std::move(op));
    }
    kept.result = index[static_cast<std::size_t>(m_graph.result)];
    return kept;
  }

  Graph m_graph;
  std::vector<int> m_readers;
  bool m_separable;
};

}  // namespace

Graph fuse(const Graph& graph, bool separable) {
  return Fuser(graph, separable).fused();
}

}  // namespace orthocover::onednn
