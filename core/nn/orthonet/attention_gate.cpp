#include "core/nn/orthonet/attention_gate.h"

#include <algorithm>

#include "core/nn/module_path.h"

namespace orthocover::nn {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;

AttentionGate::AttentionGate(torch::nn::Module& owner, const std::string& name, int skip, int signal) {
  const int hidden = std::max(8, skip / 2);
  m_skip = ConvUnit(register_at(owner, name + ".skip", Conv2d(Conv2dOptions(skip, hidden, 1))));
  m_signal =
      ConvUnit(register_at(owner, name + ".signal", Conv2d(Conv2dOptions(signal, hidden, 1).bias(false))));
  m_weight = ConvUnit(register_at(owner, name + ".weight", Conv2d(Conv2dOptions(hidden, 1, 1))));
}

torch::Tensor AttentionGate::operator()(const torch::Tensor& skip, const torch::Tensor& signal) {
  const torch::Tensor joined = m_skip(skip).add_(m_signal(signal)).relu_();
  return skip * m_weight(joined).sigmoid_();
}

void AttentionGate::prepare_for_inference(ConvLayout layout) {
  for (ConvUnit* unit : {&m_skip, &m_signal, &m_weight}) unit->prepare_for_inference(layout);
}

}  // namespace orthocover::nn
