#include "core/operations/training/training_run.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/encoder_weights.h"
#include "core/operation/run_record.h"
#include "core/operations/batch/batch_progress.h"
#include "core/operations/model/model_options.h"
#include "core/operations/results/machine.h"
#include "core/operations/results/report_entries.h"
#include "core/operations/training/cross_validation.h"
#include "core/operations/training/labelled_ground.h"
#include "core/operations/training/level_fusion.h"
#include "core/operations/training/model_input.h"
#include "core/operations/training/run_identity.h"
#include "core/operations/training/scene_stretch.h"
#include "core/operations/training/seen_ground.h"
#include "core/operations/training/train_checks.h"
#include "core/operations/training/train_settings.h"
#include "core/training/batch_size.h"
#include "core/training/training_checkpoint.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

/// Ground sizes that a trained model is meant for, as factors on level 1.
constexpr double kFinest = 0.3;
constexpr double kCoarsest = 1.75;  ///< on the coarsest level
constexpr std::uint64_t kGdalCacheBytes = 512ULL << 20;
/// Share of the free memory that a batch may take.
constexpr double kMemoryShare = 0.6;
/// Part of the free memory that scenes may fill unless --scene-memory says otherwise.
constexpr std::uint64_t kScenesPart = 4;

std::shared_ptr<ByteBudget> memory_for_scenes(const std::string& wanted) {
  return std::make_shared<ByteBudget>(wanted == "auto" ? memory_facts().available_bytes / kScenesPart
                                                       : parse_bytes(wanted, "--scene-memory"));
}

}  // namespace

TrainingRun::TrainingRun(const TrainOptions& options, OperationContext& context, nn::RankExchange* ranks)
    : m_options(options),
      m_context(context),
      m_ranks(ranks),
      m_device(nn::parse_device(options.device)),
      m_precision(choose_precision(options.precision, m_device)),
      m_folder(options.run_folder.value_or(package_folder(options.package).string() + ".run")),
      m_memory(memory_for_scenes(options.scene_memory)) {
  check_train_options(m_options, m_folder);
  if (m_precision == Precision::BFloat16 && m_device.is_cpu() && !cpu_has_bfloat16())
    context.run.log(LogLevel::Warning, "this CPU has no bfloat16: --precision float32 is faster");
  // Every loader thread would have a team.
  nn::set_threads(m_device.is_cuda() && options.threads == 0 ? 1 : options.threads);
  nn::keep_freed_memory();
  m_options.loader_threads = loader_threads_of(options, m_device);
  context.geo.limit_cache(kGdalCacheBytes);
  m_options.steps = steps_of(m_options);
  m_config = config_of(m_options);
  m_augmentation = augmentation_of(m_options, m_config.augmentation);
  m_network_options = network_options(m_options.network_options);
  if (m_options.start_from) begin_with(m_start.emplace(*m_options.start_from, context.models));
  const nn::ModelManifest* start = m_start ? &m_start->manifest() : nullptr;
  m_manifest.stretch_percent = choose_stretch(m_options.scaling, m_options.start_from,
                                              start ? start->stretch_percent : Stretch(), context.run);
  const bool need_size = options.ground_size > 0 || !options.ground_sizes.empty();
  TrainingSet set = open_training_set(m_config, need_size, context.geo, context.run, m_memory,
                                      start ? start->band_names() : std::vector<std::string>());
  m_manifest.legend = std::move(set.legend);
  if (m_manifest.legend.size() < 2)
    throw data_error(
        "the labels have one class only, '{}', the rest is ignored; label a second one, or name the "
        "'background' in --data",
        m_manifest.legend.classes().front().name);
  if (m_start) m_start->tell_new_classes(m_manifest.legend, context.run);
  m_groups = std::move(set.groups);
  m_scenes = std::move(set.scenes);
  if (m_manifest.stretch_percent) stretch_scenes(*m_manifest.stretch_percent, m_scenes, context.run);
  m_manifest.ground_size_m = settle_ground_size(m_options, start, m_scenes, context.run);
  if (!m_options.cross_validate) hold_out();
  SegmentationLoss(loss_of(m_options, m_groups), m_manifest.legend.size());
  describe_model();
}

/// What was not asked for otherwise comes from the model that it begins with.
void TrainingRun::begin_with(const StartModel& start) {
  const nn::ModelManifest& manifest = start.manifest();
  if (m_options.architecture == TrainOptions().architecture) m_options.architecture = manifest.architecture;
  // What is given goes over what the model has.
  const nlohmann::json given = std::exchange(m_network_options, manifest.network_options);
  m_network_options.update(given);
  if (manifest.training.is_object()) m_start_training = manifest.training;
}

void TrainingRun::hold_out() {
  m_config.split = split_of(m_options, m_config.split, m_scenes);
  if (m_config.split.share > 0 || !m_config.split.hold_out.empty()) apply_split(m_config.split, m_scenes);
}

void TrainingRun::describe_bands() {
  m_statistics = describe_input(m_scenes, m_manifest, m_context.run);
  if (m_start) take_scaling(m_start->manifest(), m_scenes, m_manifest, m_statistics, m_context.run);
}

void TrainingRun::describe_model() {
  describe_bands();
  m_manifest.min_ground_size_m = kFinest * m_manifest.ground_size_m;
  m_manifest.max_ground_size_m = kCoarsest * std::ranges::max(m_options.levels) * m_manifest.ground_size_m;
  m_manifest.name = m_options.name.value_or(package_folder(m_options.package).filename().string());
  m_manifest.description = m_options.description;
  m_manifest.licence = m_options.licence;
  m_manifest.architecture = m_options.architecture;
  m_manifest.network_options = m_network_options;
  // Networks come to know how far the zeros beyond their input are: not all do well with other sides.
  m_manifest.patch_size_px = m_options.map_patch_size > 0 ? m_options.map_patch_size : m_options.patch_size;
  m_manifest.overlap = m_options.map_overlap;
  m_manifest.levels = equal_levels(m_options.levels);
  if (m_start && m_options.level_weights == "fitted") take_fusion(m_start->manifest(), m_manifest);
  // What saving would refuse is better known now.
  m_manifest.training = scene_facts(m_scenes, m_statistics, m_start_training);
  nn::check_manifest(m_manifest, m_options.package);
}

std::shared_ptr<nn::SegmentationNetwork> TrainingRun::make_network() const {
  torch::manual_seed(static_cast<std::uint64_t>(m_options.seed));
  const auto network = m_start ? m_start->network(m_manifest)
                               : nn::make_network(m_manifest.architecture, m_manifest.network());
  if (m_options.encoder_weights) {
    const std::string& file = *m_options.encoder_weights;
    const std::string found = nn::load_encoder_weights(*network, nn::read_checkpoint(fs::path(file)), file);
    m_context.run.log(LogLevel::Info, fmt::format("encoder begins with {}: {}", file, found));
  }
  network->to(m_device);
  return network;
}

void TrainingRun::choose_batch_size(nn::SegmentationNetwork& network, const fs::path& folder) {
  if (m_options.batch_size > 0) return;
  const fs::path checkpoint = folder / kLastFile;
  if (m_options.resume && fs::exists(checkpoint)) {
    // Which patches come next depends on it.
    const nlohmann::json progress = load_checkpoint(checkpoint).progress;
    if (progress.contains("batch_size")) {
      const ProgressReader read(progress, checkpoint.string());
      m_options.batch_size = static_cast<int>(read.count("batch_size", 1, 1024));
      return;
    }
  }
  const auto free_bytes =
      static_cast<std::uint64_t>(kMemoryShare * static_cast<double>(memory_facts().available_bytes));
  m_options.batch_size = largest_batch_size(network, m_device, static_cast<int>(m_manifest.bands.size()),
                                            m_options.patch_size, scalar_type(m_precision), free_bytes);
  m_context.run.log(LogLevel::Info, fmt::format("batch size: {}", m_options.batch_size));
}

void TrainingRun::prepare(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw resource_error("--run-folder: {} can't be made: {}", folder.string(), error.message());
  if (!m_claim) m_claim.emplace(m_folder);
  // Of runs that were killed; while there is no package, one of these may be the old one.
  const fs::path package = fs::absolute(package_folder(m_options.package));
  remove_abandoned(folder, {"last", "best", "metrics", "report", "package"});
  if (fs::exists(package, error)) remove_abandoned(package.parent_path(), {package.stem().string()});
  if (m_options.resume) return;
  for (const char* name : {kLastFile, kBestFile}) fs::remove(folder / name, error);
}

void TrainingRun::announce(const PatchSampler& sampler) const {
  std::string text;
  for (std::size_t i = 0; i < m_manifest.legend.classes().size(); ++i) {
    const double area = sampler.class_area_m2()[i];
    const std::string& name = m_manifest.legend.classes()[i].name;
    text += fmt::format("{}{} {:.0f} m2", i == 0 ? "" : ", ", name, area);
    if (area == 0)
      m_context.run.log(LogLevel::Warning, fmt::format("class '{}' has no labels to train on", name));
  }
  m_context.run.log(LogLevel::Info, "labelled ground to train on: " + text);
  warn_of_lost_labels(m_manifest.legend, m_scenes, m_context.run);
  announce_held_out(sampler.class_area_m2());
}

/// @param trained_m2 labelled ground to train on, by class
void TrainingRun::announce_held_out(const std::vector<double>& trained_m2) const {
  const std::vector<std::string> held = held_out_names(m_scenes);
  if (held.empty()) return tell_nothing_held_out(m_options, m_config.split.share, m_context.run);
  const std::string ground = held_out_ground(m_manifest.legend, m_scenes, trained_m2, m_context.run);
  m_context.run.log(LogLevel::Info, "held out: " + some_of(held, kMostHeldOutNames));
  if (const std::vector<std::string> seen = seen_by(m_start_training, held); !seen.empty())
    m_context.run.log(
        LogLevel::Warning,
        fmt::format("--start-from: {} was trained on {}, held out now; scores there promise too much",
                    *m_options.start_from, some_of(seen, kMostHeldOutNames)));
  m_context.run.log(LogLevel::Info, "labelled ground held out: " + ground);
}

void TrainingRun::announce_memory() const {
  m_context.run.log(
      LogLevel::Info,
      fmt::format("scenes and labels held in memory: {}{}", format_bytes(m_memory->held()),
                  m_memory->is_spent()
                      ? ", and the rest read again for every patch; more --scene-memory is faster"
                      : ""));
}

std::vector<LevelScore> TrainingRun::score(const nn::TensorMap& weights, std::int64_t step) try {
  if (!m_scored || m_scored->first != step)
    m_scored.emplace(step, score_held_out(m_manifest, weights, m_scenes, m_device, m_context.run));
  return m_scored->second;
} catch (const c10::Error& error) {
  throw nn::error_of(error, m_device,
                     fmt::format("--map-patch-size: patches of {} px", m_manifest.patch_size_px),
                     with_resume("give a smaller one", m_options, m_folder));
}

std::optional<double> TrainingRun::validate(const nn::TensorMap& weights, std::int64_t step) {
  if (held_out_names(m_scenes).empty()) return std::nullopt;
  const std::vector<LevelScore> scores = score(weights, step);
  m_context.run.log(LogLevel::Info, fmt::format("step {}: {}", step, score_line(scores)));
  m_log->add(scores, step);
  return mean_score(scores);
}

TrainingOptions TrainingRun::settings(const fs::path& folder) const {
  nlohmann::json resolved = resolved_options(m_context.options, m_manifest, m_scenes);
  // A file of the same name may ask for other variation.
  resolved.erase("augmentation");
  resolved["variation"] = m_augmentation ? nlohmann::json(m_augmentation->to_json()) : nlohmann::json();
  TrainingOptions settings = settings_of(m_options, m_groups, m_precision, resolved);
  settings.folder = folder;
  settings.fixed = fixed_facts(m_manifest, m_scenes);
  settings.score_of = scored_line(m_manifest);
  settings.score_start = m_start && m_options.keep == "best" && m_start->knows(m_manifest.legend);
  return settings;
}

TrainingHooks TrainingRun::hooks_for(const fs::path& folder) {
  TrainingHooks hooks;
  hooks.validate = std::bind_front(&TrainingRun::validate, this);
  hooks.step = [this](const StepRecord& record) {
    m_log->add(record);
    m_notes->add(record);
  };
  hooks.begin = [this, folder](std::int64_t done) {
    m_notes.emplace(done, settings(folder), m_context.run);
    m_log.emplace(folder, done, m_manifest.legend, m_context.run);
    if (done > 0) m_context.run.log(LogLevel::Info, fmt::format("goes on after step {}", done));
  };
  return hooks;
}

TrainingOutcome TrainingRun::train(const fs::path& folder, RunContext& part) {
  m_is_scoring = false;
  m_scored.reset();
  const std::shared_ptr<nn::SegmentationNetwork> network = make_network();
  const PatchSampler sampler(m_scenes, sampling_of(m_options, m_groups, m_manifest.ground_size_m));
  const PatchLoader loader(m_scenes, m_manifest.bands, m_manifest.scale, m_statistics, m_augmentation,
                           m_options.style_share);
  choose_batch_size(*network, folder);
  announce(sampler);
  if (is_first()) prepare(folder);
  Trainer trainer(network, m_manifest.legend.size(), m_device, settings(folder), m_ranks);
  TrainingOutcome outcome;
  outcome.area_m2 = sampler.class_area_m2();
  try {
    outcome.report = trainer.run(sampler, loader, part, is_first() ? hooks_for(folder) : TrainingHooks());
  } catch (const c10::Error& error) {
    throw nn::error_of(
        error, m_device,
        fmt::format("--batch-size: {} patches of {} px", m_options.batch_size, m_options.patch_size),
        with_resume("give fewer, and more with --accumulate", m_options, m_folder));
  }
  announce_memory();
  if (!is_first()) return outcome;
  m_is_scoring = true;
  outcome.weights = m_options.keep == "best" ? trainer.best() : trainer.average();
  outcome.scores = score(outcome.weights, kept_step(m_options, outcome.report));
  if (m_options.level_weights == "fitted") outcome.samples = sample_held_out(outcome.weights);
  return outcome;
}

LevelSamples TrainingRun::sample_held_out(const nn::TensorMap& weights) const {
  return sample_levels(*scoring_network(m_manifest, weights, m_device), m_device, m_scenes,
                       validation_options(m_manifest), scales_of(m_manifest.levels),
                       static_cast<std::uint64_t>(m_options.seed), m_context.run);
}

void TrainingRun::fit_levels(const LevelSamples& samples) {
  if (samples.size() == 0) return;  // nothing is held out, or nothing to be fitted
  const std::optional<FusionFit> fit = fit_fusion(m_manifest, samples);
  if (fit) m_fusion = fusion_facts(m_manifest, *fit, samples.size());
  m_context.run.log(LogLevel::Info, fusion_line(m_manifest, fit, samples.size()));
}

nlohmann::json TrainingRun::cross_validate(std::string& text) {
  CrossValidation validation(m_scenes, m_manifest, m_folder, static_cast<std::uint64_t>(m_options.seed));
  const auto train_fold = [&](const fs::path& folder, RunContext& part) {
    describe_bands();  // of what the fold may see
    TrainingOutcome outcome = train(folder, part);
    if (is_first()) save((folder / "package").string(), outcome, {});
    return outcome;
  };
  // A place is reported, so it may not choose the step.
  const std::string keep = std::exchange(m_options.keep, "last");
  const int patience = std::exchange(m_options.patience, 0);
  // Nor is it scored on the way, which takes longer than training, where nobody asks for that.
  const int every = m_options.validate_every;
  if (every == 0) m_options.validate_every = std::numeric_limits<int>::max();
  if (is_first()) prepare(m_folder);
  if (is_first() && !m_options.resume) validation.forget_earlier();
  m_folds = validation.size();
  validation.train(train_fold, m_options.folds_only ? m_folds : m_folds + 1, m_context.run);
  m_options.keep = keep;
  m_options.patience = patience;
  m_options.validate_every = every;
  describe_bands();
  if (!is_first()) return {};
  fit_levels(validation.samples());
  validation.judge_fusion(m_manifest.levels, m_device, m_context.run);
  text += validation.lines();
  nlohmann::json result = validation.table();
  result["fusion"] = m_fusion;
  write_file_atomically(m_folder / "cross_validation.json", json_document(result));
  return result;
}

OperationResult TrainingRun::run() {
  try {
    return train_and_score();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Cancelled || !m_is_scoring) throw;
    throw Error(ErrorKind::Cancelled, "stopped after the last step, which is kept; go on with --resume");
  } catch (const c10::Error& error) {
    throw nn::error_of(
        error, m_device, "the network and its patches",
        with_resume("close other programs that use it, or use another --device", m_options, m_folder));
  }
}

OperationResult TrainingRun::train_and_score() {
  std::string text;
  nlohmann::json folds;
  if (m_options.cross_validate) folds = cross_validate(text);
  if (m_options.folds_only) return {text, 0, {{"cross_validation", folds}}};
  SubContext part = part_of(m_context.run, m_folds, m_folds + 1);
  const TrainingOutcome trained = train(m_folder, part);
  if (!is_first()) return {};
  fit_levels(trained.samples);
  m_context.run.check_cancelled();
  save(m_options.package, trained, folds);
  const nlohmann::json facts = {{"device", m_device.str()},
                                {"processes", m_context.ranks.size},
                                {"seconds", trained.report.seconds},
                                {"waiting_seconds", trained.report.waiting_s},
                                {"held_bytes", m_memory->held()},
                                {"steps", trained.report.steps},
                                {"last_loss", trained.report.last_loss}};
  write_beside(m_options.package, [&] {
    pending_run_record(run_record_path(package_folder(m_options.package)), m_context, facts)->commit();
  });
  const TrainingReport& report = trained.report;
  text += fmt::format("{}: model '{}' after {} steps in {}, {}; {}{}\n", m_options.package, m_manifest.name,
                      report.steps, format_duration(report.seconds), kept_weights(m_options, report),
                      score_line(trained.scores), unscored_classes(trained.scores, m_manifest.legend));
  nlohmann::json told = facts;
  told["scores"] = score_table(trained.scores, m_manifest.legend);
  told["outputs"] = {output_entry("model", "model", "package", m_options.package),
                     output_entry("html", "report", "run_folder", (m_folder / "report.html").string())};
  if (!folds.is_null()) told["cross_validation"] = folds;
  return {text, 0, told};
}

void TrainingRun::save(const std::string& package, const TrainingOutcome& trained,
                       const nlohmann::json& folds) const {
  nn::ModelManifest manifest = m_manifest;
  manifest.training =
      training_facts(trained, m_options, m_manifest.legend, m_scenes, m_statistics, m_start_training);
  manifest.training["fusion"] = m_fusion;
  if (!folds.is_null()) manifest.training["cross_validation"] = folds;
  nn::save_model_package(package, manifest, trained.weights, /*half=*/true,
                         m_options.overwrite || m_options.resume);
  write_beside(package, [&] {
    m_log->write_report(
        training_summary(trained, m_options, m_manifest, m_scenes, m_device, m_context.options));
  });
}

}  // namespace orthocover::operations
