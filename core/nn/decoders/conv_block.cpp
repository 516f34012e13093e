#include "core/nn/decoders/conv_block.h"

#include "core/nn/module_path.h"

namespace orthocover::nn {

using torch::nn::Conv2dOptions;

ConvBlock ConvBlock::plain(torch::nn::Module& owner, const ConvBlockNames& names, int in, int out,
                           int kernel) {
  return strided(owner, names, in, out, kernel, 1, kernel / 2);
}

ConvBlock ConvBlock::strided(torch::nn::Module& owner, const ConvBlockNames& names, int in, int out,
                             int kernel, int stride, int padding) {
  const auto options = Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(false);
  ConvBlock block;
  const auto conv = register_at(owner, names.conv, torch::nn::Conv2d(options));
  const auto bn = register_at(owner, names.bn, torch::nn::BatchNorm2d(out));
  block.m_units.emplace_back(conv, bn, Activation::Relu);
  return block;
}

ConvBlock ConvBlock::separable(torch::nn::Module& owner, const ConvBlockNames& names, int in, int out,
                               int dilation) {
  const auto depthwise = Conv2dOptions(in, in, 3).padding(dilation).dilation(dilation).groups(in).bias(false);
  const auto pointwise = Conv2dOptions(in, out, 1).bias(false);
  ConvBlock block;
  block.m_units.emplace_back(register_at(owner, names.conv + ".0", torch::nn::Conv2d(depthwise)));
  const auto conv = register_at(owner, names.conv + ".1", torch::nn::Conv2d(pointwise));
  const auto bn = register_at(owner, names.bn, torch::nn::BatchNorm2d(out));
  block.m_units.emplace_back(conv, bn, Activation::Relu);
  return block;
}

torch::Tensor ConvBlock::operator()(torch::Tensor x) {
  for (auto& unit : m_units) x = unit(x);
  return x;
}

void ConvBlock::prepare_for_inference(ConvLayout layout) {
  for (auto& unit : m_units) unit.prepare_for_inference(layout);
}

}  // namespace orthocover::nn
