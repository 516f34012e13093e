#pragma once

#include <cstdint>

#include "core/nn/weights/tensor_map.h"

namespace orthocover {

/// Exponential moving average of a network's weights and running statistics. The first updates count more, so
/// that the start is soon forgotten.
class WeightAverage {
 public:
  /// Begins with a copy of the module's state.
  WeightAverage(const torch::nn::Module& module, double decay);

  /// @param step counted from 0
  void update(const torch::nn::Module& module, std::int64_t step);

  const nn::TensorMap& state() const { return m_state; }
  nn::TensorMap& state() { return m_state; }

 private:
  nn::TensorMap m_state;
  double m_decay;
};

}  // namespace orthocover
