#pragma once

#include <span>

#include "core/inference/onednn/step.h"

namespace orthocover::onednn {

/// A network for images of one size, as a list of steps. Several threads may run one plan.
class Plan {
 public:
  /// @param graph fused
  /// @throws Unsupported
  Plan(Graph graph, WeightStore& weights, const dnnl::engine& engine);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// @shape [n, bands, rows, cols] -> [n, classes, rows', cols'], one image after the other
  /// @param stretches of the bands, for images of bytes
  /// @return undefined for values of any other type
  torch::Tensor run(const torch::Tensor& images, std::span<const rows::Stretch> stretches) const;

  /// Of the tensors alive during run(), for each image.
  std::uint64_t tensor_bytes() const;

  const std::vector<Step>& steps() const { return m_steps; }
  /// Adds to the seconds of each step what it takes in a pass over this image.
  void measure(const torch::Tensor& image, std::vector<double>& seconds) const;

 private:
  Graph m_graph;
  Layout m_layout;
  dnnl::engine m_engine;
  std::vector<Step> m_steps;
};

}  // namespace orthocover::onednn
