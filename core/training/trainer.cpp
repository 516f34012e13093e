#include "core/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/weights/safetensors.h"
#include "core/training/learning_rate.h"
#include "core/training/loss.h"

namespace orthocover {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kValidations = 10;
constexpr const char* kCheckpointFormat = "orthocover-training-1";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Kernels decay, biases and batch norm do not.
std::vector<torch::optim::OptimizerParamGroup> parameter_groups(const torch::nn::Module& network,
                                                                const TrainingOptions& options) {
  std::vector<torch::Tensor> kernels;
  std::vector<torch::Tensor> others;
  for (const torch::Tensor& parameter : network.parameters()) {
    (parameter.dim() > 1 ? kernels : others).push_back(parameter);
  }
  const auto group = [&](std::vector<torch::Tensor> parameters, double decay) {
    auto settings = std::make_unique<torch::optim::AdamWOptions>(options.learning_rate);
    settings->weight_decay(decay);
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(settings));
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.push_back(group(std::move(kernels), options.weight_decay));
  groups.push_back(group(std::move(others), 0));
  return groups;
}

void append(nn::TensorMap& all, const std::string& prefix, const nn::TensorMap& part) {
  for (const auto& [name, tensor] : part) all.emplace_back(prefix + name, tensor.detach().cpu().contiguous());
}

nn::TensorMap part_of(const nn::TensorMap& all, const std::string& prefix) {
  nn::TensorMap part;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(prefix)) part.emplace_back(name.substr(prefix.size()), tensor);
  }
  return part;
}

void copy_into(nn::TensorMap& target, const nn::TensorMap& values, const std::string& what) {
  if (target.size() != values.size()) throw model_error("{}: is a checkpoint of another network", what);
  const torch::NoGradGuard no_gradients;
  std::map<std::string, torch::Tensor> given(values.begin(), values.end());
  for (auto& [name, tensor] : target) {
    const auto found = given.find(name);
    if (found == given.end() || found->second.sizes() != tensor.sizes()) {
      throw model_error("{}: tensor '{}' is missing or has another shape; it belongs to another network",
                        what, name);
    }
    tensor.copy_(found->second);
  }
}

double number_in(const std::map<std::string, std::string>& metadata, const std::string& key,
                 const std::string& what) {
  const auto found = metadata.find(key);
  try {
    if (found != metadata.end()) return std::stod(found->second);
  } catch (const std::exception&) {
  }
  throw model_error("{}: is no training checkpoint, its '{}' is missing or no number", what, key);
}

}  // namespace

Trainer::Trainer(std::shared_ptr<nn::SegmentationNetwork> network, torch::Device device,
                 TrainingOptions options)
    : m_network(std::move(network)),
      m_device(device),
      m_options(std::move(options)),
      m_optimiser(parameter_groups(*m_network, m_options),
                  torch::optim::AdamWOptions(m_options.learning_rate).weight_decay(m_options.weight_decay)),
      m_average(*m_network, m_options.average_decay) {}

double Trainer::progress() const {
  const double by_steps = static_cast<double>(m_step) / static_cast<double>(m_options.steps);
  const double by_time = m_options.time_limit_s ? m_seconds / *m_options.time_limit_s : 0;
  return std::max(by_steps, by_time);
}

double Trainer::step(BatchQueue& queue, double rate) {
  for (auto& group : m_optimiser.param_groups()) group.options().set_lr(rate);
  m_optimiser.zero_grad();
  const double patches = m_options.accumulate * m_options.batch_size;
  double loss = 0;
  for (int i = 0; i < m_options.accumulate; ++i) {
    const TrainingBatch batch = queue.next();
    const torch::Tensor logits = m_network->forward(batch.images.to(m_device));
    const torch::Tensor part =
        summed_cross_entropy(logits, batch.labels.to(m_device), m_options.label_smoothing) / patches;
    part.backward();
    loss += part.item<double>();
  }
  if (!std::isfinite(loss)) {
    throw data_error("training: the loss is no number at step {}; lower --learning-rate ({})", m_step,
                     m_options.learning_rate);
  }
  torch::nn::utils::clip_grad_norm_(m_network->parameters(), m_options.clip_norm);
  m_optimiser.step();
  m_average.update(*m_network, m_step);
  return loss;
}

TrainingReport Trainer::run(const PatchSampler& sampler, const PatchLoader& loader, RunContext& context,
                            const Validate& validate) {
  torch::manual_seed(m_options.seed);
  if (m_options.resume && std::filesystem::exists(m_options.checkpoint))
    load_checkpoint(m_options.checkpoint);
  const auto patches_a_step = static_cast<std::uint64_t>(m_options.accumulate * m_options.batch_size);
  BatchQueue queue(sampler, loader, m_options.batch_size, static_cast<std::uint64_t>(m_step) * patches_a_step,
                   m_options.loader_threads);
  m_network->train();
  TrainingReport report;
  const double seconds_before = m_seconds;
  const Clock::time_point start = Clock::now();
  Clock::time_point saved = start;
  int validations = static_cast<int>(progress() * kValidations);
  while (progress() < 1) {
    const double rate =
        m_options.learning_rate * learning_rate_share(progress(), m_step, m_options.warmup_steps);
    const double loss = step(queue, rate);
    report.last_loss = m_step == 0 ? loss : std::lerp(report.last_loss, loss, 0.02);
    ++m_step;
    m_seconds = seconds_before + seconds_since(start);
    context.progress(std::min(1.0, progress()),
                     fmt::format("step {}, loss {:.3f}", m_step, report.last_loss));
    const bool stop = context.cancelled();
    if (!m_options.checkpoint.empty() && (stop || seconds_since(saved) > m_options.checkpoint_every_s)) {
      save_checkpoint(m_options.checkpoint);
      saved = Clock::now();
    }
    context.check_cancelled();
    if (validate && progress() * kValidations >= validations + 1) {
      validate(average(), m_step);
      validations = static_cast<int>(progress() * kValidations);
    }
  }
  report.steps = m_step;
  report.seconds = m_seconds;
  return report;
}

nn::TensorMap Trainer::optimiser_state() {
  nn::TensorMap state;
  int index = 0;
  for (auto& group : m_optimiser.param_groups()) {
    for (torch::Tensor& parameter : group.params()) {
      auto& moments = nn::adamw_moments(m_optimiser, parameter);
      state.emplace_back(fmt::format("{}.mean", index), moments.exp_avg());
      state.emplace_back(fmt::format("{}.square", index), moments.exp_avg_sq());
      ++index;
    }
  }
  return state;
}

void Trainer::save_checkpoint(const std::filesystem::path& path) {
  nn::TensorMap all;
  append(all, "network.", nn::state_of(*m_network));
  append(all, "average.", m_average.state());
  append(all, "optimiser.", optimiser_state());
  nn::write_safetensors(path, all,
                        {{"format", kCheckpointFormat},
                         {"step", fmt::format("{}", m_step)},
                         {"seconds", fmt::format("{:.3f}", m_seconds)}});
}

void Trainer::load_checkpoint(const std::filesystem::path& path) {
  const nn::Safetensors file = nn::read_safetensors(path);
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != kCheckpointFormat) {
    throw model_error("{}: is no training checkpoint of this version", path.string());
  }
  nn::load_state(*m_network, part_of(file.tensors, "network."), path.string());
  copy_into(m_average.state(), part_of(file.tensors, "average."), path.string());
  m_step = static_cast<std::int64_t>(number_in(file.metadata, "step", path.string()));
  m_seconds = number_in(file.metadata, "seconds", path.string());
  for (auto& group : m_optimiser.param_groups()) {
    for (torch::Tensor& parameter : group.params()) nn::start_adamw_moments(m_optimiser, parameter, m_step);
  }
  nn::TensorMap moments = optimiser_state();
  copy_into(moments, part_of(file.tensors, "optimiser."), path.string());
}

}  // namespace orthocover
