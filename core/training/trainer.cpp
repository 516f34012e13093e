#include "core/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/nn/weights/safetensors.h"
#include "core/training/training_checkpoint.h"

namespace orthocover {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kValidations = 10;
/// The least time between validations of a run with a time limit, in times that one takes.
constexpr double kTrainingPerScoring = 4;
constexpr double kLossMemory = 0.02;  ///< share of a step in the running mean

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void copy_into(nn::TensorMap& target, const nn::TensorMap& values, const std::string& what) {
  const torch::NoGradGuard no_gradients;
  for (auto& [name, tensor] : target) {
    const auto found = std::ranges::find(values, name, &nn::TensorMap::value_type::first);
    if (found == values.end() || found->second.sizes() != tensor.sizes()) {
      throw model_error("{}: tensor '{}' is missing or has another shape; it belongs to another network",
                        what, name);
    }
    tensor.copy_(found->second);
  }
}

/// Channels last, as tensor cores want them.
void put_channels_last(torch::nn::Module& network) {
  for (torch::Tensor& parameter : network.parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace

Trainer::Trainer(std::shared_ptr<nn::SegmentationNetwork> network, int classes, torch::Device device,
                 TrainingOptions options, nn::RankExchange* ranks)
    : m_network(std::move(network)),
      m_device(device),
      m_options(std::move(options)),
      m_loss(m_options.loss, classes),
      m_optimiser(*m_network, m_options.optimiser),
      m_scaler(m_options.precision),
      m_average(*m_network, m_options.average_decay),
      m_ranks(ranks, *m_network),
      m_share(m_ranks.share_of(m_options.accumulate)) {
  if (m_options.channels_last) put_channels_last(*m_network);
}

double Trainer::progress() const {
  const double by_steps = static_cast<double>(m_report.steps) / static_cast<double>(m_options.steps);
  const double by_time = m_options.time_limit_s ? m_report.seconds / *m_options.time_limit_s : 0;
  return std::max(by_steps, by_time);
}

void Trainer::set_modes() {
  m_network->train();
  const bool frozen_encoder = m_report.steps < m_options.frozen_encoder_steps;
  for (const auto& parameter : m_network->named_parameters()) {
    if (m_network->is_in_encoder(parameter.key())) parameter.value().set_requires_grad(!frozen_encoder);
  }
  for (const auto& module : m_network->named_modules("", /*include_self=*/false)) {
    const bool norm = module.value()->as<torch::nn::BatchNorm2d>() != nullptr;
    if ((norm && m_options.frozen_batch_norm) ||
        (frozen_encoder && m_network->is_in_encoder(module.key() + "."))) {
      module.value()->eval();
    }
  }
}

void Trainer::forward_and_backward(const TrainingBatch& batch, const LossTotals& totals,
                                   torch::Tensor& loss) {
  torch::Tensor images = batch.images.to(m_device, /*non_blocking=*/true);
  if (m_options.channels_last) images = images.contiguous(torch::MemoryFormat::ChannelsLast);
  torch::Tensor logits;
  {
    const nn::AutocastScope half(m_device.type(), scalar_type(m_options.precision));
    logits = m_network->forward(images);
  }
  const torch::Tensor part = m_loss(logits, batch.labels, totals);
  if (part.requires_grad()) (part * m_scaler.scale()).backward();
  loss += part.detach();
}

double Trainer::finish_gradients() {
  const std::vector<torch::Tensor> parameters = m_network->parameters();
  m_scaler.unscale(parameters);
  return torch::nn::utils::clip_grad_norm_(parameters, m_options.clip_norm);
}

StepRecord Trainer::step(BatchQueue& queue, RunContext& context) {
  if (m_report.steps == 0 || m_report.steps == m_options.frozen_encoder_steps) set_modes();
  std::vector<TrainingBatch> batches;
  LossTotals totals;
  for (int i = 0; i < m_share.own; ++i) {
    batches.push_back(queue.next());
    batches.back().labels = batches.back().labels.to(m_device, /*non_blocking=*/true);
    totals += m_loss.totals(batches.back().labels);
  }
  m_agreed = m_ranks.agree(totals, {elapsed(), context.cancelled()});
  m_optimiser.zero_gradients();
  m_ranks.begin_passes();
  torch::Tensor loss = torch::zeros({}, m_device);
  // Every pass has numbers of its own, whichever process makes it.
  Random seeds(m_options.seed, static_cast<std::uint64_t>(m_report.steps));
  for (int pass = 0; pass < m_share.first; ++pass) seeds.whole();
  for (const TrainingBatch& batch : batches) {
    torch::manual_seed(seeds.whole());
    forward_and_backward(batch, totals, loss);
  }
  m_ranks.join_passes(loss);
  const double share =
      learning_rate_share(m_options.schedule, progress(), m_report.steps, m_options.warmup_steps);
  StepRecord record;
  record.loss = loss.item<double>();
  if (!std::isfinite(record.loss)) fail_at(batches);
  record.gradient_norm = finish_gradients();
  const bool finite = std::isfinite(record.gradient_norm);
  if (!m_scaler.update(finite)) fail_at(batches);
  if (finite) m_optimiser.step(share);
  m_average.update(*m_network, m_report.steps);
  record.step = ++m_report.steps;
  record.learning_rate = share * m_options.optimiser.learning_rate;
  record.patches = m_report.steps * m_options.batch_size * m_options.accumulate;
  return record;
}

std::string Trainer::bad_patch(const std::vector<TrainingBatch>& batches) {
  const torch::NoGradGuard no_gradients;
  m_network->eval();
  for (const TrainingBatch& batch : batches) {
    for (std::int64_t i = 0; i < batch.images.size(0); ++i) {
      const TrainingBatch single{batch.images.narrow(0, i, 1), batch.labels.narrow(0, i, 1), {}};
      const torch::Tensor logits = m_network->forward(single.images.to(m_device));
      const torch::Tensor loss = m_loss(logits, single.labels.to(m_device), m_loss.totals(single.labels));
      if (std::isfinite(loss.item<double>())) continue;
      const bool input = !single.images.isfinite().all().item<bool>();
      return fmt::format(
          "{} of {}; {}", input ? "infinite or missing values in the pixels" : "scores overflow",
          batch.names[static_cast<std::size_t>(i)],
          input ? "mark such pixels as nodata"
                : fmt::format("lower --learning-rate ({})", m_options.optimiser.learning_rate));
    }
  }
  return {};
}

void Trainer::fail_at(const std::vector<TrainingBatch>& batches) {
  const std::string patch = bad_patch(batches);
  const bool anywhere = m_ranks.any(!patch.empty());
  if (!patch.empty())
    throw data_error("training: the loss is no number at step {}: {}", m_report.steps + 1, patch);
  // The rank that has the patch names it, which ends this wait.
  if (anywhere) m_ranks.any(false);
  throw data_error(
      "training: the loss is no number at step {}, in the gradient, not in a single patch; lower "
      "--learning-rate ({})",
      m_report.steps + 1, m_options.optimiser.learning_rate);
}

void Trainer::start_or_resume(RunContext& context) {
  if (!m_ranks.alone()) return resume_together(context);
  if (m_options.folder.empty()) return;
  if (m_options.resume && std::filesystem::exists(file(kLastFile))) {
    load_checkpoint(file(kLastFile), context);
    if (m_report.best_score) m_best = nn::read_safetensors(file(kBestFile)).tensors;
  }
}

/// All begin with the weights of the first rank, or with the checkpoint that it alone reads.
void Trainer::resume_together(RunContext& context) {
  m_ranks.share(nn::state_of(*m_network));
  m_ranks.share(m_average.state());
  std::string bytes;
  if (m_ranks.is_first() && !m_options.folder.empty() && m_options.resume &&
      std::filesystem::exists(file(kLastFile))) {
    const nn::FileBytes source(file(kLastFile));
    bytes = source.text(0, source.size());
  }
  bytes = m_ranks.text_of_first(std::move(bytes));
  if (bytes.empty()) return;
  const std::string what = file(kLastFile).string();
  take(orthocover::load_checkpoint(nn::MemoryBytes(std::as_bytes(std::span(bytes)), what)), what, context);
  if (m_report.best_score && m_ranks.is_first()) m_best = nn::read_safetensors(file(kBestFile)).tensors;
}

/// No checkpoint speaks of a score whose weights aren't there.
void Trainer::keep_checkpoint(RunContext& context) {
  if (m_options.folder.empty() || !m_ranks.is_first()) return;
  try {
    if (m_best_is_new) nn::write_safetensors(file(kBestFile), m_best);
    m_best_is_new = false;
    save_checkpoint(file(kLastFile));
    m_kept_step = m_report.steps;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Resource) throw;
    context.log(LogLevel::Warning, fmt::format("checkpoint not written, the one before stays and the run "
                                               "goes on: {}",
                                               error.what()));
  }
}

std::string Trainer::kept() const {
  if (!m_ranks.is_first()) return "go on with --resume";
  if (!m_kept_step) return "its checkpoint could not be written";
  return fmt::format("{} keeps step {}, go on with --resume", file(kLastFile).string(), *m_kept_step);
}

std::int64_t Trainer::next_validation() const {
  if (m_options.validate_every > 0) {
    const bool is_last_part = progress() >= 1 && m_report.steps % m_options.validate_every != 0;
    return m_report.steps / m_options.validate_every + (is_last_part ? 1 : 0);
  }
  return static_cast<std::int64_t>(progress() * kValidations + 1e-9);
}

bool Trainer::validate(const TrainingHooks& hooks, RunContext& context) {
  std::optional<double> score;
  if (hooks.validate && m_ranks.is_first()) score = hooks.validate(average(), m_report.steps);
  const double begun = m_report.seconds;
  m_report.seconds = elapsed();
  score = m_ranks.score_of_first(score, m_report.seconds);
  m_next_score_s = m_report.seconds + kTrainingPerScoring * (m_report.seconds - begun);
  m_validations = next_validation();
  if (!score) return true;
  if (score <= m_report.best_score) {
    ++m_without_gain;
    return m_options.patience == 0 || m_without_gain < m_options.patience;
  }
  m_without_gain = 0;
  m_report.best_score = score;
  m_report.best_step = m_report.steps;
  m_best.clear();
  for (const auto& [name, tensor] : average()) m_best.emplace_back(name, tensor.detach().cpu().clone());
  m_best_is_new = true;
  if (m_report.steps > 0) keep_checkpoint(context);
  return true;
}

double Trainer::elapsed() const {
  return m_seconds_before + seconds_since(m_start);
}

bool Trainer::stops(RunContext& context) const {
  return m_ranks.alone() ? context.cancelled() : m_agreed.stop;
}

TrainingReport Trainer::run(const PatchSampler& sampler, const PatchLoader& loader, RunContext& context,
                            const TrainingHooks& hooks) {
  start_or_resume(context);
  if (hooks.begin) hooks.begin(m_report.steps);
  const auto patches_a_step = static_cast<std::uint64_t>(m_options.accumulate * m_options.batch_size);
  BatchQueue queue(sampler, loader, m_options.batch_size,
                   static_cast<std::uint64_t>(m_report.steps) * patches_a_step, m_options.loader_threads,
                   m_device.is_cuda(), m_share);
  set_modes();
  m_seconds_before = m_report.seconds;
  m_start = Clock::now();
  try {
    run_steps(queue, context, hooks);
  } catch (const nn::RankError& error) {
    end_without(error, context);
  }
  keep_checkpoint(context);
  return m_report;
}

void Trainer::stop(RunContext& context) {
  keep_checkpoint(context);
  if (m_options.folder.empty()) context.check_cancelled();
  throw Error(ErrorKind::Cancelled, fmt::format("stopped after step {}; {}", m_report.steps, kept()));
}

void Trainer::validate_where_due(const TrainingHooks& hooks, RunContext& context) {
  if (next_validation() <= m_validations && !(m_options.score_start && m_report.steps == 0)) return;
  // Of a limited time, scoring takes but a part, unless it is asked for.
  const bool may_wait = m_options.time_limit_s && m_options.validate_every == 0 && progress() < 1;
  if (may_wait && m_report.seconds < m_next_score_s) return;
  try {
    m_report.ended_early = !validate(hooks, context);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Cancelled) throw;
    stop(context);
  }
  set_modes();
}

void Trainer::run_steps(BatchQueue& queue, RunContext& context, const TrainingHooks& hooks) {
  Clock::time_point saved = m_start;
  while (true) {
    // A run may have been stopped before one that was due.
    validate_where_due(hooks, context);
    if (progress() >= 1 || m_report.ended_early) return;
    StepRecord record = step(queue, context);
    m_report.last_loss =
        m_report.steps == 1 ? record.loss : std::lerp(m_report.last_loss, record.loss, kLossMemory);
    record.seconds = m_report.seconds = m_ranks.alone() ? elapsed() : m_agreed.seconds;
    m_report.waiting_s = queue.waited_s();
    if (hooks.step) hooks.step(record);
    context.progress(
        std::min(1.0, progress()),
        fmt::format("step {}, loss {:.3f}{}", m_report.steps, m_report.last_loss,
                    m_report.best_score ? fmt::format(", mIoU {:.3f}", *m_report.best_score) : ""));
    if (stops(context)) stop(context);
    if (seconds_since(saved) > m_options.checkpoint_every_s) {
      keep_checkpoint(context);
      saved = Clock::now();
    }
  }
}

/// Weights, optimiser and averages are those of the last whole step.
void Trainer::end_without(const nn::RankError& error, RunContext& context) {
  m_ranks.drop_passes();
  if (m_report.steps == 0 || m_options.folder.empty() || !m_ranks.is_first()) throw error;
  keep_checkpoint(context);
  throw nn::RankError(error.kind(), fmt::format("{}; {}", error.what(), kept()));
}

void Trainer::save_checkpoint(const std::filesystem::path& path) {
  TrainingCheckpoint checkpoint{nn::state_of(*m_network), m_average.state(), m_optimiser.state(), {}};
  checkpoint.progress = {{"step", m_report.steps},
                         {"seconds", m_report.seconds},
                         {"last_loss", m_report.last_loss},
                         {"scale", m_scaler.scale()},
                         {"good_steps", m_scaler.good_steps()},
                         {"best_step", m_report.best_step},
                         {"without_gain", m_without_gain},
                         {"validations", m_validations},
                         {"batch_size", m_options.batch_size},
                         {"score_of", m_options.score_of},
                         {"settings", m_options.settings}};
  checkpoint.progress.update(m_options.fixed);
  if (m_report.best_score) checkpoint.progress["best_score"] = *m_report.best_score;
  orthocover::save_checkpoint(path, checkpoint);
}

void Trainer::load_checkpoint(const std::filesystem::path& path, RunContext& context) {
  take(orthocover::load_checkpoint(path), path.string(), context);
}

void Trainer::take(const TrainingCheckpoint& checkpoint, const std::string& what, RunContext& context) {
  const nlohmann::json& progress = checkpoint.progress;
  for (const auto& [key, now] : m_options.fixed.items()) {
    if (const nlohmann::json then = progress.value(key, now); then != now)
      throw usage_error("--resume: {} was made with {}; begin anew with --overwrite", what,
                        key.starts_with("held_out")
                            ? "other ground or labels held out"
                            : fmt::format("{} {}, now it is {}", key, then.dump(), now.dump()));
  }
  nn::load_state(*m_network, checkpoint.network, what);
  copy_into(m_average.state(), checkpoint.average, what);
  m_optimiser.load_state(checkpoint.optimiser, what);
  const ProgressReader read(progress, what);
  m_kept_step = m_report.steps = read.count("step");
  m_report.seconds = read.number("seconds", 0);
  m_report.last_loss = read.number("last_loss");
  const nlohmann::json score_of = m_options.score_of;
  const nlohmann::json then = progress.value("score_of", score_of);
  if (then == score_of) {
    m_report.best_step = read.count("best_step");
    m_without_gain = static_cast<int>(read.count("without_gain"));
    if (progress.contains("best_score")) m_report.best_score = read.number("best_score");
  } else {
    context.log(LogLevel::Info,
                fmt::format("{}: its scores are of {}, now they are of {}: the best begins anew", what,
                            then.dump(), score_of.dump()));
  }
  // With more steps fewer may be due by now.
  m_validations = next_validation();
  if (progress.contains("validations")) m_validations = std::min(m_validations, read.count("validations"));
  if (then != score_of)
    m_validations = std::min(m_validations, next_validation() - 1);  // it has no score yet
  m_scaler.restore(read.number("scale", 1e-30), static_cast<int>(read.count("good_steps")));
  // Patience may be another one now.
  m_report.ended_early = m_options.patience > 0 && m_without_gain >= m_options.patience;
  if (progress.contains("settings") && progress.at("settings").is_object()) {
    const std::string changed =
        changed_settings(progress.at("settings"), nlohmann::json::parse(json_line(m_options.settings)));
    if (!changed.empty()) {
      context.log(LogLevel::Warning,
                  fmt::format("{}: was made with other values of {}; the run goes on with the new ones", what,
                              changed));
    }
  }
}

}  // namespace orthocover
