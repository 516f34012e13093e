#include "core/nn/conv_unit.h"

namespace orthocover::nn {

torch::Tensor activate(torch::Tensor x, Activation activation) {
  switch (activation) {
    case Activation::None:
      return x;
    case Activation::Relu:
      return x.relu_();
    case Activation::Silu:
      break;
  }
  // Its gradient needs the input.
  return torch::GradMode::is_enabled() ? torch::silu(x) : torch::silu_(x);
}

ConvUnit::ConvUnit(torch::nn::Conv2d conv, torch::nn::BatchNorm2d norm, Activation activation)
    : m_conv(std::move(conv)), m_norm(std::move(norm)), m_activation(activation) {}

torch::Tensor ConvUnit::bias() const {
  return m_is_folded ? m_norm->bias : m_conv->bias;
}

torch::Tensor ConvUnit::convolve(const torch::Tensor& x) const {
  if (!m_is_folded) return torch::nn::Conv2d(m_conv)->forward(x);
  const auto& options = m_conv->options;
  // Of c10 or std, by the version of LibTorch.
  const auto& padding = get<torch::ExpandingArray<2>>(options.padding());
  return torch::conv2d(x, m_conv->weight, bias(), options.stride(), padding, options.dilation(),
                       options.groups());
}

bool ConvUnit::wants_channels_last(const torch::Tensor& x) const {
  return m_is_channels_last && x.is_cpu() && x.scalar_type() == torch::kFloat &&
         !torch::GradMode::is_enabled();
}

torch::Tensor ConvUnit::normalise(const torch::Tensor& x) {
  // One value a channel, as pooling leaves of a single patch, deviates from nothing: training knows the
  // running statistics only, too.
  if (!m_norm->is_training() || x.size(0) * x.size(2) * x.size(3) > 1) return m_norm->forward(x);
  return torch::batch_norm(x, m_norm->weight, m_norm->bias, m_norm->running_mean, m_norm->running_var,
                           /*training=*/false, 0, m_norm->options.eps(), /*cudnn_enabled=*/false);
}

torch::Tensor ConvUnit::operator()(const torch::Tensor& x) {
  auto y = convolve(wants_channels_last(x) ? x.contiguous(torch::MemoryFormat::ChannelsLast) : x);
  if (!m_norm.is_empty() && !m_is_folded) y = normalise(y);
  return activate(y, m_activation);
}

void ConvUnit::fold_batch_norm() {
  const torch::NoGradGuard no_gradient;
  const auto deviation = torch::sqrt(m_norm->running_var.to(torch::kDouble) + m_norm->options.eps());
  const auto gain = m_norm->weight.to(torch::kDouble) / deviation;
  auto shift = m_norm->bias.to(torch::kDouble) - m_norm->running_mean.to(torch::kDouble) * gain;
  if (m_conv->bias.defined()) {
    shift += m_conv->bias.to(torch::kDouble) * gain;
    m_conv->bias.zero_();
  }
  m_conv->weight.copy_(m_conv->weight.to(torch::kDouble) * gain.reshape({-1, 1, 1, 1}));
  m_norm->bias.copy_(shift);
  m_norm->weight.fill_(1);
  m_norm->running_mean.zero_();
  m_norm->running_var.fill_(1 - m_norm->options.eps());
  m_is_folded = true;
}

void ConvUnit::prepare_for_inference(ConvLayout layout) {
  if (!m_norm.is_empty() && !m_is_folded) fold_batch_norm();
  torch::Tensor& weight = m_conv->weight;
  m_is_channels_last =
      layout != ConvLayout::Contiguous && weight.is_cpu() && weight.scalar_type() == torch::kFloat;
  if (!m_is_channels_last) return;
  const torch::NoGradGuard no_gradient;
  weight.set_data(weight.detach().contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace orthocover::nn
