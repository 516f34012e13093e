#include "core/inference/onednn/graph.h"

namespace orthocover::onednn {
namespace {

void demand(bool fits, const char* what) {
  if (!fits) throw Unsupported(what);
}

Shape windowed(const Op& op, const Shape& in, std::int64_t channels) {
  const Geometry& g = op.geometry;
  const auto length = [&](std::size_t axis, std::int64_t size) {
    const auto reach = (g.kernel[axis] - 1) * g.dilation[axis] + 1;
    return (size + g.before[axis] + g.after[axis] - reach) / g.stride[axis] + 1;
  };
  return {channels, length(0, in.height), length(1, in.width)};
}

Shape convolved(const Op& op, const Shape& in) {
  demand(op.weight.size(1) * op.geometry.groups == in.channels, "channels of a convolution");
  return windowed(op, in, op.weight.size(0));
}

Shape gated(const Shape& x, const Shape& gate) {
  const bool by_channel = gate == Shape{x.channels, 1, 1};
  const bool by_pixel = gate == Shape{1, x.height, x.width};
  demand(by_channel || by_pixel, "factors of a product");
  return x;
}

Shape joined(const Graph& graph, const Op& op) {
  Shape sum = graph.ops[static_cast<std::size_t>(op.inputs.front())].shape;
  sum.channels = 0;
  for (const int input : op.inputs) {
    const Shape& part = graph.ops[static_cast<std::size_t>(input)].shape;
    demand(part.height == sum.height && part.width == sum.width, "parts of different size");
    sum.channels += part.channels;
  }
  return sum;
}

Shape shape_of(const Graph& graph, Op& op, const Shape& image) {
  if (op.kind == OpKind::Image) return image;
  const auto input = [&](std::size_t i) { return graph.ops[static_cast<std::size_t>(op.inputs[i])].shape; };
  const Shape in = input(0);
  switch (op.kind) {
    case OpKind::Conv:
      return convolved(op, in);
    case OpKind::MaxPool:
    case OpKind::AveragePool:
    case OpKind::Pad:
      return windowed(op, in, in.channels);
    case OpKind::GlobalPool:
      return {in.channels, 1, 1};
    case OpKind::Bilinear:
    case OpKind::Nearest:
    case OpKind::Expand:
      demand(op.kind != OpKind::Expand || in.pixels() == 1, "expansion of more than one pixel");
      return {in.channels, op.size[0], op.size[1]};
    case OpKind::Add:
      demand(in == input(1), "terms of different shape");
      return in;
    case OpKind::Multiply:
      // The gate comes second.
      if (in.channels * in.pixels() < input(1).channels * input(1).pixels())
        std::swap(op.inputs[0], op.inputs[1]);
      return gated(input(0), input(1));
    case OpKind::Concat:
      return joined(graph, op);
    default:
      return in;
  }
}

}  // namespace

std::vector<int> Op::reads() const {
  std::vector<int> all = inputs;
  for (const int other : {residual, gate})
    if (other >= 0) all.push_back(other);
  return all;
}

bool makes_few_channels(const Graph& graph, const Op& op) {
  constexpr std::int64_t kFew = 32;
  const bool is_plain = op.kind == OpKind::Conv && op.geometry.groups == 1 && op.residual < 0 &&
                        op.gate < 0 && op.geometry.dilation == Pair{1, 1} &&
                        op.geometry.stride == Pair{2, 2} &&
                        (op.activation == Activation::None || op.activation == Activation::Relu);
  return is_plain && op.shape.channels <= kFew &&
         graph.ops[static_cast<std::size_t>(op.inputs[0])].kind == OpKind::Image;
}

void infer_shapes(Graph& graph, const Shape& image) {
  for (Op& op : graph.ops) {
    op.shape = shape_of(graph, op, image);
    demand(op.shape.channels > 0 && op.shape.height > 0 && op.shape.width > 0, "an empty result");
  }
}

}  // namespace orthocover::onednn
