#pragma once

#include <memory>
#include <string>

#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover {

enum class OptimiserKind { AdamW, Sgd };

/// How a gradient becomes a change of the weights.
struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::AdamW;
  double learning_rate = 1e-3;  ///< peak
  double weight_decay = 0.05;   ///< on kernels only; biases and norms keep their size
  double momentum = 0.9;        ///< of SGD, with Nesterov's correction
  double encoder_rate = 1;      ///< the encoder's learning rate, as a share
};

/// AdamW or SGD over the parameters of a network, the encoder's apart.
/// @source AdamW: Loshchilov and Hutter 2017 (arXiv 1711.05101)
class Optimiser {
 public:
  Optimiser(nn::SegmentationNetwork& network, const OptimiserOptions& options);

  void zero_gradients();
  /// Changes the weights. Parameters without gradient (a frozen encoder's) stay.
  /// @param share of the peak learning rate
  void step(double share);

  /// All that it has learned about the parameters, to go on from later.
  nn::TensorMap state();
  /// @param what names the source in messages
  /// @throws Error{Model} when the state is another network's or another optimiser's
  void load_state(const nn::TensorMap& state, const std::string& what);

 private:
  void add_group(std::vector<torch::Tensor> parameters, double learning_rate, double decay);

  OptimiserOptions m_options;
  std::unique_ptr<torch::optim::Optimizer> m_optimiser;
  std::vector<double> m_peaks;                                      ///< learning rate of each group
  std::vector<std::pair<std::string, torch::Tensor>> m_parameters;  ///< with their names
};

}  // namespace orthocover
