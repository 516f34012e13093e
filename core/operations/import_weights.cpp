#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <fmt/ranges.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/nn/model_package.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operation/run_record.h"
#include "core/operations/model/model_options.h"
#include "core/operations/results/report_entries.h"
#endif

namespace orthocover::operations {
namespace {

struct ImportWeightsOptions {
  std::string file;
  std::string package;
  std::string architecture;
  int classes = 0;
  std::vector<std::string> network_options;
  std::optional<std::string> legend;
  std::vector<std::string> bands = {"red", "green", "blue"};
  std::string data_type = "uint8";
  double scale = 1.0 / 255.0;
  std::vector<double> mean;
  std::vector<double> std;
  double ground_size = 0.1;
  std::vector<double> ground_size_range;
  int patch_size = 1000;
  std::optional<double> overlap;
  std::vector<int> levels = {1};
  std::optional<std::string> name;
  std::string description;
  std::string licence = "unknown";
  bool overwrite = false;
};

using Options = ImportWeightsOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("import-weights")
      .summary("Turn a weights file into a model package")
      .title("Model package from a weights file")
      .group("Models")
      .tags({"pytorch", "safetensors", "checkpoint", "import"})
      .description(
          "Reads the trained weights of a segmentation network and writes a model package, a folder that "
          "all operations take: the manifest model.json and weights.safetensors. The file may be "
          "safetensors or a PyTorch checkpoint (.pth, .pt, .ckpt) with a state dict, as its content tells. "
          "Containers around it ('state_dict', 'model', ...) are opened and prefixes of all names "
          "('module.', 'model.', ...) removed. Nothing in the file is ever run: a checkpoint with more than "
          "tensors and plain containers is refused by the name of what it would load.\n\n"
          "Every tensor must be the architecture's, in its shape. Values and types are kept bit by bit. "
          "Weights do not say which pixels they were trained on: give bands, value scaling and ground size "
          "as in training, or maps will be silently wrong. The defaults fit 8-bit red, green and blue, "
          "normalised as for ImageNet.")
      .example("orthocover import-weights best.pth roofs --architecture deeplabv3plus-resnet34 --classes 8",
               "eight numbered classes, red, green and blue with the statistics of ImageNet")
      .example(
          "orthocover import-weights last.ckpt crops --architecture unet-resnet34 --legend crops.json "
          "--ground-size 0.03",
          "names and colours from a legend file, trained on pixels of 3 cm")
      .example(
          "orthocover import-weights nir.safetensors trees --architecture unet-resnet34 "
          "--bands red,green,blue,nir --mean 0.4,0.4,0.35,0.5 --std 0.2,0.2,0.2,0.25",
          "four bands with statistics of their own");

  table.add("file", &Options::file, Kind::FileIn, "Weights: safetensors, .pth, .pt or .ckpt")
      .positional()
      .required()
      .label("Weights file");
  table.add("package", &Options::package, Kind::FolderOut, "Model package, made anew")
      .positional()
      .required()
      .label("Model package");

  const char* network_group = "Network";
  table
      .add("architecture", &Options::architecture, Kind::Text,
           "Network that the weights belong to; a wrong name lists the known ones")
      .required()
      .short_name('a')
      .group(network_group)
      .label("Architecture");
  table
      .add("classes", &Options::classes, Kind::Number,
           "Number of classes, checked; 0: as many as the weights score")
      .range(0, 254)
      .group(network_group)
      .label("Number of classes");
  table
      .add("network-option", &Options::network_options, Kind::Text,
           "One of its options, e.g. output_stride=8")
      .metavar("KEY=VALUE")
      .repeat()
      .group(network_group)
      .label("Network options")
      .advanced();

  const char* input_group = "Input of the network";
  table
      .add("bands", &Options::bands, Kind::Text, "Names of the bands in the network's order, or their number")
      .group(input_group)
      .label("Bands");
  table.add("data-type", &Options::data_type, Kind::Choice, "Pixel type in training")
      .choices({"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"})
      .group(input_group)
      .label("Type of the pixels")
      .advanced();
  table.add("scale", &Options::scale, Kind::Number, "Factor on pixel values, before mean and deviation")
      .group(input_group)
      .label("Factor on pixel values")
      .advanced();
  table
      .add("mean", &Options::mean, Kind::Number,
           "Subtracted, one number or one per band; ImageNet's for red, green and blue, else 0")
      .group(input_group)
      .label("Mean")
      .advanced();
  table
      .add("std", &Options::std, Kind::Number,
           "Divisor, one number or one per band; ImageNet's for red, green and blue, else 1")
      .group(input_group)
      .label("Standard deviation")
      .advanced();
  table.add("ground-size", &Options::ground_size, Kind::Number, "Ground size of a pixel in training")
      .unit("m")
      .range(1e-4, 1e4)
      .group(input_group)
      .label("Ground size of a pixel");
  table
      .add("ground-size-range", &Options::ground_size_range, Kind::Number,
           "Finest and coarsest ground size that the model is meant for; a fifth to five times the ground "
           "size if not given")
      .unit("m")
      .group(input_group)
      .label("Range of ground sizes")
      .advanced();
  table.add("patch-size", &Options::patch_size, Kind::Number, "Side of the square input")
      .unit("px")
      .range(32, 8192)
      .group(input_group)
      .label("Patch size");
  table
      .add("overlap", &Options::overlap, Kind::Number,
           "Least overlap of neighbouring patches that maps are made with by default, as share of the patch")
      .range(0, 0.5)
      .group(input_group)
      .label("Overlap")
      .advanced();
  table
      .add("levels", &Options::levels, Kind::Number,
           "Stitch levels that maps are made of by default, with equal weights; 1 alone unless the network "
           "was trained on several zooms")
      .range(1, 64)
      .group(input_group)
      .label("Stitch levels")
      .advanced();

  const char* about_group = "About the model";
  table
      .add("legend", &Options::legend, Kind::FileIn,
           "JSON file with value, name and colour of each class, in the order of the network's output")
      .group(about_group)
      .label("Legend");
  table.add("name", &Options::name, Kind::Text, "Name of the model; that of the folder if not given")
      .group(about_group)
      .label("Name of the model");
  table.add("description", &Options::description, Kind::Text, "A sentence about the model")
      .group(about_group)
      .label("Description")
      .advanced();
  table
      .add("licence", &Options::licence, Kind::Text,
           "Licence of the weights: an SPDX identifier, proprietary or unknown")
      .group(about_group)
      .label("Licence")
      .advanced();
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing model package")
      .group(about_group)
      .label("Overwrite an existing package")
      .advanced();
}

#ifdef ORTHOCOVER_ENGINE

namespace fs = std::filesystem;

constexpr double kRangeFactor = 5;

/// The value for band `i` of a list with one number, or one per band.
double band_value(const std::vector<double>& values, std::size_t i, std::size_t bands, const char* option) {
  if (values.size() != 1 && values.size() != bands) {
    throw usage_error("{}: {} numbers for {} bands; give 1 or {}", option, values.size(), bands, bands);
  }
  return values[values.size() == 1 ? 0 : i];
}

std::vector<nn::ModelBand> model_bands(const Options& options) {
  std::vector<nn::ModelBand> bands = default_bands(band_names(options.bands));
  for (std::size_t i = 0; i < bands.size(); ++i) {
    nn::ModelBand& band = bands[i];
    if (!options.mean.empty()) band.mean = band_value(options.mean, i, bands.size(), "--mean");
    if (!options.std.empty()) band.std = band_value(options.std, i, bands.size(), "--std");
    if (!(band.std > 0)) throw usage_error("--std: {} is not above 0", band.std);
  }
  return bands;
}

void set_ground_size(const Options& options, nn::ModelManifest& manifest) {
  manifest.ground_size_m = options.ground_size;
  manifest.min_ground_size_m = options.ground_size / kRangeFactor;
  manifest.max_ground_size_m = options.ground_size * kRangeFactor;
  if (options.ground_size_range.empty()) return;
  const auto& range = options.ground_size_range;
  const bool sound =
      range.size() == 2 && range[0] > 0 && range[0] <= options.ground_size && options.ground_size <= range[1];
  if (!sound) {
    throw usage_error("--ground-size-range: {} is not the finest and the coarsest ground size around {} m",
                      fmt::join(range, ","), options.ground_size);
  }
  manifest.min_ground_size_m = range[0];
  manifest.max_ground_size_m = range[1];
}

/// All of the manifest that does not depend on the weights.
nn::ModelManifest make_manifest(const Options& options) {
  nn::ModelManifest manifest;
  manifest.name = options.name.value_or(package_folder(options.package).filename().string());
  manifest.description = options.description;
  manifest.architecture = options.architecture;
  manifest.network_options = network_options(options.network_options);
  manifest.bands = model_bands(options);
  manifest.data_type = options.data_type;
  if (!(options.scale > 0)) throw usage_error("--scale: {} is not above 0", options.scale);
  manifest.scale = options.scale;
  set_ground_size(options, manifest);
  manifest.patch_size_px = options.patch_size;
  manifest.overlap = options.overlap;
  manifest.levels = equal_levels(options.levels);
  manifest.licence = options.licence;
  manifest.training = {{"source", fs::path(options.file).filename().string()}};
  if (options.legend) manifest.legend = read_legend(*options.legend);
  if (options.legend && options.classes > 0 && manifest.legend.size() != options.classes) {
    throw model_error("{}: has {} classes, --classes asks for {}", *options.legend, manifest.legend.size(),
                      options.classes);
  }
  return manifest;
}

/// The number of classes that is asked for, or that the weights score.
int wanted_classes(const Options& options, const nn::ModelManifest& manifest, const nn::TensorMap& tensors) {
  if (manifest.legend.size() > 0) return manifest.legend.size();
  if (options.classes > 0) return options.classes;
  return nn::classes_of_weights(options.architecture, manifest.network(), tensors, options.file);
}

void warn_about_guesses(const Options& options, const nn::ModelManifest& manifest, RunContext& run) {
  const bool image_net = is_red_green_blue(band_names(options.bands));
  if (!image_net && (options.mean.empty() || options.std.empty())) {
    run.log(LogLevel::Warning,
            fmt::format("--mean or --std not given: the {} bands enter as pixel * {:.6g} without ImageNet's "
                        "normalisation; check that this is how the network was trained",
                        manifest.bands.size(), options.scale));
  }
}

OperationResult run(const Options& options, OperationContext& context) {
  nn::check_package_target(options.package, options.overwrite);
  nn::ModelManifest manifest = make_manifest(options);
  context.run.progress(0, "read " + options.file);
  nn::CheckpointReport report;
  const nn::TensorMap tensors = nn::read_checkpoint(fs::path(options.file), &report);
  context.run.check_cancelled();
  const int classes = wanted_classes(options, manifest, tensors);
  if (manifest.legend.size() == 0) manifest.legend = Legend::numbered(classes);
  nn::fit_weights(options.architecture, manifest.network(), tensors, options.file);
  context.run.log(LogLevel::Info,
                  fmt::format("{}: {}; {} tensors", options.file, report.summary(), tensors.size()));
  warn_about_guesses(options, manifest, context.run);
  context.run.check_cancelled();
  context.run.progress(0.5, "write " + options.package);
  // Before the package appears, whose own weights the file may be.
  const std::string digest = sha256_of_file(options.file);
  const nlohmann::json facts = {{"weights", {{"format", report.format}, {"sha256", digest}}}};
  const auto record = pending_run_record(run_record_path(package_folder(options.package)), context, facts);
  nn::save_model_package(options.package, manifest, tensors, false, options.overwrite);
  record->commit();
  context.run.progress(1, "write " + options.package);
  OperationResult result{fmt::format("{}: model '{}', {}, {} bands, {} classes\n", options.package,
                                     manifest.name, manifest.architecture, manifest.bands.size(), classes),
                         0, facts};
  result.report["outputs"] =
      nlohmann::json::array({output_entry("model", "model", "package", options.package)});
  result.report["manifest"] = nn::to_json(manifest);
  return result;
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(import_weights, orthocover::operations::ImportWeightsOptions)
