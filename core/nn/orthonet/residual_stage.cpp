#include "core/nn/orthonet/residual_stage.h"

#include "core/nn/module_path.h"

namespace orthocover::nn {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;

ResidualStage::ResidualStage(torch::nn::Module& owner, const std::string& name, int in, int out, int blocks)
    : m_widen(ConvBlock::plain(owner, {name + ".widen.conv", name + ".widen.bn"}, in, out, 3)) {
  for (int i = 0; i < blocks; ++i) {
    const std::string prefix = fmt::format("{}.blocks.{}.", name, i);
    m_blocks.push_back(
        {ConvBlock::plain(owner, {prefix + "conv1", prefix + "bn1"}, out, out, 3),
         register_at(owner, prefix + "conv2", Conv2d(Conv2dOptions(out, out, 3).padding(1).bias(false))),
         register_at(owner, prefix + "bn2", torch::nn::BatchNorm2d(out))});
  }
}

torch::Tensor ResidualStage::operator()(const torch::Tensor& x) {
  torch::Tensor y = m_widen(torch::avg_pool2d(x, 2));
  for (Block& block : m_blocks) {
    y = (y + block.norm->forward(block.second->forward(block.first(y)))).relu_();
  }
  return y;
}

void ResidualStage::start_as_identity() {
  for (Block& block : m_blocks) torch::nn::init::zeros_(block.norm->weight);
}

}  // namespace orthocover::nn
