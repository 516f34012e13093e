#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/inference/segment_setup.h"
#include "core/nn/device.h"
#include "core/nn/model_package.h"
#include "core/operation/run_record.h"
#include "core/operations/model_location.h"
#include "core/operations/scene_files.h"
#include "core/operations/segment_outputs.h"
#endif

namespace orthocover::operations {
namespace {

struct SegmentOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string model = "default";
  std::vector<int> bands;
  std::string scaling = "auto";
  std::string ground_size = "model";
  std::vector<int> levels;
  std::optional<int> patch_size;
  double overlap = 0.25;
  std::string fusion = "model";
  std::optional<std::string> area;
  std::vector<double> projwin;
  std::optional<std::string> confidence;
  std::optional<std::string> probabilities;
  std::optional<std::string> vector;
  std::optional<std::string> picture;
  std::string format = "GTiff";
  std::vector<std::string> creation_options;
  bool overwrite = false;
  bool dry_run = false;
  std::string device = "auto";
  int batch_size = 0;
  int threads = 0;
  std::string memory = "2GiB";
};

using Options = SegmentOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("segment")
      .summary("Make a land-cover map from an orthophoto")
      .description(
          "Reads each scene by windows at several zoom levels (stitch levels), runs the model on overlapping "
          "patches, "
          "blends the overlaps, fuses the levels and writes a land-cover raster on the scene's own grid, "
          "with palette, "
          "class names, attribute table and a QGIS style. Pixels without data stay without data.\n\n"
          "One input and an output file, or several inputs and an existing output folder, in which each map "
          "gets its "
          "scene's name; --confidence, --probabilities and --vector then name folders too. A scene that "
          "fails does not "
          "stop the others.")
      .example("orthocover segment ortho.tif landcover.tif", "a map with the shipped model")
      .example("orthocover segment --vector landcover.gpkg --confidence sure.tif ortho.tif landcover.tif",
               "also polygons and a confidence raster")
      .example("orthocover segment --format COG --projwin 500000 4649000 500200 4648800 ortho.tif part.tif",
               "a part of the scene as cloud-optimised GeoTIFF")
      .example("orthocover segment --dry-run huge.tif map.tif", "what would be done, and the memory it takes")
      .example("orthocover segment flights/*.tif maps/", "a batch");

  table.add("input", &Options::inputs, Kind::RasterIn, "Scene to map: anything that GDAL opens")
      .positional()
      .required();
  table
      .add("output", &Options::output, Kind::RasterOrFolderOut,
           "Land-cover map, or a folder for several scenes")
      .positional()
      .required();

  const char* model_group = "Model";
  table.add("model", &Options::model, Kind::Model, "Model package: a folder, or the name of a shipped one")
      .short_name('m')
      .group(model_group);
  table
      .add("bands", &Options::bands, Kind::Number,
           "Scene bands to use, in the order of the model's bands; counted from 1")
      .at_least(1)
      .group(model_group);
  table
      .add("scaling", &Options::scaling, Kind::Text,
           "How pixel values are brought to the model's range: auto, none, percentile or LOW,HIGH")
      .group(model_group);
  table
      .add("ground-size", &Options::ground_size, Kind::Text,
           "Ground size of a pixel of level 1: model, native or metres")
      .unit("m")
      .group(model_group);

  const char* tiling_group = "Tiling";
  table
      .add("levels", &Options::levels, Kind::Number,
           "Stitch levels, finest first; those of the model if not given")
      .range(1, 64)
      .group(tiling_group);
  table
      .add("patch-size", &Options::patch_size, Kind::Number,
           "Side of the network's input, rounded up to what it needs; that of the model if not given")
      .unit("px")
      .range(32, 8192)
      .group(tiling_group);
  table
      .add("overlap", &Options::overlap, Kind::Number,
           "Least overlap of neighbouring patches, as share of the patch")
      .range(0, 0.5)
      .group(tiling_group);
  table
      .add("fusion", &Options::fusion, Kind::Choice, "How the levels become one; model: as its manifest says")
      .choices({"model", "log-linear", "mean-softmax"})
      .group(tiling_group);

  const char* part_group = "Part of the scene";
  table
      .add("area", &Options::area, Kind::VectorIn,
           "Map only inside the polygons of this file; the output is cut to them")
      .group(part_group);
  table
      .add("projwin", &Options::projwin, Kind::Number,
           "Map only this box in the scene's CRS: upper-left x and y, lower-right x and y")
      .metavar("ULX ULY LRX LRY")
      .count(4)
      .group(part_group);

  const char* output_group = "Output";
  table
      .add("confidence", &Options::confidence, Kind::RasterOrFolderOut,
           "Also write the winning class's share, in percent")
      .group(output_group);
  table
      .add("probabilities", &Options::probabilities, Kind::RasterOrFolderOut,
           "Also write every class's share, in percent, a band each")
      .group(output_group);
  table
      .add("vector", &Options::vector, Kind::VectorOut,
           "Also write polygons; the extension chooses the format: .gpkg, .shp, .fgb, .geojson")
      .group(output_group);
  table
      .add("picture", &Options::picture, Kind::FileOut,
           "Also write a PNG with scene, map and legend, for a quick look")
      .group(output_group);
  table.add("format", &Options::format, Kind::Choice, "Format of the rasters")
      .choices({"GTiff", "COG"})
      .group(output_group);
  table.add("co", &Options::creation_options, Kind::Text, "Creation option of the raster driver")
      .metavar("KEY=VALUE")
      .repeat()
      .group(output_group);
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace existing outputs").group(output_group);
  table
      .add("dry-run", &Options::dry_run, Kind::Flag,
           "Say what would be done and the memory it takes, and stop")
      .group(output_group);

  const char* machine_group = "Machine";
  table.add("device", &Options::device, Kind::Text, "Where the network runs: auto, cpu, cuda or cuda:N")
      .group(machine_group);
  table
      .add("batch-size", &Options::batch_size, Kind::Number,
           "Patches in one forward pass; 0: 1 on the CPU, 4 on CUDA")
      .range(0, 256)
      .group(machine_group);
  table.add("threads", &Options::threads, Kind::Number, "CPU threads of the network; 0: all cores")
      .range(0, 1024)
      .group(machine_group);
  table.add("memory", &Options::memory, Kind::Text, "Most memory that the run may take, e.g. 2GiB")
      .group(machine_group);
}

#ifdef ORTHOCOVER_ENGINE

namespace fs = std::filesystem;

constexpr std::uint64_t kGdalCacheBytes = 64ULL << 20;

/// Positions in SceneFiles::outputs.
enum OutputIndex : std::size_t { kMap, kConfidence, kProbabilities, kVector, kPicture };

std::vector<OutputKind> output_kinds(const Options& options) {
  return {{"OUTPUT", options.output, ".tif"},
          {"--confidence", options.confidence, ".confidence.tif"},
          {"--probabilities", options.probabilities, ".probabilities.tif"},
          {"--vector", options.vector, ".gpkg"},
          {"--picture", options.picture, ".png"}};
}

SegmentTargets targets_of(const SceneFiles& files, const Options& options) {
  return {*files.outputs[kMap],
          files.outputs[kConfidence],
          files.outputs[kProbabilities],
          files.outputs[kVector],
          files.outputs[kPicture],
          options.format,
          key_values(options.creation_options, "--co"),
          options.overwrite};
}

SegmentSettings settings_of(const Options& options, OperationContext& context) {
  SegmentSettings settings;
  settings.levels = options.levels;
  settings.patch_size_px = options.patch_size.value_or(0);
  settings.overlap = options.overlap;
  settings.fusion = options.fusion;
  settings.ground_size = options.ground_size;
  settings.batch_size = options.batch_size;
  settings.memory_bytes = parse_bytes(options.memory, "--memory");
  settings.gdal_cache_bytes = context.geo.limit_cache(kGdalCacheBytes);
  settings.probabilities = options.probabilities.has_value();
  return settings;
}

/// Runs the scenes of one call with one loaded model.
class SegmentRun {
 public:
  SegmentRun(const Options& options, OperationContext& context)
      : m_options(options),
        m_context(context),
        m_settings(settings_of(options, context)),
        m_device(nn::parse_device(options.device)),
        m_package(nn::open_model_package(locate_model(options.model, context.models))) {
    nn::set_threads(options.threads);
    nn::keep_freed_memory();
    m_network = nn::load_network(m_package);
  }

  /// Text for standard output (dry run), else empty.
  std::string run(const SceneFiles& files, RunContext& progress) {
    const SegmentTargets targets = targets_of(files, m_options);
    check_outputs(files.input, targets);
    const std::unique_ptr<RasterSource> source = open_scene(files.input, progress);
    const nn::ModelManifest& manifest = m_package.manifest;
    Predictor predictor(m_network, m_device, band_scaling(*source, manifest, m_options.scaling, progress));
    std::unique_ptr<AreaMask> area;
    const Window region = region_of(source->info(), area);
    SegmentSetup setup = set_up_segmentation(*source, region, manifest, predictor, m_settings, progress);
    if (m_options.dry_run) return describe(setup, source->info(), manifest, predictor);
    const fs::path folder = fs::path(targets.map).parent_path();
    setup.plan.scratch_folder = folder.empty() ? fs::path(".") : folder;
    write(*source, targets, area.get(), predictor, setup, progress);
    return {};
  }

 private:
  void check_outputs(const std::string& input, const SegmentTargets& targets) const {
    for (const std::string& output : targets.paths()) {
      if (m_context.geo.same_file(input, output)) {
        throw usage_error("{}: the output is the input; choose another name", output);
      }
      check_output_path(output, m_options.overwrite);
    }
  }

  std::unique_ptr<RasterSource> open_scene(const std::string& path, RunContext& progress) {
    std::unique_ptr<RasterSource> source = m_context.geo.open_raster(path, m_options.bands);
    if (m_options.bands.empty()) {
      const std::vector<int> bands = choose_bands(source->info(), m_package.manifest, progress);
      if (!bands.empty()) source = m_context.geo.open_raster(path, bands);
    }
    check_band_count(source->info(), m_package.manifest);
    return source;
  }

  Window region_of(const RasterInfo& info, std::unique_ptr<AreaMask>& area) {
    Window region = info.window();
    if (!m_options.projwin.empty()) {
      const std::vector<double>& box = m_options.projwin;
      region = m_context.geo.window_of_box(info, {box[0], box[1], box[2], box[3]});
    }
    if (m_options.area) {
      area = m_context.geo.open_area(*m_options.area, info);
      region = intersect(region, area->bounds());
      if (region.empty()) throw data_error("{}: --area and --projwin do not meet", info.path);
    }
    return region;
  }

  void write(const RasterSource& source, const SegmentTargets& targets, const AreaMask* area,
             Predictor& predictor, const SegmentSetup& setup, RunContext& progress) {
    const RasterInfo& info = source.info();
    SegmentOutputs outputs(m_context.geo, targets, info, setup.plan.region, m_package.manifest);
    SubContext network_part(progress, 0, targets.vector ? 0.93 : 0.98);
    const SegmentReport report =
        segment_scene(source, area, predictor, setup.plan, outputs.sinks(), network_part);
    if (report.counts[kNoClass] == static_cast<std::uint64_t>(setup.plan.region.pixels())) {
      throw data_error("{}: no valid pixel in the mapped part; there is nothing to classify", info.path);
    }
    SubContext finishing_part(progress, targets.vector ? 0.93 : 0.98, 0.99);
    outputs.finish(source, predictor.scaling(), report.counts, finishing_part);
    progress.check_cancelled();
    outputs.commit();
    write_run_record(targets.map + ".run.json", m_context,
                     record_of(info.path, targets, setup, report, predictor));
    progress.progress(1, info.path);
  }

  nlohmann::json record_of(const std::string& scene, const SegmentTargets& targets, const SegmentSetup& setup,
                           const SegmentReport& report, const Predictor& predictor) const {
    nlohmann::json levels = nlohmann::json::array();
    for (std::size_t i = 0; i < setup.plan.levels.size(); ++i) {
      const LevelPlan& level = setup.plan.levels[i];
      levels.push_back({{"level", level.level},
                        {"patches", report.patches[i]},
                        {"patch_px", {level.x.patch, level.y.patch}},
                        {"scene_px_per_px", level.scale},
                        {"weight", setup.plan.weights[i].weight},
                        {"temperature", setup.plan.weights[i].temperature}});
    }
    nlohmann::json classes = nlohmann::json::object();
    for (const LegendClass& entry : setup.plan.legend.classes())
      classes[entry.name] = report.counts[entry.value];
    return {{"scene", scene},
            {"outputs", targets.paths()},
            {"model",
             {{"name", m_package.manifest.name},
              {"version", m_package.manifest.version},
              {"weights_sha256", m_package.manifest.weights_sha256}}},
            {"device", predictor.device().str()},
            {"levels", levels},
            {"pixels_per_class", classes},
            {"seconds",
             {{"wall", report.wall_seconds},
              {"read", report.read_seconds},
              {"forward", report.forward_seconds},
              {"blend", report.blend_seconds},
              {"write", report.write_seconds}}},
            {"peak_memory_bytes", peak_resident_bytes()},
            {"planned_memory_bytes", setup.plan.memory.peak_bytes}};
  }

  const Options& m_options;
  OperationContext& m_context;
  SegmentSettings m_settings;
  torch::Device m_device;
  nn::ModelPackage m_package;
  std::shared_ptr<nn::SegmentationNetwork> m_network;
};

OperationResult run(const Options& options, OperationContext& context) {
  const std::vector<SceneFiles> scenes = pair_files(options.inputs, output_kinds(options));
  SegmentRun segment(options, context);
  OperationResult result;
  std::optional<Error> first_failure;
  std::size_t failures = 0;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const auto count = static_cast<double>(scenes.size());
    SubContext progress(context.run, static_cast<double>(i) / count, static_cast<double>(i + 1) / count);
    try {
      result.text += segment.run(scenes[i], progress);
    } catch (const Error& error) {
      if (scenes.size() == 1 || error.kind() == ErrorKind::Cancelled) throw;
      context.run.log(LogLevel::Warning, error.what());
      if (!first_failure) first_failure = error;
      ++failures;
    }
  }
  if (first_failure) {
    throw Error(first_failure->kind(), fmt::format("{} of {} scenes failed, the first: {}", failures,
                                                   scenes.size(), first_failure->what()));
  }
  return result;
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(segment, SegmentOptions)
