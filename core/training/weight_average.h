#pragma once

#include <algorithm>
#include <cstdint>

#include "core/nn/weights/tensor_map.h"

namespace orthocover {

/// Exponential moving average of a network's weights and running statistics. The first updates count more, so
/// that the start is soon forgotten.
class WeightAverage {
 public:
  /// Begins with a copy of the module's state.
  WeightAverage(const torch::nn::Module& module, double decay) : m_decay(decay) {
    for (const auto& [name, tensor] : nn::state_of(module))
      m_state.emplace_back(name, tensor.detach().clone());
  }

  /// @param step counted from 0
  void update(const torch::nn::Module& module, std::int64_t step) {
    const torch::NoGradGuard no_gradients;
    const double decay = std::min(m_decay, static_cast<double>(1 + step) / static_cast<double>(10 + step));
    const nn::TensorMap current = nn::state_of(module);
    for (std::size_t i = 0; i < m_state.size(); ++i) {
      torch::Tensor& average = m_state[i].second;
      if (average.is_floating_point())
        average.lerp_(current[i].second, 1 - decay);
      else
        average.copy_(current[i].second);
    }
  }

  const nn::TensorMap& state() const { return m_state; }
  nn::TensorMap& state() { return m_state; }

 private:
  nn::TensorMap m_state;
  double m_decay;
};

}  // namespace orthocover
