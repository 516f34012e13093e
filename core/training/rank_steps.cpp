#include "core/training/rank_steps.h"

#include <cmath>
#include <cstring>

#include "core/base/error.h"

namespace orthocover {
namespace {

/// What one pass leaves of the running statistics before it.
double kept_share(const torch::nn::BatchNorm2dImpl& norm) {
  if (!norm.options.momentum()) throw internal_error("ranks: batch norm without momentum can't be shared");
  return 1 - *norm.options.momentum();
}

torch::Tensor numbers(const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble);
}

/// The next part of the sums, in the shape of `like`.
torch::Tensor take(const torch::Tensor& sums, std::int64_t& from, const torch::Tensor& like) {
  const torch::Tensor part = sums.narrow(0, from, like.numel()).view(like.sizes());
  from += like.numel();
  return part;
}

}  // namespace

BatchShare RankSteps::share_of(int accumulate) const {
  return batch_share(alone() ? 0 : m_exchange->rank(), alone() ? 1 : m_exchange->size(), accumulate);
}

StepAgreement RankSteps::agree(LossTotals& totals, const StepAgreement& own) const {
  if (alone()) return own;
  torch::Tensor sums = numbers({totals.pixel_weight, totals.patches, totals.class_patches,
                                is_first() ? own.seconds : 0, own.stop ? 1.0 : 0.0});
  m_exchange->sum(sums);
  totals = {sums[0].item<double>(), sums[1].item<double>(), sums[2].item<double>()};
  return {sums[3].item<double>(), sums[4].item<double>() > 0};
}

void RankSteps::begin_passes() {
  m_before.clear();
  if (alone()) return;
  for (const auto& module : m_network.modules(/*include_self=*/false)) {
    auto* norm = module->as<torch::nn::BatchNorm2d>();
    if (norm == nullptr || !norm->is_training() || !norm->running_mean.defined()) continue;
    m_before.push_back(
        {norm, norm->running_mean.clone(), norm->running_var.clone(), norm->num_batches_tracked.clone()});
  }
}

std::vector<std::int64_t> RankSteps::counted_passes() const {
  std::vector<torch::Tensor> counts;
  for (const Statistics& before : m_before) counts.push_back(before.norm->num_batches_tracked - before.count);
  if (counts.empty()) return {};
  const torch::Tensor all = torch::stack(counts).cpu();
  return {all.data_ptr<std::int64_t>(), all.data_ptr<std::int64_t>() + all.numel()};
}

std::vector<torch::Tensor> RankSteps::statistics_parts(const std::vector<std::int64_t>& passes) const {
  std::vector<torch::Tensor> parts;
  for (std::size_t i = 0; i < m_before.size(); ++i) {
    const Statistics& before = m_before[i];
    const double kept = kept_share(*before.norm);
    const auto own = static_cast<double>(passes[i]);
    const double later = std::pow(kept, own * (m_exchange->size() - 1 - m_exchange->rank()));
    parts.push_back((before.norm->running_mean - std::pow(kept, own) * before.mean) * later);
    parts.push_back((before.norm->running_var - std::pow(kept, own) * before.var) * later);
  }
  return parts;
}

void RankSteps::take_statistics(const torch::Tensor& sums, std::int64_t from,
                                const std::vector<std::int64_t>& passes) const {
  for (std::size_t i = 0; i < m_before.size(); ++i) {
    const Statistics& before = m_before[i];
    const std::int64_t all = passes[i] * m_exchange->size();
    const double kept = std::pow(kept_share(*before.norm), static_cast<double>(all));
    before.norm->running_mean.copy_(kept * before.mean + take(sums, from, before.mean));
    before.norm->running_var.copy_(kept * before.var + take(sums, from, before.var));
    before.norm->num_batches_tracked.copy_(before.count + all);
  }
}

void RankSteps::join_passes(torch::Tensor& loss) {
  if (alone()) return;
  const torch::NoGradGuard no_gradients;
  const std::vector<torch::Tensor> parameters = m_network.parameters();
  const std::vector<std::int64_t> passes = counted_passes();
  // All in one sum: many small ones take longer.
  std::vector<torch::Tensor> parts{loss};
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.requires_grad())
      parts.push_back(parameter.grad().defined() ? parameter.grad() : torch::zeros_like(parameter));
  }
  for (torch::Tensor& part : statistics_parts(passes)) parts.push_back(std::move(part));
  for (torch::Tensor& part : parts) part = part.reshape({-1});
  const torch::Tensor sums = torch::cat(parts);
  m_exchange->sum(sums);
  std::int64_t from = 0;
  loss.copy_(take(sums, from, loss));
  for (const torch::Tensor& parameter : parameters) {
    if (!parameter.requires_grad()) continue;
    const torch::Tensor sum = take(sums, from, parameter);
    if (parameter.grad().defined()) parameter.grad().copy_(sum);
  }
  take_statistics(sums, from, passes);
  m_before.clear();
}

void RankSteps::drop_passes() {
  const torch::NoGradGuard no_gradients;
  for (const Statistics& before : m_before) {
    before.norm->running_mean.copy_(before.mean);
    before.norm->running_var.copy_(before.var);
    before.norm->num_batches_tracked.copy_(before.count);
  }
  m_before.clear();
}

std::optional<double> RankSteps::score_of_first(const std::optional<double>& own, double& seconds) const {
  if (alone()) return own;
  const torch::Tensor said = numbers({own ? 1.0 : 0.0, own.value_or(0), seconds});
  m_exchange->share(said);
  seconds = said[2].item<double>();
  return said[0].item<double>() > 0 ? std::optional(said[1].item<double>()) : std::nullopt;
}

bool RankSteps::any(bool own) const {
  if (alone()) return own;
  const torch::Tensor said = numbers({own ? 1.0 : 0.0});
  m_exchange->sum(said);
  return said.item<double>() > 0;
}

void RankSteps::share(const nn::TensorMap& tensors) const {
  if (alone()) return;
  const torch::NoGradGuard no_gradients;
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor values = tensor.detach().contiguous();
    m_exchange->share(values);
    torch::Tensor target = tensor;
    target.copy_(values);
  }
}

std::string RankSteps::text_of_first(std::string own) const {
  if (alone()) return own;
  const torch::Tensor size = torch::tensor({static_cast<std::int64_t>(own.size())});
  m_exchange->share(size);
  if (size.item<std::int64_t>() == 0) return {};
  const torch::Tensor bytes = torch::empty({size.item<std::int64_t>()}, torch::kUInt8);
  if (is_first()) std::memcpy(bytes.data_ptr<std::uint8_t>(), own.data(), own.size());
  m_exchange->share(bytes);
  own.assign(reinterpret_cast<const char*>(bytes.data_ptr<std::uint8_t>()),
             static_cast<std::size_t>(bytes.numel()));
  return own;
}

}  // namespace orthocover
