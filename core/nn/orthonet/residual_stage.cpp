#include "core/nn/orthonet/residual_stage.h"

#include <fmt/format.h>

#include "core/nn/module_path.h"

namespace orthocover::nn {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;

ResidualStage::ResidualStage(torch::nn::Module& owner, const std::string& name, int in, int out, int blocks)
    : m_widen(ConvBlock::plain(owner, {name + ".widen.conv", name + ".widen.bn"}, in, out, 3)) {
  for (int i = 0; i < blocks; ++i) {
    const std::string prefix = fmt::format("{}.blocks.{}.", name, i);
    auto first = ConvBlock::plain(owner, {prefix + "conv1", prefix + "bn1"}, out, out, 3);
    const auto conv =
        register_at(owner, prefix + "conv2", Conv2d(Conv2dOptions(out, out, 3).padding(1).bias(false)));
    const auto norm = register_at(owner, prefix + "bn2", torch::nn::BatchNorm2d(out));
    m_blocks.push_back({std::move(first), ConvUnit(conv, norm)});
  }
}

torch::Tensor ResidualStage::operator()(const torch::Tensor& x) {
  torch::Tensor y = m_widen(torch::avg_pool2d(x, 2));
  for (Block& block : m_blocks) {
    y = block.second(block.first(y)).add_(y).relu_();
  }
  return y;
}

void ResidualStage::start_as_identity() {
  for (Block& block : m_blocks) torch::nn::init::zeros_(block.second.norm()->weight);
}

void ResidualStage::prepare_for_inference(ConvLayout layout) {
  m_widen.prepare_for_inference(layout);
  for (Block& block : m_blocks) {
    block.first.prepare_for_inference(layout);
    block.second.prepare_for_inference(layout);
  }
}

}  // namespace orthocover::nn
