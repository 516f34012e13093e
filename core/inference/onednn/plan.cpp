#include "core/inference/onednn/plan.h"

#include <chrono>

namespace orthocover::onednn {
namespace {

/// Whether values_of() knows these.
bool are_known(const torch::Tensor& images, std::span<const rows::Stretch> stretches) {
  if (images.scalar_type() == torch::kFloat) return true;
  return images.scalar_type() == torch::kByte &&
         images.size(1) == static_cast<std::int64_t>(stretches.size());
}

ImageValues values_of(const torch::Tensor& image, std::span<const rows::Stretch> stretches) {
  if (image.scalar_type() == torch::kFloat) return {image.data_ptr<float>(), nullptr, nullptr};
  return {nullptr, image.data_ptr<std::uint8_t>(), stretches.data()};
}

}  // namespace

Plan::Plan(Graph graph, WeightStore& weights, const dnnl::engine& engine)
    : m_graph(std::move(graph)), m_layout(m_graph, api::channels_in_block()), m_engine(engine) {
  Workshop shop{m_graph, m_layout, weights, engine, m_steps};
  for (int op = 0; op < static_cast<int>(m_graph.ops.size()); ++op) {
    const OpKind kind = shop.op(op).kind;
    if (kind == OpKind::Conv)
      append_convolution(shop, op);
    else if (kind != OpKind::Image && !(kind == OpKind::Bilinear && op == m_graph.result))
      append_other(shop, op);
  }
  append_scores(shop);
  m_layout.settle();
}

torch::Tensor Plan::run(const torch::Tensor& images, std::span<const rows::Stretch> stretches) const {
  if (!are_known(images, stretches)) return {};
  const Shape& shape = m_graph.ops[static_cast<std::size_t>(m_graph.result)].shape;
  torch::Tensor scores = torch::empty({images.size(0), shape.channels, shape.height, shape.width});
  const torch::Tensor arena = torch::empty({m_layout.floats()});
  dnnl::stream stream(m_engine);
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const torch::Tensor image = images[i];
    torch::Tensor result = scores[i];
    const Frame frame{values_of(image, stretches), result.data_ptr<float>(), arena.data_ptr<float>(),
                      &stream};
    for (const Step& step : m_steps) step.run(frame);
    stream.wait();
  }
  return scores;
}

std::uint64_t Plan::tensor_bytes() const {
  const Shape& scores = m_graph.ops[static_cast<std::size_t>(m_graph.result)].shape;
  const std::int64_t floats = m_layout.floats() + scores.channels * scores.height * scores.width;
  return static_cast<std::uint64_t>(floats) * sizeof(float);
}

void Plan::measure(const torch::Tensor& image, std::vector<double>& seconds) const {
  const Shape& shape = m_graph.ops[static_cast<std::size_t>(m_graph.result)].shape;
  const torch::Tensor scores = torch::empty({shape.channels, shape.height, shape.width});
  const torch::Tensor arena = torch::empty({m_layout.floats()});
  dnnl::stream stream(m_engine);
  const Frame frame{values_of(image, {}), scores.data_ptr<float>(), arena.data_ptr<float>(), &stream};
  seconds.resize(m_steps.size(), 0);
  for (std::size_t i = 0; i < m_steps.size(); ++i) {
    const auto start = std::chrono::steady_clock::now();
    m_steps[i].run(frame);
    stream.wait();
    seconds[i] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
}

}  // namespace orthocover::onednn
