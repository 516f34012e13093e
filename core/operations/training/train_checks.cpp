#include "core/operations/training/train_checks.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/nn/model_package.h"
#include "core/operations/model/model_options.h"
#include "core/operations/training/train_settings.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

void check_data_options(const TrainOptions& options) {
  if (options.data) {
    if (!options.scenes.empty() || !options.labels.empty())
      throw usage_error("--data: {} names the scenes and labels; leave SCENE and --labels out",
                        *options.data);
  } else if (options.scenes.empty()) {
    throw usage_error("SCENE: name at least one, or give --data");
  } else if (options.labels.empty()) {
    throw usage_error("--labels: is missing; give the polygons or the label raster of each scene");
  } else if (options.labels.size() != 1 && options.labels.size() != options.scenes.size()) {
    throw usage_error("--labels: {} files for {} scenes; give one for each, in their order, or one for all",
                      options.labels.size(), options.scenes.size());
  }
  if (options.folds_only && !options.cross_validate)
    throw usage_error("--folds-only: needs --cross-validate");
}

/// Options that need another one beside them.
void check_useless(const TrainOptions& options) {
  const TrainOptions usual;
  const std::vector<LossTerm> terms = parse_loss(options.loss, "--loss");
  const auto has = [&](LossKind kind) {
    return std::ranges::find(terms, kind, &LossTerm::kind) != terms.end();
  };
  const bool has_focal = has(LossKind::Focal);
  const bool is_of_pixels = has_focal || has(LossKind::CrossEntropy);
  constexpr const char* kShare = "a --hold-out-share above 0";
  constexpr const char* kOfPixels = "--loss cross-entropy or focal";
  // What a training config holds out is not known yet.
  const bool holds_out =
      options.data || options.cross_validate || !options.hold_out.empty() || options.hold_out_share > 0;
  struct Given {
    const char* option;
    bool is_given;
    bool has_effect;
    const char* needs;
  };
  const Given all[] = {
      {"--samples", options.samples != usual.samples, options.epochs > 0, "--epochs"},
      {"--patience", options.patience > 0, holds_out && !options.cross_validate,
       options.cross_validate ? "a part that is held out all along" : kShare},
      {"--validate-every", options.validate_every > 0, holds_out, kShare},
      {"--momentum", options.momentum != usual.momentum, options.optimiser == "sgd", "--optimiser sgd"},
      {"--focal-gamma", options.focal_gamma != usual.focal_gamma, has_focal, "--loss focal"},
      {"--warmup", options.warmup != usual.warmup, options.schedule != "one-cycle", "another --schedule"},
      {"--label-smoothing", options.label_smoothing != usual.label_smoothing, has(LossKind::CrossEntropy),
       "--loss cross-entropy"},
      {"--class-weights", !options.class_weights.empty(), is_of_pixels, kOfPixels},
      {"--hardest-share", options.hardest_share != usual.hardest_share, is_of_pixels, kOfPixels},
      {"--boundary-weight", options.boundary_weight != usual.boundary_weight, is_of_pixels, kOfPixels}};
  for (const Given& one : all) {
    if (one.is_given && !one.has_effect)
      throw usage_error("{}: has no effect without {}; leave it out", one.option, one.needs);
  }
}

/// Options that others leave without effect.
void check_ignored(const TrainOptions& options) {
  struct Given {
    const char* option;
    bool is_given;
    bool is_in_data;  ///< a training config says it, and goes before
    bool is_of_split;
  };
  const double share = options.hold_out_share;
  const Given all[] = {{"--hold-out", !options.hold_out.empty(), false, true},
                       {"--hold-out-share", share != TrainOptions().hold_out_share && share > 0, true, true},
                       {"--split", options.split != "auto", false, true},
                       {"--split-seed", options.split_seed.has_value(), true, true},
                       {"--block-size", options.block_size > 0, true, true},
                       {"--gap", options.gap > 0, true, true},
                       {"--where", !options.where.empty(), true, false},
                       {"--class-field", options.class_field.has_value(), true, false},
                       {"--bands", !options.bands.empty(), true, false}};
  for (const Given& one : all) {
    if (!one.is_given) continue;
    if (options.cross_validate && one.is_of_split)
      throw usage_error("{}: --cross-validate holds every place out in turn; leave it out", one.option);
    if (options.data && one.is_in_data)
      throw usage_error("{}: with --data, {} decides it; say it there", one.option, *options.data);
  }
  check_useless(options);
  if (!options.class_weights.empty() &&
      std::ranges::all_of(options.class_weights, [](double weight) { return weight == 0; }))
    throw usage_error("--class-weights: all are 0, nothing would be learned; give one above 0");
}

/// Whether there is a checkpoint to go on from: that of the run, or of a fold of a stopped --cross-validate.
bool holds_checkpoint(const TrainOptions& options, const fs::path& run_folder) {
  std::error_code error;
  if (fs::exists(run_folder / kLastFile, error)) return true;
  if (!options.cross_validate) return false;
  for (fs::directory_iterator entry(run_folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& fold = entry->path();
    if (fold.filename().string().starts_with("fold-") &&
        (fs::exists(fold / kLastFile) || fs::exists(fold / "package")))
      return true;
  }
  return false;
}

/// Encoders halve their input up to five times.
void check_side(const char* option, int side_px) {
  static constexpr int kMultiple = 32;
  if (side_px % kMultiple != 0)
    throw usage_error("{}: {} is not a multiple of {}; {} is", option, side_px, kMultiple,
                      std::max(1, (side_px + kMultiple / 2) / kMultiple) * kMultiple);
}

}  // namespace

std::string with_resume(const char* cure, const TrainOptions& options, const fs::path& run_folder) {
  return fmt::format("{}{}", cure, holds_checkpoint(options, run_folder) ? "; go on with --resume" : "");
}

void check_train_values(const TrainOptions& options) {
  check_data_options(options);
  check_ignored(options);
  if (options.start_from && options.encoder_weights) {
    throw usage_error("--encoder-weights: '{}' would replace what --start-from brings; give one of them",
                      *options.encoder_weights);
  }
  check_side("--patch-size", options.patch_size);
  check_side("--map-patch-size", options.map_patch_size);
  if (!options.ground_sizes.empty() && options.ground_sizes[0] > options.ground_sizes[1]) {
    throw usage_error("--ground-sizes: {} is above {}; give the smaller first", options.ground_sizes[0],
                      options.ground_sizes[1]);
  }
  if (options.augmentation && options.plain)
    throw usage_error("--plain: switches off what --augmentation asks for; give one of them");
  if (options.plain && options.style_share != TrainOptions().style_share && options.style_share > 0)
    throw usage_error("--plain: switches off what --style-share asks for; give one of them");
  if (options.epochs > 0 && options.batch_size == 0)
    throw usage_error("--epochs: needs a --batch-size, or give --steps");
  parse_loss(options.loss, "--loss");
  equal_levels(options.levels);
}

void check_train_options(const TrainOptions& options, const fs::path& run_folder) {
  nn::check_package_target(options.package, options.overwrite || options.resume);
  check_train_values(options);
  if (!options.resume && !options.overwrite && holds_checkpoint(options, run_folder)) {
    throw usage_error(
        "--run-folder: {} holds a checkpoint of an earlier run; --resume goes on with it, "
        "--overwrite begins anew",
        run_folder.string());
  }
}

}  // namespace orthocover::operations
