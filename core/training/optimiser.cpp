#include "core/training/optimiser.h"

#include <map>

#include "core/base/error.h"

namespace orthocover {
namespace {

using torch::optim::AdamWOptions;
using torch::optim::AdamWParamState;
using torch::optim::SGDOptions;
using torch::optim::SGDParamState;

/// A tensor of a state by its name, with the shape of its parameter.
torch::Tensor tensor_of(const std::map<std::string, torch::Tensor>& state, const std::string& name,
                        const torch::Tensor& parameter, const std::string& what) {
  const auto found = state.find(name);
  if (found == state.end() || found->second.sizes() != parameter.sizes()) {
    throw model_error("{}: tensor '{}' is missing or has another shape; it belongs to another network", what,
                      name);
  }
  return found->second.to(parameter.options()).clone();
}

}  // namespace

Optimiser::Optimiser(nn::SegmentationNetwork& network, const OptimiserOptions& options) : m_options(options) {
  std::vector<torch::Tensor> groups[2][2];  // [encoder][kernel]
  for (const auto& parameter : network.named_parameters()) {
    const bool kernel = parameter.value().dim() > 1;
    groups[network.is_in_encoder(parameter.key())][kernel].push_back(parameter.value());
    m_parameters.emplace_back(parameter.key(), parameter.value());
  }
  for (const bool encoder : {false, true}) {
    const double rate = options.learning_rate * (encoder ? options.encoder_rate : 1);
    for (const bool kernel : {false, true}) {
      if (!groups[encoder][kernel].empty())
        add_group(std::move(groups[encoder][kernel]), rate, kernel ? options.weight_decay : 0);
    }
  }
}

void Optimiser::add_group(std::vector<torch::Tensor> parameters, double learning_rate, double decay) {
  std::unique_ptr<torch::optim::OptimizerOptions> settings;
  if (m_options.kind == OptimiserKind::AdamW) {
    auto adamw = std::make_unique<AdamWOptions>(learning_rate);
    adamw->weight_decay(decay);
    settings = std::move(adamw);
  } else {
    auto sgd = std::make_unique<SGDOptions>(learning_rate);
    sgd->momentum(m_options.momentum).nesterov(m_options.momentum > 0).weight_decay(decay);
    settings = std::move(sgd);
  }
  const torch::optim::OptimizerParamGroup group(std::move(parameters), std::move(settings));
  m_peaks.push_back(learning_rate);
  if (m_optimiser)
    m_optimiser->add_param_group(group);
  else if (m_options.kind == OptimiserKind::AdamW)
    m_optimiser = std::make_unique<torch::optim::AdamW>(std::vector{group}, AdamWOptions(learning_rate));
  else
    m_optimiser = std::make_unique<torch::optim::SGD>(std::vector{group}, SGDOptions(learning_rate));
}

void Optimiser::zero_gradients() {
  // Undefined instead of zero: what gets no gradient is left alone, decay included.
  for (auto& [name, parameter] : m_parameters) parameter.mutable_grad() = torch::Tensor();
}

void Optimiser::step(double share) {
  auto& groups = m_optimiser->param_groups();
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i].options().set_lr(m_peaks[i] * share);
  m_optimiser->step();
}

nn::TensorMap Optimiser::state() {
  nn::TensorMap tensors;
  const auto& states = m_optimiser->state();
  for (const auto& [name, parameter] : m_parameters) {
    const auto found = states.find(nn::optimiser_key(parameter));
    if (found == states.end()) continue;
    if (m_options.kind == OptimiserKind::AdamW) {
      auto& moments = static_cast<AdamWParamState&>(*found->second);
      tensors.emplace_back(name + ".step", torch::tensor(moments.step()));
      tensors.emplace_back(name + ".mean", moments.exp_avg());
      tensors.emplace_back(name + ".square", moments.exp_avg_sq());
    } else {
      auto& velocity = static_cast<SGDParamState&>(*found->second);
      if (velocity.momentum_buffer().defined())
        tensors.emplace_back(name + ".velocity", velocity.momentum_buffer());
    }
  }
  return tensors;
}

void Optimiser::load_state(const nn::TensorMap& state, const std::string& what) {
  const std::map<std::string, torch::Tensor> given(state.begin(), state.end());
  std::size_t used = 0;
  for (const auto& [name, parameter] : m_parameters) {
    auto& slot = m_optimiser->state()[nn::optimiser_key(parameter)];
    if (m_options.kind == OptimiserKind::AdamW && given.contains(name + ".mean")) {
      auto moments = std::make_unique<AdamWParamState>();
      const auto step = given.find(name + ".step");
      if (step == given.end() || step->second.numel() != 1) {
        throw model_error("{}: tensor '{}.step' is missing or no single number", what, name);
      }
      moments->step(step->second.item<std::int64_t>());
      moments->exp_avg(tensor_of(given, name + ".mean", parameter, what));
      moments->exp_avg_sq(tensor_of(given, name + ".square", parameter, what));
      slot = std::move(moments);
      used += 3;
    } else if (m_options.kind == OptimiserKind::Sgd && given.contains(name + ".velocity")) {
      auto velocity = std::make_unique<SGDParamState>();
      velocity->momentum_buffer(tensor_of(given, name + ".velocity", parameter, what));
      slot = std::move(velocity);
      ++used;
    } else {
      m_optimiser->state().erase(nn::optimiser_key(parameter));
    }
  }
  if (used != given.size()) {
    throw model_error("{}: has the state of another optimiser or another network ({} of {} tensors fit)",
                      what, used, given.size());
  }
}

}  // namespace orthocover
