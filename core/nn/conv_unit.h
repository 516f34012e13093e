#pragma once

#include "core/nn/torch.h"

namespace orthocover::nn {

/// What follows a convolution and its batch norm.
enum class Activation { None, Relu, Silu };

/// How prepared convolutions hold their data on the CPU.
enum class ConvLayout {
  Contiguous,   ///< as LibTorch has it by default
  ChannelsLast  ///< values of one pixel side by side
};

/// Applies an activation; in place where that is allowed.
/// @param x a fresh tensor that nothing else needs
torch::Tensor activate(torch::Tensor x, Activation activation);

/// A convolution, the batch norm that is applied to its result (if any), and an activation. The modules are
/// registered by the owner, under its names; the unit only knows that they follow each other.
class ConvUnit {
 public:
  /// An empty unit, to be replaced before use.
  ConvUnit() = default;
  /// @param norm may be empty
  explicit ConvUnit(torch::nn::Conv2d conv, torch::nn::BatchNorm2d norm = nullptr,
                    Activation activation = Activation::None);

  bool is_empty() const { return m_conv.is_empty(); }
  const torch::nn::Conv2d& conv() const { return m_conv; }
  const torch::nn::BatchNorm2d& norm() const { return m_norm; }

  /// @shape [n, in, h, w] -> [n, out, h', w']
  torch::Tensor operator()(const torch::Tensor& x);

  /// Takes the running statistics of the batch norm into the convolution, which then does the work of both,
  /// and on the CPU brings its weights into the layout. The parameters change so that
  /// the two modules, applied one after the other, still give what they gave; call it once, in evaluation, on
  /// the device of the forward passes, and train no more.
  void prepare_for_inference(ConvLayout layout);

 private:
  void fold_batch_norm();
  torch::Tensor bias() const;
  bool wants_channels_last(const torch::Tensor& x) const;
  torch::Tensor convolve(const torch::Tensor& x) const;
  torch::Tensor normalise(const torch::Tensor& x);

  torch::nn::Conv2d m_conv{nullptr};
  torch::nn::BatchNorm2d m_norm{nullptr};
  Activation m_activation = Activation::None;
  bool m_is_folded = false;
  bool m_is_channels_last = false;
};

}  // namespace orthocover::nn
