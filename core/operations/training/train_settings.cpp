#include "core/operations/training/train_settings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/operations/model/model_options.h"
#include "core/operations/training/model_input.h"

namespace orthocover::operations {
namespace {

/// Blocks that are held out when nothing is said about them.
constexpr double kMostBlockM = 100;
constexpr double kBlocksAcross = 6;
constexpr double kOtherSize = 0.1;  // of a ground size, from which it is told

LearningRateSchedule schedule_of(const std::string& name) {
  if (name == "one-cycle") return LearningRateSchedule::OneCycle;
  if (name == "poly") return LearningRateSchedule::Poly;
  return name == "constant" ? LearningRateSchedule::Constant : LearningRateSchedule::Cosine;
}

/// Settings that decide what a run comes to, for comparison when it goes on.
nlohmann::json deciding(nlohmann::json options) {
  options = without_way_to_run(std::move(options));
  for (const char* key : {"scene", "labels", "legend", "keep", "level_weights"}) options.erase(key);
  return options;
}

/// What the names of --hold-out are names of: of regions, or else of scenes or places.
SplitBy kind_of_names(const std::vector<std::string>& names, const std::vector<TrainingScene>& scenes) {
  const auto is_any = [&](const auto& has_name) {
    return std::ranges::any_of(names, [&](const std::string& name) {
      return std::ranges::any_of(scenes, [&](const TrainingScene& scene) { return has_name(scene, name); });
    });
  };
  if (is_any([](const TrainingScene& scene, const std::string& name) {
        return std::ranges::any_of(scene.labels->regions(), [&](const LabelledRegion& region) {
          return is_called(scene, region, name);
        });
      }))
    return SplitBy::Region;
  if (is_any([](const TrainingScene& scene, const std::string& name) { return scene.name == name; }))
    return SplitBy::Scene;
  const bool is_place =
      is_any([](const TrainingScene& scene, const std::string& name) { return scene.place == name; });
  return is_place ? SplitBy::Place : SplitBy::Region;
}

/// A part of the scene in whose like most of the ground lies: a small one beside it is a block as a whole.
double usual_block_m(const std::vector<TrainingScene>& scenes) {
  std::map<double, double> ground_m2;  // by side
  for (const TrainingScene& scene : scenes) {
    const RasterInfo& info = scene.source->info();
    const double side_m = scene.ground_size_m * static_cast<double>(std::min(info.cols, info.rows));
    ground_m2[side_m] +=
        static_cast<double>(info.window().pixels()) * scene.ground_size_m * scene.ground_size_m;
  }
  return std::min(weighted_median(ground_m2) / kBlocksAcross, kMostBlockM);
}

}  // namespace

nlohmann::json without_way_to_run(nlohmann::json options) {
  for (const char* key : {"package", "run_folder", "resume", "checkpoint_every", "name", "description",
                          "licence", "overwrite", "device", "threads", "loader_threads", "scene_memory"})
    options.erase(key);
  return options;
}

int steps_of(const TrainOptions& options) {
  constexpr double kMostSteps = 1e8;
  if (options.epochs <= 0) return options.steps;
  const double patches_a_step = 1.0 * std::max(1, options.batch_size) * options.accumulate;
  const double steps = std::ceil(options.epochs * options.samples / patches_a_step);
  if (steps > kMostSteps)
    throw usage_error("--epochs: {} of {} patches are {:.3g} steps, at most {:.0e} are allowed; give less",
                      options.epochs, options.samples, steps, kMostSteps);
  return static_cast<int>(steps);
}

TrainingConfig config_of(const TrainOptions& options) {
  TrainingConfig config;
  if (options.data) {
    config = read_training_config(*options.data);
  } else {
    TrainingSource source;
    source.scenes = options.scenes;
    source.labels = options.labels;
    source.bands = options.bands;
    source.class_field = options.class_field.value_or("");
    source.where = options.where;
    config.sources.push_back(std::move(source));
    config.split.share = options.hold_out_share;
    config.split.seed = static_cast<std::uint64_t>(options.split_seed.value_or(options.seed));
  }
  if (options.legend) config.legend = read_legend(*options.legend);
  return config;
}

SplitOptions split_of(const TrainOptions& options, SplitOptions split,
                      const std::vector<TrainingScene>& scenes) {
  const std::string& by = options.split;
  std::ptrdiff_t regions = 0;  // that have names; what has none is a whole scene
  for (const TrainingScene& scene : scenes)
    regions += std::ranges::count_if(scene.labels->regions(), [](const auto& r) { return !r.name.empty(); });
  if (by == "region") split.by = SplitBy::Region;
  if (by == "scene") split.by = SplitBy::Scene;
  if (by == "place") split.by = SplitBy::Place;
  if (by == "blocks" || (by == "auto" && !options.data && regions < 2 && options.hold_out.empty())) {
    // Blocks are of metres: frames are held out as a whole where there are several.
    const bool all_known = std::ranges::all_of(scenes, &TrainingScene::has_ground_size);
    split.by = by == "blocks" || all_known || scenes.size() < 2 ? SplitBy::Blocks : SplitBy::Scene;
  }
  if (!options.hold_out.empty()) split.hold_out = options.hold_out;
  if (by == "auto" && !options.data && !split.hold_out.empty())
    split.by = kind_of_names(split.hold_out, scenes);
  if (options.hold_out_share == 0) split.share = 0;
  if (split.by != SplitBy::Blocks && (options.block_size > 0 || options.gap > 0))
    throw usage_error(
        "--{}: is of blocks, but these labels are not held out so; give --split blocks, or leave it out",
        options.block_size > 0 ? "block-size" : "gap");
  if (split.by == SplitBy::Blocks && !options.data) {
    split.block_m = options.block_size > 0 ? options.block_size : usual_block_m(scenes);
    split.gap_m = options.gap > 0 ? options.gap : split.block_m / 5;
  }
  return split;
}

void tell_nothing_held_out(const TrainOptions& options, double share, RunContext& run) {
  const bool is_last = options.cross_validate.has_value();
  const bool is_useless = !is_last && (options.patience > 0 || options.validate_every > 0);
  const bool is_wish = is_last || share == 0;
  std::string why = is_wish ? "nothing is held out" : "no region can be held out without losing a class";
  if (is_wish && !is_last)
    why += options.hold_out_share == 0 ? " (--hold-out-share 0)"
                                       : fmt::format(" (share 0 in {})", *options.data);
  run.log(is_wish && !is_useless ? LogLevel::Info : LogLevel::Warning,
          fmt::format("{}: the model will have no scores{}{}", why,
                      is_useless ? ", --patience and --validate-every have no effect" : "",
                      is_wish ? "" : "; --split blocks cuts the labels into more parts"));
}

SamplingOptions sampling_of(const TrainOptions& options, const ClassGroups& groups, double ground_size_m) {
  SamplingOptions sampling;
  sampling.classes = groups.labels();
  sampling.levels = options.levels;
  sampling.level_shares.clear();
  // The finer a level, the more there is to see on the same ground.
  for (const int level : options.levels)
    sampling.level_shares.push_back(1 / std::sqrt(static_cast<double>(level)));
  sampling.ground_size_m = ground_size_m;
  if (!options.ground_sizes.empty())
    sampling.ground_range_m = std::pair(options.ground_sizes[0], options.ground_sizes[1]);
  sampling.boundary_share = options.boundary_share;
  sampling.patch_px = options.patch_size;
  sampling.seed = static_cast<std::uint64_t>(options.seed);
  return sampling;
}

double settle_ground_size(const TrainOptions& options, const nn::ModelManifest* start,
                          std::vector<TrainingScene>& scenes, RunContext& run) {
  const std::vector<double>& range = options.ground_sizes;
  const bool is_known = std::ranges::any_of(scenes, &TrainingScene::has_ground_size);
  double size = options.ground_size > 0 ? options.ground_size : median_ground_size(scenes);
  if (options.ground_size == 0 && !range.empty()) size = std::clamp(size, range[0], range[1]);
  if (start != nullptr && options.ground_size == 0 && range.empty()) {
    // Patches of coarser scenes are enlarged twice at most.
    const double usual =
        std::exchange(size, is_known ? std::max(start->ground_size_m, size / 2) : start->ground_size_m);
    if (is_known && std::abs(size / usual - 1) > kOtherSize)
      run.log(LogLevel::Info,
              fmt::format(
                  "a pixel of level 1 covers {:.3g} m, those of the scenes {:.3g} m, those that the model of "
                  "--start-from learned {:.3g} m (--ground-size)",
                  size, usual, start->ground_size_m));
  }
  std::vector<std::string> unknown;
  for (TrainingScene& scene : scenes) {
    if (scene.has_ground_size) continue;
    unknown.push_back(scene.name);
    scene.ground_size_m = size;
  }
  if (!unknown.empty())
    run.log(
        LogLevel::Warning,
        fmt::format("{} of {} scenes have no known ground size ({}): a pixel of theirs counts as {:.3g} m; "
                    "give ground_size_m in --data",
                    unknown.size(), scenes.size(), unknown.front(), size));
  return size;
}

int loader_threads_of(const TrainOptions& options, torch::Device device) {
  if (options.loader_threads > 0) return options.loader_threads;
  return device.is_cuda() ? std::clamp(usable_cores() - 1, 1, 64) : 1;
}

OptimiserOptions optimiser_of(const TrainOptions& options) {
  OptimiserOptions optimiser;
  optimiser.kind = options.optimiser == "sgd" ? OptimiserKind::Sgd : OptimiserKind::AdamW;
  optimiser.learning_rate = options.learning_rate;
  optimiser.encoder_rate = options.encoder_rate;
  optimiser.weight_decay = options.weight_decay;
  optimiser.momentum = options.momentum;
  return optimiser;
}

LossOptions loss_of(const TrainOptions& options, const ClassGroups& groups) {
  LossOptions loss;
  loss.terms = parse_loss(options.loss, "--loss");
  loss.mean_over_patches = options.loss_mean == "patches";
  loss.class_weights = options.class_weights;
  loss.label_smoothing = options.label_smoothing;
  loss.focal_gamma = options.focal_gamma;
  loss.hardest_share = options.hardest_share;
  loss.boundary_weight = options.boundary_weight;
  loss.groups = groups.sets();
  return loss;
}

TrainingOptions settings_of(const TrainOptions& options, const ClassGroups& groups, Precision precision,
                            const nlohmann::json& resolved) {
  TrainingOptions settings;
  settings.steps = options.steps;
  if (options.time_limit > 0) settings.time_limit_s = 60 * options.time_limit;
  settings.batch_size = options.batch_size;
  settings.accumulate = options.accumulate;
  settings.optimiser = optimiser_of(options);
  settings.schedule = schedule_of(options.schedule);
  settings.warmup_steps = std::min<std::int64_t>(options.warmup, options.steps / 10);
  settings.frozen_encoder_steps = options.freeze_encoder;
  settings.frozen_batch_norm = options.batch_norm == "frozen";
  settings.loss = loss_of(options, groups);
  settings.clip_norm = options.clip_norm;
  settings.average_decay = options.average_decay;
  settings.precision = precision;
  settings.channels_last = options.memory_format == "channels-last";
  settings.seed = static_cast<std::uint64_t>(options.seed);
  settings.loader_threads = options.loader_threads;
  settings.checkpoint_every_s = 60 * options.checkpoint_every;
  settings.resume = options.resume;
  settings.settings = deciding(resolved);
  settings.validate_every = options.validate_every;
  settings.patience = options.patience;
  return settings;
}

std::optional<AugmentationPipeline> augmentation_of(const TrainOptions& options,
                                                    const nlohmann::json& of_config) {
  if (options.plain) return std::nullopt;
  if (!options.augmentation && !of_config.is_null())
    return AugmentationPipeline::from_json(of_config, *options.data);
  if (!options.augmentation) return AugmentationPipeline::nadir_default();
  return AugmentationPipeline::from_file(*options.augmentation);
}

}  // namespace orthocover::operations
