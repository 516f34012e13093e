#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/nn/model_package.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/encoder_weights.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operation/run_record.h"
#include "core/operations/held_out_scores.h"
#include "core/operations/model_location.h"
#include "core/operations/model_options.h"
#include "core/operations/training_data.h"
#include "core/training/trainer.h"
#endif

namespace orthocover::operations {
namespace {

struct TrainOptions {
  std::vector<std::string> scenes;
  std::string package;
  std::vector<std::string> labels;
  std::string legend;
  std::string class_field = "class";
  std::string where;
  std::vector<int> bands;
  std::vector<std::string> hold_out;
  double hold_out_share = 0.2;
  std::string architecture = "orthonet-small";
  std::optional<std::string> start_from;
  std::optional<std::string> encoder_weights;
  double ground_size = 0;
  std::vector<int> levels = {1, 2, 4};
  int patch_size = 512;
  bool plain = false;
  int steps = 20000;
  double time_limit = 0;
  int batch_size = 8;
  int accumulate = 1;
  double learning_rate = 1e-3;
  double weight_decay = 0.05;
  double label_smoothing = 0.05;
  int seed = 1;
  std::optional<std::string> checkpoint;
  bool resume = false;
  std::optional<std::string> name;
  std::string description;
  std::string licence = "unknown";
  std::string device = "auto";
  int threads = 0;
  int loader_threads = 1;
  bool overwrite = false;
};

using Options = TrainOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("train")
      .summary("Train a model on labelled orthophotos")
      .description(
          "Trains a network on random patches of the scenes, drawn over all stitch levels so that the model "
          "knows every zoom that `segment` shows it, and writes a model package. Labels are polygons or "
          "rasters; what is not labelled is not trained on, so that a few outlines suffice. Rare classes "
          "are drawn more often.\n\n"
          "A part of the annotated regions is held out: the network never sees their labels, and the scores "
          "in the package are measured on them. A layer `windows` in the label file names the regions; "
          "without one, the whole scene is a region.")
      .example("orthocover train --labels a_labels.gpkg --legend legend.json a.tif my-model",
               "one scene with polygons")
      .example(
          "orthocover train --labels a.gpkg,b.gpkg --legend legend.json --time-limit 60 a.tif b.tif my-model",
          "two scenes, one hour")
      .example(
          "orthocover train --architecture deeplabv3plus-resnet34 --encoder-weights resnet34.pth --labels "
          "a.gpkg "
          "--legend legend.json a.tif my-model",
          "DeepLabV3+ whose encoder knows ImageNet")
      .example("orthocover train --config my-model.run.json --start-from my-model --overwrite",
               "the same run once more, from the model that it made");

  table.add("scene", &Options::scenes, Kind::RasterIn, "Scenes to learn from").positional().required();
  table.add("package", &Options::package, Kind::FolderOut, "Folder of the model package, made anew")
      .positional()
      .required();

  const char* label_group = "Labels";
  table
      .add("labels", &Options::labels, Kind::FileIn,
           "Labels of each scene, in the order of the scenes: polygons, or a raster of legend values")
      .required()
      .short_name('l')
      .group(label_group);
  table.add("legend", &Options::legend, Kind::FileIn, "JSON file with value, name and colour of each class")
      .required()
      .group(label_group);
  table
      .add("class-field", &Options::class_field, Kind::Text, "Field of the polygons with class name or value")
      .group(label_group);
  table.add("where", &Options::where, Kind::Text, "Filter on the polygons, in OGR's SQL").group(label_group);
  table
      .add("bands", &Options::bands, Kind::Number,
           "Bands of the scenes to use, counted from 1; all if not given")
      .at_least(1)
      .group(label_group);
  table
      .add("hold-out", &Options::hold_out, Kind::Text,
           "Regions never trained on, by name or as scene:region; chosen by --hold-out-share if not given")
      .group(label_group);
  table
      .add("hold-out-share", &Options::hold_out_share, Kind::Number,
           "Share of the regions that is held out when none are named")
      .range(0, 0.5)
      .group(label_group);

  const char* network_group = "Network";
  table
      .add("architecture", &Options::architecture, Kind::Text,
           "Network to train; a wrong name lists the known ones")
      .short_name('a')
      .group(network_group);
  table
      .add("start-from", &Options::start_from, Kind::Model,
           "Model package whose weights the training begins with, of the same architecture and classes")
      .group(network_group);
  table
      .add("encoder-weights", &Options::encoder_weights, Kind::FileIn,
           "Weights of an ImageNet classifier (ResNet34, EfficientNet-B5; torchvision's, timm's or "
           "EfficientNet-PyTorch's file) that the encoder begins with")
      .group(network_group);
  table
      .add("ground-size", &Options::ground_size, Kind::Number,
           "Ground size of a pixel of level 1; 0: the median of the scenes")
      .unit("m")
      .range(0, 1e4)
      .group(network_group);
  table.add("levels", &Options::levels, Kind::Number, "Stitch levels to train for")
      .range(1, 64)
      .group(network_group);
  table
      .add("patch-size", &Options::patch_size, Kind::Number,
           "Side of the patches, in training and later in maps")
      .unit("px")
      .range(64, 4096)
      .group(network_group);

  const char* run_group = "Training";
  table.add("steps", &Options::steps, Kind::Number, "Steps of the optimiser").range(1, 1e8).group(run_group);
  table
      .add("time-limit", &Options::time_limit, Kind::Number,
           "End after this time if the steps are not done before; 0: no limit")
      .unit("min")
      .range(0, 1e5)
      .group(run_group);
  table.add("batch-size", &Options::batch_size, Kind::Number, "Patches in one forward pass")
      .range(1, 1024)
      .group(run_group);
  table
      .add("accumulate", &Options::accumulate, Kind::Number,
           "Forward passes whose gradients make one step, for batches that do not fit into memory")
      .range(1, 1024)
      .group(run_group);
  table.add("learning-rate", &Options::learning_rate, Kind::Number, "Peak of the learning rate")
      .range(1e-7, 1)
      .group(run_group);
  table.add("weight-decay", &Options::weight_decay, Kind::Number, "Decay of the convolution kernels")
      .range(0, 1)
      .group(run_group);
  table
      .add("label-smoothing", &Options::label_smoothing, Kind::Number,
           "Share of the target that is spread over all classes")
      .range(0, 0.5)
      .group(run_group);
  table.add("plain", &Options::plain, Kind::Flag, "No variation of colours, no turning and mirroring")
      .group(run_group);
  table.add("seed", &Options::seed, Kind::Number, "Start of all random numbers").at_least(0).group(run_group);
  table
      .add("checkpoint", &Options::checkpoint, Kind::FileOut,
           "File that keeps the state of the run every few minutes and when it is stopped")
      .group(run_group);
  table.add("resume", &Options::resume, Kind::Flag, "Go on from the checkpoint if it is there")
      .group(run_group);

  const char* about_group = "About the model";
  table.add("name", &Options::name, Kind::Text, "Name of the model; that of the folder if not given")
      .group(about_group);
  table.add("description", &Options::description, Kind::Text, "A sentence about the model")
      .group(about_group);
  table
      .add("licence", &Options::licence, Kind::Text,
           "Licence of the weights: an SPDX identifier, proprietary or unknown")
      .group(about_group);
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing model package")
      .group(about_group);

  const char* machine_group = "Machine";
  table.add("device", &Options::device, Kind::Text, "Where the network runs: auto, cpu, cuda or cuda:N")
      .group(machine_group);
  table.add("threads", &Options::threads, Kind::Number, "CPU threads of the network; 0: all cores")
      .range(0, 1024)
      .group(machine_group);
  table.add("loader-threads", &Options::loader_threads, Kind::Number, "Threads that read patches")
      .range(1, 64)
      .group(machine_group);
}

#ifdef ORTHOCOVER_ENGINE

namespace fs = std::filesystem;

/// Ground sizes that a trained model is meant for, as factors on level 1.
constexpr double kFinestFactor = 0.3;
constexpr double kCoarsestFactor = 7;
constexpr std::uint64_t kGdalCacheBytes = 512ULL << 20;

/// One training run from files to a package.
class TrainingRun {
 public:
  TrainingRun(const Options& options, OperationContext& context)
      : m_options(options), m_context(context), m_device(nn::parse_device(options.device)) {
    check_options();
    nn::set_threads(options.threads);
    nn::keep_freed_memory();
    context.geo.limit_cache(kGdalCacheBytes);
    m_manifest.legend = read_legend(options.legend);
    m_scenes = open_training_scenes(
        {options.scenes, options.labels, options.bands, options.class_field, options.where},
        m_manifest.legend, options.ground_size > 0, context.geo);
    HoldOut(options.hold_out, options.hold_out_share, static_cast<std::uint64_t>(options.seed))
        .apply(m_scenes);
    describe_model();
  }

  std::string run() {
    const std::shared_ptr<nn::SegmentationNetwork> network = make_network();
    const PatchSampler sampler(m_scenes, sampling());
    const PatchLoader loader(m_scenes, m_manifest.bands, m_manifest.scale, m_statistics,
                             m_options.plain ? std::nullopt : std::optional(AugmentationOptions{}));
    announce(sampler);
    Trainer trainer(network, m_device, settings());
    const TrainingReport report =
        trainer.run(sampler, loader, m_context.run, [&](const nn::TensorMap& average, std::int64_t step) {
          m_context.run.log(LogLevel::Info, fmt::format("step {}: {}", step, score_line(score(average))));
        });
    return finish(trainer, report);
  }

 private:
  void check_options() const {
    nn::check_package_target(m_options.package, m_options.overwrite);
    if (m_options.labels.size() != m_options.scenes.size()) {
      throw usage_error("--labels: {} files for {} scenes; give one for each scene, in their order",
                        m_options.labels.size(), m_options.scenes.size());
    }
    if (m_options.start_from && m_options.encoder_weights) {
      throw usage_error("--encoder-weights: '{}' would replace what --start-from brings; give one of them",
                        *m_options.encoder_weights);
    }
    if (m_options.resume && !m_options.checkpoint) throw usage_error("--resume: needs --checkpoint FILE");
    if (m_options.patch_size % 32 != 0) {
      throw usage_error("--patch-size: {} is not a multiple of 32; {} is", m_options.patch_size,
                        (m_options.patch_size + 16) / 32 * 32);
    }
    equal_levels(m_options.levels);
  }

  void describe_model() {
    m_statistics = describe_input(m_scenes, m_manifest);
    m_manifest.ground_size_m =
        m_options.ground_size > 0 ? m_options.ground_size : median_ground_size(m_scenes);
    m_manifest.min_ground_size_m = kFinestFactor * m_manifest.ground_size_m;
    m_manifest.max_ground_size_m = kCoarsestFactor * m_manifest.ground_size_m;
    m_manifest.name = m_options.name.value_or(package_folder(m_options.package).filename().string());
    m_manifest.description = m_options.description;
    m_manifest.licence = m_options.licence;
    m_manifest.architecture = m_options.architecture;
    // Networks come to know how far the zeros beyond their input are: maps are best made of patches of the
    // same side.
    m_manifest.patch_size_px = m_options.patch_size;
    m_manifest.levels = equal_levels(m_options.levels);
  }

  std::shared_ptr<nn::SegmentationNetwork> make_network() const {
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

  SamplingOptions sampling() const {
    SamplingOptions sampling;
    sampling.classes = m_manifest.legend.size();
    sampling.levels = m_options.levels;
    sampling.level_shares.clear();
    // The finer a level, the more there is to see on the same ground.
    for (const int level : m_options.levels)
      sampling.level_shares.push_back(1 / std::sqrt(static_cast<double>(level)));
    sampling.ground_size_m = m_manifest.ground_size_m;
    sampling.patch_px = m_options.patch_size;
    sampling.seed = static_cast<std::uint64_t>(m_options.seed);
    return sampling;
  }

  TrainingOptions settings() const {
    TrainingOptions settings;
    settings.steps = m_options.steps;
    if (m_options.time_limit > 0) settings.time_limit_s = 60 * m_options.time_limit;
    settings.batch_size = m_options.batch_size;
    settings.accumulate = m_options.accumulate;
    settings.learning_rate = m_options.learning_rate;
    settings.weight_decay = m_options.weight_decay;
    settings.label_smoothing = m_options.label_smoothing;
    settings.warmup_steps = std::min<std::int64_t>(200, m_options.steps / 10);
    settings.seed = static_cast<std::uint64_t>(m_options.seed);
    settings.loader_threads = m_options.loader_threads;
    settings.checkpoint = m_options.checkpoint.value_or("");
    settings.resume = m_options.resume;
    return settings;
  }

  void announce(const PatchSampler& sampler) const {
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

  std::vector<LevelScore> score(const nn::TensorMap& weights) const {
    return score_held_out(m_manifest, weights, m_scenes, m_device, m_context.run);
  }

  std::string finish(Trainer& trainer, const TrainingReport& report) {
    std::vector<std::string> names;
    for (const TrainingScene& scene : m_scenes) names.push_back(scene.name);
    const std::vector<LevelScore> scores = score(trainer.average());
    m_manifest.training = {{"scenes", names},
                           {"held_out", held_out_names(m_scenes)},
                           {"scores_held_out", score_table(scores, m_manifest.legend)},
                           {"steps", report.steps},
                           {"patches", report.steps * m_options.batch_size * m_options.accumulate},
                           {"seed", m_options.seed}};
    m_context.run.check_cancelled();
    nn::save_model_package(m_options.package, m_manifest, trainer.average(), /*half=*/true,
                           m_options.overwrite);
    write_run_record(package_folder(m_options.package).string() + ".run.json", m_context,
                     {{"device", m_device.str()},
                      {"seconds", report.seconds},
                      {"steps", report.steps},
                      {"last_loss", report.last_loss}});
    return fmt::format("{}: model '{}' after {} steps in {}; {}\n", m_options.package, m_manifest.name,
                       report.steps, format_duration(report.seconds), score_line(scores));
  }

  const Options& m_options;
  OperationContext& m_context;
  torch::Device m_device;
  std::vector<TrainingScene> m_scenes;
  std::vector<BandStatistics> m_statistics;
  nn::ModelManifest m_manifest;
};

OperationResult run(const Options& options, OperationContext& context) {
  return {TrainingRun(options, context).run()};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(train, TrainOptions)
