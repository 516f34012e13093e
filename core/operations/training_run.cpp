#include "core/operations/training_run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/metrics/bootstrap.h"
#include "core/nn/device.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/encoder_weights.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operation/run_record.h"
#include "core/operations/machine.h"
#include "core/operations/model_location.h"
#include "core/operations/model_options.h"
#include "core/operations/scene_files.h"
#include "core/operations/training_data.h"
#include "core/resampling/scene_percentiles.h"
#include "core/resampling/stretched_source.h"
#include "core/training/batch_size.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

/// Ground sizes that a trained model is meant for, as factors on level 1.
constexpr double kFinestFactor = 0.3;
constexpr double kCoarsestFactor = 7;
constexpr std::uint64_t kGdalCacheBytes = 512ULL << 20;
/// Share of the free memory that a batch may take.
constexpr double kMemoryShare = 0.6;
constexpr std::uintmax_t kMostAugmentationBytes = 1 << 20;
constexpr int kBootstrapRounds = 1000;
/// Blocks that are held out when nothing is said about them.
constexpr double kMostBlockM = 100;
constexpr double kBlocksAcross = 6;
/// Sample predictions in the report.
constexpr int kPictures = 6;

Schedule schedule_of(const std::string& name) {
  if (name == "one-cycle") return Schedule::OneCycle;
  if (name == "poly") return Schedule::Poly;
  return name == "constant" ? Schedule::Constant : Schedule::Cosine;
}

/// An architecture's options from their texts: numbers where they look like numbers.
nlohmann::json network_options(const std::vector<std::string>& texts) {
  nlohmann::json options = nlohmann::json::object();
  for (const auto& [key, value] : key_values(texts, "--network-option")) {
    const nlohmann::json parsed = nlohmann::json::parse(value, nullptr, /*allow_exceptions=*/false);
    options[key] = parsed.is_number() ? parsed : nlohmann::json(value);
  }
  return options;
}

/// Settings that decide what a run comes to, for comparison when it goes on.
nlohmann::json deciding(nlohmann::json options) {
  for (const char* key : {"scene", "labels", "package", "legend", "run_folder", "resume", "checkpoint_every",
                          "name", "description", "licence", "overwrite", "device", "threads",
                          "loader_threads", "keep", "level_weights"}) {
    options.erase(key);
  }
  return options;
}

}  // namespace

TrainingRun::TrainingRun(const TrainOptions& options, OperationContext& context)
    : m_options(options),
      m_context(context),
      m_device(nn::parse_device(options.device)),
      m_precision(choose_precision(options.precision, m_device)),
      m_folder(options.run_folder.value_or(package_folder(options.package).string() + ".run")) {
  check_options();
  nn::set_threads(options.threads);
  nn::keep_freed_memory();
  context.geo.limit_cache(kGdalCacheBytes);
  if (m_options.epochs > 0) {
    m_options.steps = static_cast<int>(std::ceil(m_options.epochs * m_options.samples /
                                                 (std::max(1, m_options.batch_size) * m_options.accumulate)));
  }
  m_config = config();
  TrainingSet set = open_training_set(m_config, options.ground_size > 0 || !options.ground_sizes.empty(),
                                      context.geo, context.run);
  m_manifest.legend = std::move(set.legend);
  m_groups = std::move(set.groups);
  m_scenes = std::move(set.scenes);
  if (m_options.scaling == "percentile") stretch_scenes();
  if (!m_options.cross_validate) hold_out(m_config.split);
  SegmentationLoss(loss(), m_manifest.legend.size());
  describe_model();
}

void TrainingRun::stretch_scenes() {
  const auto [low, high] = kUsualPercentiles;
  m_manifest.stretch_percent = kUsualPercentiles;
  for (TrainingScene& scene : m_scenes) {
    const auto bounds = scene_percentiles(*scene.source, low, high);
    scene.source = std::make_unique<StretchedSource>(std::move(scene.source), bounds);
  }
}

void TrainingRun::check_options() const {
  nn::check_package_target(m_options.package, m_options.overwrite || m_options.resume);
  check_data_options();
  if (m_options.start_from && m_options.encoder_weights) {
    throw usage_error("--encoder-weights: '{}' would replace what --start-from brings; give one of them",
                      *m_options.encoder_weights);
  }
  if (m_options.patch_size % 32 != 0) {
    throw usage_error("--patch-size: {} is not a multiple of 32; {} is", m_options.patch_size,
                      (m_options.patch_size + 16) / 32 * 32);
  }
  if (!m_options.ground_sizes.empty() && m_options.ground_sizes[0] > m_options.ground_sizes[1]) {
    throw usage_error("--ground-sizes: {} is above {}; give the smaller first", m_options.ground_sizes[0],
                      m_options.ground_sizes[1]);
  }
  if (m_options.augmentation && m_options.plain)
    throw usage_error("--plain: switches off what --augmentation asks for; give one of them");
  if (m_options.epochs > 0 && m_options.batch_size == 0)
    throw usage_error("--epochs: needs a --batch-size, or give --steps");
  if (!m_options.resume && !m_options.overwrite && fs::exists(m_folder / "last.safetensors")) {
    throw usage_error(
        "--run-folder: {} holds a checkpoint of an earlier run; --resume goes on with it, "
        "--overwrite begins anew",
        m_folder.string());
  }
  if (m_precision == Precision::BFloat16 && m_device.is_cpu() && !cpu_has_bfloat16()) {
    m_context.run.log(LogLevel::Warning, "this CPU has no bfloat16: --precision float32 is faster");
  }
  parse_loss(m_options.loss, "--loss");
  augmentation();
  equal_levels(m_options.levels);
}

void TrainingRun::check_data_options() const {
  if (m_options.data) {
    if (!m_options.scenes.empty() || !m_options.labels.empty())
      throw usage_error("--data: {} names the scenes and labels; leave SCENE and --labels out",
                        *m_options.data);
  } else if (m_options.scenes.empty()) {
    throw usage_error("SCENE: name at least one, or give --data");
  } else if (m_options.labels.size() != m_options.scenes.size()) {
    throw usage_error("--labels: {} files for {} scenes; give one for each scene, in their order",
                      m_options.labels.size(), m_options.scenes.size());
  }
  if (m_options.folds_only && !m_options.cross_validate)
    throw usage_error("--folds-only: needs --cross-validate");
}

TrainingConfig TrainingRun::config() const {
  TrainingConfig config;
  if (m_options.data) {
    config = read_training_config(*m_options.data);
  } else {
    TrainingSource source;
    source.scenes = m_options.scenes;
    source.labels = m_options.labels;
    source.bands = m_options.bands;
    source.class_field = m_options.class_field.value_or("");
    source.where = m_options.where;
    config.sources.push_back(std::move(source));
    config.split.share = m_options.hold_out_share;
    config.split.seed = static_cast<std::uint64_t>(m_options.seed);
  }
  if (m_options.legend) config.legend = read_legend(*m_options.legend);
  return config;
}

void TrainingRun::hold_out(const SplitOptions& options) {
  SplitOptions split = options;
  const std::string& by = m_options.split;
  const bool has_regions = std::ranges::any_of(
      m_scenes, [](const TrainingScene& scene) { return scene.labels->regions().size() > 1; });
  if (by == "scene") split.by = SplitBy::Scene;
  if (by == "place") split.by = SplitBy::Place;
  if (by == "blocks" || (by == "auto" && !m_options.data && !has_regions && m_options.hold_out.empty()))
    split.by = SplitBy::Blocks;
  if (!m_options.hold_out.empty()) split.hold_out = m_options.hold_out;
  if (split.by == SplitBy::Blocks && !m_options.data) {
    double shortest_m = kMostBlockM * kBlocksAcross;
    for (const TrainingScene& scene : m_scenes) {
      const RasterInfo& info = scene.source->info();
      shortest_m =
          std::min(shortest_m, scene.ground_size_m * static_cast<double>(std::min(info.cols, info.rows)));
    }
    split.block_m = m_options.block_size > 0 ? m_options.block_size : shortest_m / kBlocksAcross;
    split.gap_m = m_options.gap > 0 ? m_options.gap : split.block_m / 5;
  }
  if (split.share == 0 && split.hold_out.empty()) return;
  apply_split(split, m_scenes);
}

void TrainingRun::describe_model() {
  m_statistics = describe_input(m_scenes, m_manifest);
  m_manifest.ground_size_m = m_options.ground_size > 0 ? m_options.ground_size : median_ground_size(m_scenes);
  m_manifest.min_ground_size_m = kFinestFactor * m_manifest.ground_size_m;
  m_manifest.max_ground_size_m = kCoarsestFactor * m_manifest.ground_size_m;
  m_manifest.name = m_options.name.value_or(package_folder(m_options.package).filename().string());
  m_manifest.description = m_options.description;
  m_manifest.licence = m_options.licence;
  m_manifest.architecture = m_options.architecture;
  m_manifest.network_options = network_options(m_options.network_options);
  // Networks come to know how far the zeros beyond their input are: maps are best made of patches of the
  // same side.
  m_manifest.patch_size_px = m_options.patch_size;
  m_manifest.levels = equal_levels(m_options.levels);
}

std::shared_ptr<nn::SegmentationNetwork> TrainingRun::make_network() const {
  torch::manual_seed(static_cast<std::uint64_t>(m_options.seed));
  std::shared_ptr<nn::SegmentationNetwork> network;
  if (m_options.start_from) {
    const nn::ModelPackage start =
        nn::open_model_package(locate_model(*m_options.start_from, m_context.models));
    if (start.manifest.architecture != m_manifest.architecture) {
      throw model_error("--start-from: {} is a {}, --architecture asks for {}", *m_options.start_from,
                        start.manifest.architecture, m_manifest.architecture);
    }
    network = nn::fit_weights(m_manifest.architecture, m_manifest.network(),
                              nn::state_of(*nn::load_network(start)), *m_options.start_from);
  } else {
    network = nn::make_network(m_manifest.architecture, m_manifest.network());
  }
  if (m_options.encoder_weights) {
    const std::string& file = *m_options.encoder_weights;
    const std::string found = nn::load_encoder_weights(*network, nn::read_checkpoint(fs::path(file)), file);
    m_context.run.log(LogLevel::Info, fmt::format("encoder begins with {}: {}", file, found));
  }
  network->to(m_device);
  return network;
}

SamplingOptions TrainingRun::sampling() const {
  SamplingOptions sampling;
  sampling.classes = m_groups.labels();
  sampling.levels = m_options.levels;
  sampling.level_shares.clear();
  // The finer a level, the more there is to see on the same ground.
  for (const int level : m_options.levels)
    sampling.level_shares.push_back(1 / std::sqrt(static_cast<double>(level)));
  sampling.ground_size_m = m_manifest.ground_size_m;
  if (!m_options.ground_sizes.empty())
    sampling.ground_range_m = std::pair(m_options.ground_sizes[0], m_options.ground_sizes[1]);
  sampling.boundary_share = m_options.boundary_share;
  sampling.patch_px = m_options.patch_size;
  sampling.seed = static_cast<std::uint64_t>(m_options.seed);
  return sampling;
}

OptimiserOptions TrainingRun::optimiser() const {
  OptimiserOptions optimiser;
  optimiser.kind = m_options.optimiser == "sgd" ? OptimiserKind::Sgd : OptimiserKind::AdamW;
  optimiser.learning_rate = m_options.learning_rate;
  optimiser.encoder_rate = m_options.encoder_rate;
  optimiser.weight_decay = m_options.weight_decay;
  optimiser.momentum = m_options.momentum;
  return optimiser;
}

LossOptions TrainingRun::loss() const {
  LossOptions loss;
  loss.terms = parse_loss(m_options.loss, "--loss");
  loss.mean_over_patches = m_options.loss_mean == "patches";
  loss.class_weights = m_options.class_weights;
  loss.label_smoothing = m_options.label_smoothing;
  loss.focal_gamma = m_options.focal_gamma;
  loss.hardest_share = m_options.hardest_share;
  loss.boundary_weight = m_options.boundary_weight;
  loss.groups = m_groups.sets();
  return loss;
}

TrainingOptions TrainingRun::settings(const fs::path& folder) const {
  TrainingOptions settings;
  settings.steps = m_options.steps;
  if (m_options.time_limit > 0) settings.time_limit_s = 60 * m_options.time_limit;
  settings.batch_size = m_options.batch_size;
  settings.accumulate = m_options.accumulate;
  settings.optimiser = optimiser();
  settings.schedule = schedule_of(m_options.schedule);
  settings.warmup_steps = std::min<std::int64_t>(m_options.warmup, m_options.steps / 10);
  settings.frozen_encoder_steps = m_options.freeze_encoder;
  settings.frozen_batch_norm = m_options.batch_norm == "frozen";
  settings.loss = loss();
  settings.clip_norm = m_options.clip_norm;
  settings.average_decay = m_options.average_decay;
  settings.precision = m_precision;
  settings.channels_last = m_options.memory_format == "channels-last";
  settings.seed = static_cast<std::uint64_t>(m_options.seed);
  settings.loader_threads = m_options.loader_threads;
  settings.folder = folder;
  settings.checkpoint_every_s = 60 * m_options.checkpoint_every;
  settings.resume = m_options.resume;
  settings.settings = deciding(m_context.options);
  settings.validate_every = m_options.validate_every;
  settings.patience = m_options.patience;
  return settings;
}

std::optional<AugmentationPipeline> TrainingRun::augmentation() const {
  if (m_options.plain) return std::nullopt;
  if (!m_options.augmentation && !m_config.augmentation.is_null())
    return AugmentationPipeline::from_json(m_config.augmentation, *m_options.data);
  if (!m_options.augmentation) return AugmentationPipeline::nadir_default();
  const std::string& file = *m_options.augmentation;
  const nlohmann::json json = nlohmann::json::parse(read_small_file(file, kMostAugmentationBytes), nullptr,
                                                    /*allow_exceptions=*/false);
  if (json.is_discarded()) throw usage_error("--augmentation: {} is not JSON", file);
  return AugmentationPipeline::from_json(json, file);
}

void TrainingRun::choose_batch_size(nn::SegmentationNetwork& network) {
  if (m_options.batch_size > 0) return;
  const auto free_bytes =
      static_cast<std::uint64_t>(kMemoryShare * static_cast<double>(memory_facts().available_bytes));
  m_options.batch_size = largest_batch_size(network, m_device, static_cast<int>(m_manifest.bands.size()),
                                            m_options.patch_size, scalar_type(m_precision), free_bytes);
  m_context.run.log(LogLevel::Info, fmt::format("batch size: {}", m_options.batch_size));
}

void TrainingRun::prepare(const fs::path& folder) const {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw resource_error("--run-folder: {} can't be made: {}", folder.string(), error.message());
  if (m_options.resume) return;
  for (const char* name : {"last.safetensors", "best.safetensors"}) fs::remove(folder / name, error);
}

void TrainingRun::announce(const PatchSampler& sampler) const {
  std::string text;
  for (int i = 0; i < m_manifest.legend.size(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    const double area = sampler.class_area_m2()[index];
    const std::string& name = m_manifest.legend.classes()[index].name;
    text += fmt::format("{}{} {:.0f} m2", i == 0 ? "" : ", ", name, area);
    if (area == 0)
      m_context.run.log(LogLevel::Warning, fmt::format("class '{}' has no labels to train on", name));
  }
  m_context.run.log(LogLevel::Info, "labelled ground to train on: " + text);
  const std::vector<std::string> held = held_out_names(m_scenes);
  m_context.run.log(LogLevel::Info, held.empty() ? "nothing is held out: the model will have no scores"
                                                 : "held out: " + join(held));
}

std::optional<double> TrainingRun::validate(const nn::TensorMap& weights, std::int64_t step) {
  if (held_out_names(m_scenes).empty()) return std::nullopt;
  const std::vector<LevelScore> scores =
      score_held_out(m_manifest, weights, m_scenes, m_device, m_context.run);
  m_context.run.log(LogLevel::Info, fmt::format("step {}: {}", step, score_line(scores)));
  m_log->add(scores, step);
  return mean_score(scores);
}

TrainingRun::Trained TrainingRun::train(const fs::path& folder) {
  const std::shared_ptr<nn::SegmentationNetwork> network = make_network();
  const PatchSampler sampler(m_scenes, sampling());
  m_area_m2 = sampler.class_area_m2();
  const PatchLoader loader(m_scenes, m_manifest.bands, m_manifest.scale, m_statistics, augmentation());
  choose_batch_size(*network);
  announce(sampler);
  prepare(folder);
  Trainer trainer(network, m_manifest.legend.size(), m_device, settings(folder));
  TrainingHooks hooks;
  hooks.validate = [&](const nn::TensorMap& average, std::int64_t step) { return validate(average, step); };
  hooks.step = [&](const StepRecord& record) { m_log->add(record); };
  hooks.begin = [&](std::int64_t done) {
    m_log.emplace(folder, done, m_options.steps, m_manifest.legend);
    if (done > 0) m_context.run.log(LogLevel::Info, fmt::format("goes on after step {}", done));
  };
  Trained trained;
  trained.report = trainer.run(sampler, loader, m_context.run, hooks);
  trained.weights = m_options.keep == "best" ? trainer.best() : trainer.average();
  trained.scores = score_held_out(m_manifest, trained.weights, m_scenes, m_device, m_context.run);
  if (m_options.level_weights == "fitted") trained.samples = sample_held_out(trained.weights);
  return trained;
}

LevelSamples TrainingRun::sample_held_out(const nn::TensorMap& weights) const {
  const auto network =
      nn::fit_weights(m_manifest.architecture, m_manifest.network(), weights, "averaged weights");
  network->to(m_device);
  const ValidationOptions options{m_manifest.bands, m_manifest.scale, m_manifest.ground_size_m,
                                  m_manifest.legend.size(), m_manifest.patch_size_px};
  return sample_levels(*network, m_device, m_scenes, options, m_options.levels,
                       static_cast<std::uint64_t>(m_options.seed), m_context.run);
}

void TrainingRun::fit_levels(const LevelSamples& samples) {
  if (!can_fit_fusion(m_manifest, samples)) return;
  const FusionFit fit = fit_fusion(samples);
  set_fusion(m_manifest, fit);
  m_fusion = fusion_facts(m_manifest, fit, samples.size());
  m_context.run.log(LogLevel::Info, fusion_line(m_manifest, fit));
}

nlohmann::json TrainingRun::cross_validate(std::string& text) {
  const FoldPlan plan = FoldPlan::by_place(m_scenes);
  std::vector<LevelScore> sums;
  for (const nn::LevelFusion& level : m_manifest.levels)
    sums.push_back({level.scale, ConfusionMatrix(m_manifest.legend.size()), {}});
  LevelSamples samples;
  nlohmann::json folds = nlohmann::json::array();
  for (std::size_t fold = 0; fold < plan.size(); ++fold) {
    plan.apply(fold, m_scenes);
    const fs::path folder = m_folder / ("fold-" + plan.name(fold));
    m_context.run.log(LogLevel::Info,
                      fmt::format("fold {} of {}: without {}", fold + 1, plan.size(), plan.name(fold)));
    const Trained trained = train(folder);
    save((folder / "package").string(), trained, {});
    samples.append(trained.samples);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i].matrix.add(trained.scores[i].matrix);
      sums[i].regions.insert(sums[i].regions.end(), trained.scores[i].regions.begin(),
                             trained.scores[i].regions.end());
    }
    folds.push_back({{"place", plan.name(fold)}, {"scores", score_table(trained.scores, m_manifest.legend)}});
    text += fmt::format("without {}: {}\n", plan.name(fold), score_line(trained.scores));
  }
  FoldPlan::clear(m_scenes);
  fit_levels(samples);
  text += fmt::format("all places together: {}\n", score_line(sums));
  nlohmann::json levels = score_table(sums, m_manifest.legend);
  for (std::size_t i = 0; i < sums.size() && i < levels.size(); ++i) {
    if (sums[i].regions.empty()) continue;
    const BootstrapInterval interval =
        bootstrap_mean_iou(sums[i].regions, kBootstrapRounds, static_cast<std::uint64_t>(m_options.seed));
    levels[i]["mean_iou_95"] = {interval.low, interval.high};
  }
  nlohmann::json result = {{"by", "place"}, {"folds", folds}, {"together", levels}, {"fusion", m_fusion}};
  write_file_atomically(m_folder / "cross_validation.json", result.dump(2) + "\n");
  return result;
}

std::string TrainingRun::run() {
  std::string text;
  nlohmann::json folds;
  if (m_options.cross_validate) folds = cross_validate(text);
  if (m_options.folds_only) return text;
  const Trained trained = train(m_folder);
  fit_levels(trained.samples);
  m_context.run.check_cancelled();
  save(m_options.package, trained, folds);
  write_run_record(package_folder(m_options.package).string() + ".run.json", m_context,
                   {{"device", m_device.str()},
                    {"seconds", trained.report.seconds},
                    {"waiting_seconds", trained.report.waiting_s},
                    {"steps", trained.report.steps},
                    {"last_loss", trained.report.last_loss}});
  const TrainingReport& report = trained.report;
  return text + fmt::format("{}: model '{}' after {} steps in {}{}; {}\n", m_options.package, m_manifest.name,
                            report.steps, format_duration(report.seconds),
                            report.ended_early
                                ? fmt::format(" (no better score since step {})", report.best_step)
                                : "",
                            score_line(trained.scores));
}

nlohmann::json TrainingRun::training_facts(const Trained& trained) const {
  const TrainingReport& report = trained.report;
  nlohmann::json data = nlohmann::json::array();
  for (std::size_t i = 0; i < m_scenes.size(); ++i) {
    data.push_back({{"scene", m_scenes[i].name},
                    {"ground_size_m", m_scenes[i].ground_size_m},
                    {"band_means", m_statistics[i].mean},
                    {"band_deviations", m_statistics[i].deviation}});
  }
  nlohmann::json ground = nlohmann::json::object();
  for (int c = 0; c < m_manifest.legend.size(); ++c) {
    const auto index = static_cast<std::size_t>(c);
    ground[m_manifest.legend.classes()[index].name] = std::round(m_area_m2[index]);
  }
  const bool best = m_options.keep == "best" && report.best_score;
  return {{"data", data},
          {"labelled_ground_m2", ground},
          {"held_out", held_out_names(m_scenes)},
          {"scores_held_out", score_table(trained.scores, m_manifest.legend)},
          {"fusion", m_fusion},
          {"steps", report.steps},
          {"kept_step", best ? report.best_step : report.steps},
          {"patches", report.steps * m_options.batch_size * m_options.accumulate},
          {"loss", m_options.loss},
          {"seed", m_options.seed}};
}

void TrainingRun::write_report(const Trained& trained) const {
  const TrainingReport& report = trained.report;
  TrainingSummary summary;
  summary.model = m_manifest.name;
  summary.legend = m_manifest.legend;
  summary.area_m2 = m_area_m2;
  summary.scores = trained.scores;
  std::vector<std::string> names;
  for (const TrainingScene& scene : m_scenes) names.push_back(scene.name);
  const double patches = static_cast<double>(report.steps) * m_options.batch_size * m_options.accumulate;
  summary.facts = {
      {"scenes", join(names)},
      {"held out", join(held_out_names(m_scenes))},
      {"network", m_manifest.architecture},
      {"device", m_device.str()},
      {"steps", fmt::format("{}", report.steps)},
      {"patches", fmt::format("{:.0f}", patches)},
      {"time", format_duration(report.seconds)},
      {"best score",
       report.best_score ? fmt::format("{:.3f} at step {}", *report.best_score, report.best_step) : "-"}};
  for (const auto& [key, value] : m_context.options.items())
    summary.settings.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
  const auto network =
      nn::fit_weights(m_manifest.architecture, m_manifest.network(), trained.weights, "kept weights");
  network->to(m_device);
  const ValidationOptions options{m_manifest.bands, m_manifest.scale, m_manifest.ground_size_m,
                                  m_manifest.legend.size(), m_manifest.patch_size_px};
  summary.pictures = sample_pictures(*network, m_device, m_scenes, options, m_manifest.legend, kPictures);
  m_log->write_report(summary);
}

void TrainingRun::save(const std::string& package, const Trained& trained,
                       const nlohmann::json& folds) const {
  nn::ModelManifest manifest = m_manifest;
  manifest.training = training_facts(trained);
  if (!folds.is_null()) manifest.training["cross_validation"] = folds;
  nn::save_model_package(package, manifest, trained.weights, /*half=*/true,
                         m_options.overwrite || m_options.resume);
  write_report(trained);
}

}  // namespace orthocover::operations
