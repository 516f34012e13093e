#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/nn/model_package.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operation/run_record.h"
#include "core/operations/model_location.h"
#include "core/operations/model_options.h"
#include "core/training/trainer.h"
#include "core/training/validation.h"
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
      .example("orthocover train --labels a.gpkg,b.gpkg --legend legend.json --time-limit 60 a.tif b.tif my-model",
               "two scenes, one hour")
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
  table
      .add("legend", &Options::legend, Kind::FileIn, "JSON file with value, name and colour of each class")
      .required()
      .group(label_group);
  table.add("class-field", &Options::class_field, Kind::Text, "Field of the polygons with class name or value")
      .group(label_group);
  table.add("where", &Options::where, Kind::Text, "Filter on the polygons, in OGR's SQL").group(label_group);
  table
      .add("bands", &Options::bands, Kind::Number, "Bands of the scenes to use, counted from 1; all if not given")
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
      .add("ground-size", &Options::ground_size, Kind::Number,
           "Ground size of a pixel of level 1; 0: the median of the scenes")
      .unit("m")
      .range(0, 1e4)
      .group(network_group);
  table.add("levels", &Options::levels, Kind::Number, "Stitch levels to train for")
      .range(1, 64)
      .group(network_group);
  table.add("patch-size", &Options::patch_size, Kind::Number, "Side of the patches in training")
      .unit("px")
      .range(64, 4096)
      .group(network_group);

  const char* run_group = "Training";
  table.add("steps", &Options::steps, Kind::Number, "Steps of the optimiser")
      .range(1, 1e8)
      .group(run_group);
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
  table.add("resume", &Options::resume, Kind::Flag, "Go on from the checkpoint if it is there").group(run_group);

  const char* about_group = "About the model";
  table.add("name", &Options::name, Kind::Text, "Name of the model; that of the folder if not given")
      .group(about_group);
  table.add("description", &Options::description, Kind::Text, "A sentence about the model").group(about_group);
  table
      .add("licence", &Options::licence, Kind::Text,
           "Licence of the weights: an SPDX identifier, proprietary or unknown")
      .group(about_group);
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing model package").group(about_group);

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
constexpr int kPatchForMaps = 1000;

/// One training run from files to a package.
class TrainingRun {
 public:
  TrainingRun(const Options& options, OperationContext& context)
      : m_options(options), m_context(context), m_device(nn::parse_device(options.device)) {
    check_options();
    nn::set_threads(options.threads);
    context.geo.limit_cache(kGdalCacheBytes);
    m_manifest.legend = read_legend(options.legend);
    open_scenes();
    HoldOut(options.hold_out, options.hold_out_share, static_cast<std::uint64_t>(options.seed)).apply(m_scenes);
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
          m_context.run.log(LogLevel::Info, fmt::format("step {}: {}", step, scores_line(average)));
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
    if (m_options.resume && !m_options.checkpoint) throw usage_error("--resume: needs --checkpoint FILE");
    if (m_options.patch_size % 32 != 0) {
      throw usage_error("--patch-size: {} is not a multiple of 32; {} is", m_options.patch_size,
                        (m_options.patch_size + 16) / 32 * 32);
    }
    equal_levels(m_options.levels);
  }

  void open_scenes() {
    for (std::size_t i = 0; i < m_options.scenes.size(); ++i) {
      TrainingScene scene;
      scene.name = fs::path(m_options.scenes[i]).stem().string();
      scene.source = m_context.geo.open_raster(m_options.scenes[i], m_options.bands);
      const RasterInfo& info = scene.source->info();
      const RasterInfo& first = i == 0 ? info : m_scenes.front().source->info();
      if (info.bands.size() != first.bands.size() || info.bands[0].data_type != first.bands[0].data_type) {
        throw data_error("{} has {} bands of {}, {} has {} of {}; a model has one kind of input, see --bands", info.path,
                         info.bands.size(), info.bands[0].data_type, first.path, first.bands.size(),
                         first.bands[0].data_type);
      }
      if (!info.ground_size_m && m_options.ground_size > 0) {
        throw data_error("{}: its ground size is unknown, --ground-size can't be met; georeference the scene", info.path);
      }
      scene.ground_size_m = info.ground_size_m.value_or(1);
      scene.labels = m_context.geo.open_labels(m_options.labels[i], info, m_manifest.legend, m_options.class_field,
                                               m_options.where);
      m_scenes.push_back(std::move(scene));
    }
  }

  void describe_model() {
    const RasterInfo& info = m_scenes.front().source->info();
    const std::string type = to_lower(info.bands[0].data_type);
    m_manifest.data_type = type == "byte" ? "uint8" : type;
    m_manifest.scale = type == "byte" ? 1.0 / 255 : type == "uint16" ? 1.0 / 65535 : 1;
    m_statistics = measure_bands(m_scenes, m_manifest.scale);
    m_manifest.bands = default_bands(names_of(info));
    if (type != "byte" || m_manifest.bands.size() != 3) {
      for (std::size_t b = 0; b < m_manifest.bands.size(); ++b) {
        m_manifest.bands[b].mean = m_statistics.back().mean[b];
        m_manifest.bands[b].std = std::max(1e-6, m_statistics.back().deviation[b]);
      }
    }
    m_manifest.ground_size_m = m_options.ground_size > 0 ? m_options.ground_size : median_ground_size();
    m_manifest.min_ground_size_m = kFinestFactor * m_manifest.ground_size_m;
    m_manifest.max_ground_size_m = kCoarsestFactor * m_manifest.ground_size_m;
    m_manifest.name = m_options.name.value_or(package_folder(m_options.package).filename().string());
    m_manifest.description = m_options.description;
    m_manifest.licence = m_options.licence;
    m_manifest.architecture = m_options.architecture;
    m_manifest.patch_size_px = kPatchForMaps;
    m_manifest.levels = equal_levels(m_options.levels);
  }

  /// Colours of the bands where the scene tells them all apart, else the usual names for their number.
  static std::vector<std::string> names_of(const RasterInfo& info) {
    std::vector<std::string> names;
    for (const BandInfo& band : info.bands) names.push_back(to_lower(band.color));
    std::vector<std::string> sorted = names;
    std::ranges::sort(sorted);
    const bool distinct = std::ranges::adjacent_find(sorted) == sorted.end();
    if (distinct && std::ranges::find(names, "undefined") == names.end()) return names;
    return band_names({fmt::format("{}", names.size())});
  }

  double median_ground_size() const {
    std::vector<double> sizes;
    for (const TrainingScene& scene : m_scenes) sizes.push_back(scene.ground_size_m);
    std::ranges::nth_element(sizes, sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2));
    return sizes[sizes.size() / 2];
  }

  std::shared_ptr<nn::SegmentationNetwork> make_network() const {
    torch::manual_seed(static_cast<std::uint64_t>(m_options.seed));
    std::shared_ptr<nn::SegmentationNetwork> network;
    if (m_options.start_from) {
      const nn::ModelPackage start = nn::open_model_package(locate_model(*m_options.start_from, m_context.models));
      if (start.manifest.architecture != m_manifest.architecture) {
        throw model_error("--start-from: {} is a {}, --architecture asks for {}", *m_options.start_from,
                          start.manifest.architecture, m_manifest.architecture);
      }
      network = nn::fit_weights(m_manifest.architecture, m_manifest.network(),
                                nn::state_of(*nn::load_network(start)), *m_options.start_from);
    } else {
      network = nn::make_network(m_manifest.architecture, m_manifest.network());
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
    for (const int level : m_options.levels) sampling.level_shares.push_back(1 / std::sqrt(static_cast<double>(level)));
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
      if (area == 0) m_context.run.log(LogLevel::Warning, fmt::format("class '{}' has no labels to train on", name));
    }
    m_context.run.log(LogLevel::Info, "labelled ground to train on: " + text);
    std::vector<std::string> held;
    for (const TrainingScene& scene : m_scenes) {
      for (const LabelledRegion& region : scene.held_out) held.push_back(scene.name + ":" + region.name);
    }
    m_context.run.log(LogLevel::Info, held.empty() ? "nothing is held out: the model will have no scores"
                                                   : "held out: " + join(held));
  }

  ConfusionMatrix score(nn::SegmentationNetwork& network, int level) const {
    ValidationOptions options{m_manifest.bands, m_manifest.scale, level * m_manifest.ground_size_m,
                              m_manifest.legend.size()};
    return validate(network, m_device, m_scenes, options, m_context.run);
  }

  std::shared_ptr<nn::SegmentationNetwork> network_of(const nn::TensorMap& weights) const {
    auto network = nn::fit_weights(m_manifest.architecture, m_manifest.network(), weights, "averaged weights");
    network->to(m_device);
    network->eval();
    return network;
  }

  std::string scores_line(const nn::TensorMap& average) const {
    const auto network = network_of(average);
    std::string text = "mean IoU on what is held out";
    for (const int level : m_options.levels) {
      const std::optional<double> mean = score(*network, level).mean_iou();
      text += fmt::format("{} {}x {}", level == m_options.levels.front() ? ":" : ",", level,
                          mean ? fmt::format("{:.3f}", *mean) : "-");
    }
    return text;
  }

  nlohmann::json scores(const nn::TensorMap& average) const {
    nlohmann::json scores = nlohmann::json::array();
    const auto network = network_of(average);
    for (const int level : m_options.levels) {
      const ConfusionMatrix matrix = score(*network, level);
      if (matrix.total() == 0) continue;
      nlohmann::json classes = nlohmann::json::object();
      for (int i = 0; i < matrix.classes(); ++i) {
        if (matrix.truth_total(i) == 0) continue;
        classes[m_manifest.legend.classes()[static_cast<std::size_t>(i)].name] = {
            {"iou", *matrix.iou(i)}, {"pixels", matrix.truth_total(i)}};
      }
      scores.push_back({{"level", level},
                        {"mean_iou", *matrix.mean_iou()},
                        {"accuracy", *matrix.accuracy()},
                        {"classes", classes}});
    }
    return scores;
  }

  std::string finish(Trainer& trainer, const TrainingReport& report) {
    std::vector<std::string> names;
    std::vector<std::string> held;
    for (const TrainingScene& scene : m_scenes) {
      names.push_back(scene.name);
      for (const LabelledRegion& region : scene.held_out) held.push_back(scene.name + ":" + region.name);
    }
    m_manifest.training = {{"scenes", names},
                           {"held_out", held},
                           {"scores_held_out", scores(trainer.average())},
                           {"steps", report.steps},
                           {"patches", report.steps * m_options.batch_size * m_options.accumulate},
                           {"seed", m_options.seed}};
    m_context.run.check_cancelled();
    nn::save_model_package(m_options.package, m_manifest, trainer.average(), /*half=*/true, m_options.overwrite);
    write_run_record(package_folder(m_options.package).string() + ".run.json", m_context,
                     {{"device", m_device.str()},
                      {"seconds", report.seconds},
                      {"steps", report.steps},
                      {"last_loss", report.last_loss}});
    return fmt::format("{}: model '{}' after {} steps in {}; {}\n", m_options.package, m_manifest.name, report.steps,
                       format_duration(report.seconds), scores_line(trainer.average()));
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
