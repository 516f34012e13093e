#include "core/inference/onednn/recording.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <map>

namespace orthocover::onednn {
namespace {

using torch::jit::Node;
using torch::jit::Value;

/// Turns the nodes of LibTorch's graph into ours.
class Reader {
 public:
  explicit Reader(const torch::jit::Graph& graph, const torch::jit::Stack& inputs) {
    m_graph.ops.emplace_back();
    m_steps[graph.inputs()[0]] = 0;
    for (std::size_t i = 1; i < inputs.size(); ++i) m_weights[graph.inputs()[i]] = inputs[i].toTensor();
    for (const Node* node : graph.nodes()) read(*node);
    m_graph.result = step(graph.outputs()[0]);
  }

  Graph take() { return std::move(m_graph); }

 private:
  using Rule = void (Reader::*)(const Node&);

  void read(const Node& node) {
    std::string name = node.kind().toQualString();
    if (!name.starts_with("aten::")) return;  // constants and lists are read where they are used
    if (name.ends_with('_')) name.pop_back();
    const auto rule = rules().find(name.substr(6));
    if (rule == rules().end()) throw Unsupported(name);
    (this->*rule->second)(node);
  }

  static const std::map<std::string, Rule>& rules() {
    static const std::map<std::string, Rule> kRules{
        {"conv2d", &Reader::conv2d},
        {"convolution", &Reader::convolution},
        {"_convolution", &Reader::convolution},
        {"relu", &Reader::activation},
        {"silu", &Reader::activation},
        {"sigmoid", &Reader::activation},
        {"add", &Reader::add},
        {"mul", &Reader::multiply},
        {"cat", &Reader::concat},
        {"max_pool2d", &Reader::max_pool},
        {"avg_pool2d", &Reader::average_pool},
        {"adaptive_avg_pool2d", &Reader::global_pool},
        {"mean", &Reader::mean},
        {"upsample_bilinear2d", &Reader::bilinear},
        {"upsample_nearest2d", &Reader::nearest},
        {"constant_pad_nd", &Reader::pad},
        {"expand", &Reader::expand},
        {"expand_as", &Reader::expand_as},
        {"contiguous", &Reader::same},
        {"clone", &Reader::same},
        {"detach", &Reader::same},
        {"dropout", &Reader::dropout},
        {"feature_dropout", &Reader::dropout},
    };
    return kRules;
  }

  static void demand(bool fits, const Node& node) {
    if (!fits) throw Unsupported(std::string(node.kind().toQualString()) + " with these arguments");
  }

  // Arguments
  // ---------------------------------------------------------------------------------------------------------

  int step(const Value* value) const {
    const auto found = m_steps.find(value);
    if (found == m_steps.end()) throw Unsupported("a tensor that doesn't come from the image");
    return found->second;
  }

  static c10::IValue constant(const Value* value) {
    const auto found = torch::jit::toIValue(value);
    if (!found) throw Unsupported("an argument that isn't constant");
    return *found;
  }

  torch::Tensor weight(const Value* value) const {
    const auto found = m_weights.find(value);
    if (found != m_weights.end()) return found->second;
    const c10::IValue fixed = constant(value);
    return fixed.isNone() ? torch::Tensor() : fixed.toTensor();
  }

  static std::vector<std::int64_t> ints(const Value* value) {
    if (value->node()->kind() != c10::prim::ListConstruct) return constant(value).toIntVector();
    std::vector<std::int64_t> numbers;
    for (const Value* item : value->node()->inputs()) numbers.push_back(constant(item).toInt());
    return numbers;
  }

  static Pair pair(const Value* value) {
    const std::vector<std::int64_t> numbers = ints(value);
    if (numbers.empty() || numbers.size() > 2) throw Unsupported("an argument that isn't a pair");
    return {numbers.front(), numbers.back()};
  }

  // Steps
  // -------------------------------------------------------------------------------------------------------------

  Op op(OpKind kind, const Node& node) const {
    Op made;
    made.kind = kind;
    made.inputs = {step(node.input(0))};
    return made;
  }

  void append(const Node& node, Op op) {
    m_steps[node.output(0)] = static_cast<int>(m_graph.ops.size());
    m_graph.ops.push_back(std::move(op));
  }

  void same(const Node& node) { m_steps[node.output(0)] = step(node.input(0)); }

  void dropout(const Node& node) {
    demand(!constant(node.input(2)).toBool(), node);
    same(node);
  }

  void append_conv(const Node& node, std::size_t groups_at) {
    Op conv = op(OpKind::Conv, node);
    conv.weight = weight(node.input(1));
    conv.bias = weight(node.input(2));
    demand(conv.weight.dim() == 4 && conv.weight.scalar_type() == torch::kFloat, node);
    Geometry& g = conv.geometry;
    g.kernel = {conv.weight.size(2), conv.weight.size(3)};
    g.stride = pair(node.input(3));
    g.before = g.after = pair(node.input(4));
    g.dilation = pair(node.input(5));
    g.groups = constant(node.input(groups_at)).toInt();
    append(node, std::move(conv));
  }

  void conv2d(const Node& node) { append_conv(node, 6); }

  void convolution(const Node& node) {
    demand(!constant(node.input(6)).toBool(), node);  // transposed
    append_conv(node, 8);
  }

  void activation(const Node& node) {
    Op made = op(OpKind::Activate, node);
    const std::string name = node.kind().toUnqualString();
    made.activation = name.starts_with("relu")   ? Activation::Relu
                      : name.starts_with("silu") ? Activation::Silu
                                                 : Activation::Sigmoid;
    append(node, std::move(made));
  }

  void append_of_two(const Node& node, OpKind kind) {
    Op made = op(kind, node);
    made.inputs.push_back(step(node.input(1)));
    append(node, std::move(made));
  }

  void add(const Node& node) {
    demand(constant(node.input(2)).toScalar().toDouble() == 1, node);
    append_of_two(node, OpKind::Add);
  }

  void multiply(const Node& node) { append_of_two(node, OpKind::Multiply); }

  void concat(const Node& node) {
    demand(constant(node.input(1)).toInt() == 1, node);
    Op made;
    made.kind = OpKind::Concat;
    for (const Value* part : node.input(0)->node()->inputs()) made.inputs.push_back(step(part));
    append(node, std::move(made));
  }

  Op pool(OpKind kind, const Node& node) const {
    Op made = op(kind, node);
    Geometry& g = made.geometry;
    g.kernel = pair(node.input(1));
    g.stride = ints(node.input(2)).empty() ? g.kernel : pair(node.input(2));
    g.before = g.after = pair(node.input(3));
    return made;
  }

  void max_pool(const Node& node) {
    Op made = pool(OpKind::MaxPool, node);
    demand(pair(node.input(4)) == Pair{1, 1} && !constant(node.input(5)).toBool(), node);
    append(node, std::move(made));
  }

  void average_pool(const Node& node) {
    Op made = pool(OpKind::AveragePool, node);
    demand(made.geometry.before == Pair{0, 0} && !constant(node.input(4)).toBool(), node);
    demand(constant(node.input(6)).isNone(), node);
    append(node, std::move(made));
  }

  void global_pool(const Node& node) {
    demand(pair(node.input(1)) == Pair{1, 1}, node);
    append(node, op(OpKind::GlobalPool, node));
  }

  void mean(const Node& node) {
    const std::vector<std::int64_t> axes = ints(node.input(1));
    const bool spatial = axes == std::vector<std::int64_t>{2, 3} || axes == std::vector<std::int64_t>{-2, -1};
    demand(spatial && constant(node.input(2)).toBool(), node);
    append(node, op(OpKind::GlobalPool, node));
  }

  void bilinear(const Node& node) {
    Op made = op(OpKind::Bilinear, node);
    made.size = pair(node.input(1));
    made.align_corners = constant(node.input(2)).toBool();
    demand(constant(node.input(3)).isNone() && constant(node.input(4)).isNone(), node);
    append(node, std::move(made));
  }

  void nearest(const Node& node) {
    Op made = op(OpKind::Nearest, node);
    made.size = pair(node.input(1));
    demand(constant(node.input(2)).isNone() && constant(node.input(3)).isNone(), node);
    append(node, std::move(made));
  }

  void pad(const Node& node) {
    const std::vector<std::int64_t> sides = ints(node.input(1));  // left, right, top, bottom
    demand(sides.size() == 4 && constant(node.input(2)).toScalar().toDouble() == 0, node);
    Op made = op(OpKind::Pad, node);
    made.geometry.before = {sides[2], sides[0]};
    made.geometry.after = {sides[3], sides[1]};
    append(node, std::move(made));
  }

  void append_expand(const Node& node, const std::vector<std::int64_t>& sizes) {
    demand(sizes.size() == 4, node);
    Op made = op(OpKind::Expand, node);
    made.size = {sizes[2], sizes[3]};
    append(node, std::move(made));
  }

  void expand(const Node& node) { append_expand(node, ints(node.input(1))); }

  void expand_as(const Node& node) {
    const auto type = node.input(1)->type()->cast<c10::TensorType>();
    const auto sizes = type ? type->sizes().concrete_sizes() : decltype(type->sizes().concrete_sizes()){};
    demand(sizes.has_value(), node);
    append_expand(node, *sizes);
  }

  Graph m_graph;
  std::map<const Value*, int> m_steps;
  std::map<const Value*, torch::Tensor> m_weights;
};

}  // namespace

Graph trace(nn::SegmentationNetwork& network, const Shape& image) {
  const torch::NoGradGuard no_gradient;
  // Weights are inputs, too, so that the graph knows them from constants.
  torch::jit::Stack inputs{torch::zeros({1, image.channels, image.height, image.width})};
  for (const torch::Tensor& parameter : network.parameters()) inputs.emplace_back(parameter);
  const auto forward = [&](const torch::jit::Stack& stack) {
    return torch::jit::Stack{network.forward_scores(stack[0].toTensor())};
  };
  const auto no_name = [](const torch::autograd::Variable&) { return std::string(); };
  const auto [state, outputs] = torch::jit::tracer::trace(inputs, forward, no_name);
  return Reader(*state->graph, inputs).take();
}

}  // namespace orthocover::onednn
