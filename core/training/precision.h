#pragma once

#include <string>
#include <vector>

#include "core/nn/network.h"

namespace orthocover {

/// Type in which forward passes compute; weights, optimiser and loss stay in float32.
enum class Precision { Float32, BFloat16, Float16 };

/// @param name `auto` (bfloat16 on CUDA, float32 on the CPU), `float32`, `bfloat16`, `float16`
/// @throws Error{Usage} for float16 on the CPU
Precision choose_precision(const std::string& name, torch::Device device);

/// True when the CPU multiplies bfloat16 in hardware; others emulate it many times slower.
bool cpu_has_bfloat16();

torch::ScalarType scalar_type(Precision precision);

/// Keeps small gradients of float16 from vanishing: losses are multiplied by a scale, which falls when
/// gradients overflow and slowly rises again. Other precisions have scale 1.
/// @source Micikevicius et al. 2017 (arXiv 1710.03740)
class GradientScaler {
 public:
  explicit GradientScaler(Precision precision);

  double scale() const { return m_scale; }
  /// Steps without overflow since the scale last changed.
  int good_steps() const { return m_good_steps; }
  /// For going on from a checkpoint. What one of another precision has means nothing here.
  void restore(double scale, int good_steps);

  /// Brings gradients back to their own size.
  void unscale(const std::vector<torch::Tensor>& parameters) const;
  /// Adapts the scale.
  /// @param finite whether the gradients are numbers; if not, the step must be left out
  /// @return false when leaving out steps does not help any more
  bool update(bool finite);

 private:
  bool m_active;
  double m_scale;
  int m_good_steps = 0;
};

}  // namespace orthocover
